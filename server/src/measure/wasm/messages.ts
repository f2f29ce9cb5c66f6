/** What the wasm runner's client and its child process say to each other (structured clone over the child's IPC channel). */
import type { Artifact, BufferId, RunReport, RunnerInfo, TensorSpec, Timing } from '../interface.js';
import type { MeasureError } from '../errors.js';
import type { DType } from '../../ir/dtype.js';
import type { Result } from '../../base/result.js';

export interface RunBody { readonly artifact: Artifact; readonly tensors: readonly TensorSpec[]; readonly threads: number; readonly timing: Timing }

export type HostRequest =
  | { readonly kind: 'info' }
  | { readonly kind: 'run'; readonly run: RunBody }
  | { readonly kind: 'store'; readonly id: BufferId; readonly data: Uint8Array }
  | { readonly kind: 'storeRandom'; readonly id: BufferId; readonly dtype: DType; readonly bytes: number; readonly seed: number; readonly low: number; readonly high: number }
  | { readonly kind: 'read'; readonly id: BufferId; readonly offset: number; readonly bytes: number }
  | { readonly kind: 'drop'; readonly id: BufferId }
  | { readonly kind: 'open'; readonly run: Omit<RunBody, 'timing'> }
  | { readonly kind: 'call'; readonly handle: number; readonly timing: Timing }
  | { readonly kind: 'tensor'; readonly handle: number; readonly position: number }
  | { readonly kind: 'close'; readonly handle: number };

export interface RunAnswer { readonly result: Result<RunReport, MeasureError>; readonly report: RunReport | undefined; readonly wallSeconds: number }

export type HostAnswer =
  | { readonly kind: 'info'; readonly info: RunnerInfo; readonly relaxedSimd: boolean }
  | ({ readonly kind: 'run' } & RunAnswer)
  | { readonly kind: 'bytes'; readonly data: Uint8Array }
  | { readonly kind: 'handle'; readonly handle: number }
  | { readonly kind: 'seconds'; readonly seconds: readonly number[] }
  | { readonly kind: 'done' }
  | { readonly kind: 'error'; readonly error: MeasureError };

export interface Envelope<T> { readonly id: number; readonly body: T }

/** The control words at the head of the shared memory (indices of an Int32Array). */
export const CONTROL = Object.freeze({ epoch: 0, body: 1, closure: 2, count: 3, done: 4, threads: 5, tensors: 6, workspace: 7, failed: 8 });
/** Bytes in front of the first tensor: control words, then the pointer array. */
export const CONTROL_BYTES = 1024;
export const POINTER_BYTES = 64 * 1024;
/** Most pages of the shared memory (2 GiB); modules are encoded with the same number. */
export const MAX_PAGES = 32768;
/** `body` for workers: leave the loop and wait for the next module. */
export const LEAVE = -1;

export interface WorkerStart { readonly module: WebAssembly.Module; readonly memory: WebAssembly.Memory; readonly worker: number }
