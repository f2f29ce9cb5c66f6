/**
 * What builds and runs candidates: the same for every target. A build turns sources into artifacts, a run turns an artifact
 * and a description of its tensors into seconds per call. Candidates always run in another process (invariant 6).
 */
import type { Result } from '../base/result.js';
import type { DType } from '../ir/dtype.js';
import type { ElementOrder } from '../ir/element-order.js';
import type { Workspace } from '../target/kernel/ir.js';
import type { MeasureError } from './errors.js';

/** A compiled kernel: a file that the runner can load. */
export interface Artifact {
  /** Makes the file again if it is gone; for artifacts that runners keep. */
  readonly restore?: () => Promise<void>;
  readonly file: string;
  readonly symbol: string;
  readonly workspace: Workspace;
}

export interface BuildOutcome {
  readonly result: Result<Artifact, MeasureError>;
  /** Seconds of compiler time that this candidate cost (its share of a batch); 0 from the cache. */
  readonly seconds: number;
  readonly cached: boolean;
}

/** Builds candidates; `Source` is what the target's printer makes (C text, wasm bytes). */
export interface Builder<Source> {
  /** One outcome per source, in order. Never rejects because of a source. */
  build(sources: readonly Source[]): Promise<readonly BuildOutcome[]>;
}

/** What a tensor holds before the first call. Random values are a function of seed and position alone (`fill.ts`). */
export type Fill =
  /** `order`: the elements of the row-major tensor stand in that order; default: row-major. */
  | { readonly kind: 'random'; readonly seed: number; readonly low: number; readonly high: number; readonly order?: ElementOrder }
  /** A buffer that the runner keeps (`BufferId`). */
  | { readonly kind: 'stored'; readonly buffer: BufferId }
  /** All bits set: NaN, or -1. For outputs, so that what was not written shows. */
  | { readonly kind: 'poison' }
  | { readonly kind: 'zero' };

/** The number of a buffer kept in the runner process, from 1. */
export type BufferId = number;

export interface TensorSpec {
  readonly role: 'input' | 'output';
  readonly dtype: DType;
  readonly bytes: number;
  readonly fill: Fill;
  /** Flushed from the caches before each timed section; default: all but the first tensor. */
  readonly flush?: boolean;
  /** Compare with a kept buffer after the timed calls: |got - ref| <= atol + rtol * |ref|, else error `wrong-result`. */
  readonly compare?: { readonly buffer: BufferId; readonly atol: number; readonly rtol: number };
  /** Keep the contents after the run under this number. */
  readonly keep?: BufferId;
  /** Element positions whose values the outcome reports. */
  readonly samples?: readonly number[];
}

/** Timing of one request; every default is that of `DEFAULT_TIMING`. */
export interface Timing {
  /** Timed sections after one warm-up call. */
  readonly repeats: number;
  /** Calls per section. */
  readonly number: number;
  /** A section is lengthened (more calls) until it takes this many seconds; 0: never. */
  readonly minSeconds: number;
  /** Flush tensors before each section; sections are then one call long. */
  readonly flush: boolean;
  /** Stop after a section slower than this many seconds per call, or after a first call that is several times slower, which then counts as one (early stop of poor candidates); 0: never. */
  readonly stopSeconds: number;
}

export const DEFAULT_TIMING: Timing = Object.freeze({ repeats: 5, number: 1, minSeconds: 0, flush: true, stopSeconds: 0 });

export interface RunRequest {
  readonly artifact: Artifact;
  readonly tensors: readonly TensorSpec[];
  readonly threads: number;
  readonly timing: Timing;
  /** Seconds for everything: load, fill, warm-up, sections, check. */
  readonly timeoutSeconds: number;
  /** Bytes beyond tensors and workspace that the candidate may use; default 1 GiB. */
  readonly memoryBytes?: number;
  /** Bind workers to processors (default true). */
  readonly pin?: boolean;
}

export interface Comparison {
  /** Position of the tensor in the request. */
  readonly tensor: number;
  readonly mismatches: number;
  /** Largest |got - ref| over all elements. */
  readonly maxAbs: number;
  /** The first element that differs too much, if any. */
  readonly first: { readonly index: number; readonly got: number; readonly expected: number } | undefined;
}

export interface RunReport {
  /** Seconds per call, one per section. */
  readonly seconds: readonly number[];
  /** Fewer sections than asked, because one was slower than `stopSeconds`. */
  readonly stoppedEarly: boolean;
  /** Calls per section at the end. */
  readonly number: number;
  readonly comparisons: readonly Comparison[];
  /** Per tensor of the request the sampled values, `[]` without samples. */
  readonly samples: readonly (readonly number[])[];
}

export interface RunOutcome {
  readonly result: Result<RunReport, MeasureError>;
  /** Present also for a wrong result. */
  readonly report: RunReport | undefined;
  /** Wall seconds in the runner. */
  readonly wallSeconds: number;
  /** Clock ticks that a hypervisor took away meanwhile. */
  readonly stealTicks: number;
}

/** The machine at the other end. */
export interface RunnerInfo {
  readonly cores: number;
  readonly physicalCores: number;
  readonly cacheFlush: 'none' | 'slow' | 'fast';
  readonly cacheLineBytes: number;
  readonly memoryBytes: number;
  readonly os: string;
  readonly arch: string;
  readonly cpu: string;
  readonly features: readonly string[];
}

/** Runs candidates, one at a time, each isolated. No method rejects because of a candidate. */
export interface Runner {
  /** Starts the runner if need be. */
  info(): Promise<Result<RunnerInfo, MeasureError>>;
  run(request: RunRequest): Promise<RunOutcome>;
  /** Keeps data under a number; it survives a restart of the runner (the client sends it again). */
  store(id: BufferId, data: Uint8Array): Promise<Result<void, MeasureError>>;
  /** Keeps random data, made at the other end. */
  storeRandom(id: BufferId, spec: { readonly dtype: DType; readonly bytes: number; readonly seed: number; readonly low: number; readonly high: number }): Promise<Result<void, MeasureError>>;
  read(id: BufferId, offset: number, bytes: number): Promise<Result<Uint8Array, MeasureError>>;
  drop(id: BufferId): Promise<void>;
  /** A function that stays loaded, for networks: no process per call. */
  open(request: Pick<RunRequest, 'artifact' | 'tensors' | 'threads' | 'pin' | 'timeoutSeconds'>): Promise<Result<OpenFunction, MeasureError>>;
  close(): Promise<void>;
}

export interface OpenFunction {
  /** Seconds per call, one per section. The first call after opening is not discarded. */
  call(timing: Timing, timeoutSeconds: number): Promise<Result<readonly number[], MeasureError>>;
  /** The contents of a tensor, by position in the request. */
  tensor(position: number): Promise<Result<Uint8Array, MeasureError>>;
  close(): Promise<void>;
}
