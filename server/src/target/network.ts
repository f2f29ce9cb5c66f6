/**
 * A whole network as one function of the kernel ABI: tensors are the model's inputs, its constants and its outputs; intermediate tensors
 * lie in an arena at the head of the workspace, at offsets that the memory plan gives.
 */
import type { Procedure } from '../ir/procedure/procedure.js';
import { elementCount } from '../ir/buffer.js';
import { dtypeBytes } from '../ir/dtype.js';
import type { Kernel, Workspace } from './kernel/ir.js';

/** Where a kernel's tensor lies: a tensor of the network's function, or a byte offset (64-aligned) in the arena. */
export type TensorPlace = { readonly kind: 'param'; readonly position: number } | { readonly kind: 'arena'; readonly offset: number };

/** A kernel of a task, or a procedure, which runs on the calling thread alone. */
export type NetworkCall = {
  /** Position in `kernels`. */
  readonly kernel: number;
  /** One place per parameter of the kernel. */
  readonly tensors: readonly TensorPlace[];
} | {
  /** Position in `procedures`. */
  readonly procedure: number;
  /** Inputs, then outputs. */
  readonly tensors: readonly TensorPlace[];
} | {
  /** What stands up to the end that belongs to it is called as long as the byte in `going` is not 0, which is looked at before each trip. */
  readonly loop: 'begin';
  readonly going: TensorPlace;
} | { readonly loop: 'end' };

export interface NetworkCode {
  readonly symbol: string;
  readonly kernels: readonly Kernel[];
  /** Default: none. */
  readonly procedures?: readonly Procedure[];
  readonly calls: readonly NetworkCall[];
  readonly arenaBytes: number;
  /**
   * Position of a float64 tensor with one element for each call, which gets the seconds that it takes in one run, all trips of loops together.
   * For measuring where a network's time goes; absent in what is deployed.
   */
  readonly stamps?: number;
}

/** Bytes of the gap for what is no pointer array: the WebAssembly form's closures. */
export const NETWORK_CLOSURES = 512;
const LEAST_GAP = 1024;
/** Of a pointer in WebAssembly's memory. */
const POINTER_BYTES = 4;

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Bytes between the arena and the kernels' workspace, which the WebAssembly form uses for closures and pointer arrays. */
export function networkGap({ calls }: NetworkCode): number {
  const pointers = calls.reduce((most, call) => Math.max(most, 'loop' in call ? 0 : call.tensors.length), 0);
  return Math.max(LEAST_GAP, NETWORK_CLOSURES + align(POINTER_BYTES * pointers));
}

/** Where the kernels' workspace begins inside the network's. */
export function kernelWorkspaceOffset(network: NetworkCode): number {
  return align(network.arenaBytes) + networkGap(network);
}

/** The network's workspace: kernels run one after another and share the part behind the arena. */
export function networkWorkspace(network: NetworkCode): Workspace {
  const shared = Math.max(0, ...network.kernels.map((k) => k.workspace.sharedBytes), ...(network.procedures ?? []).map(scratchBytes));
  const thread = Math.max(0, ...network.kernels.map((k) => k.workspace.threadBytes));
  return { sharedBytes: kernelWorkspaceOffset(network) + align(shared), threadBytes: align(thread) };
}

/** Where a procedure's scratch buffers begin in the part of the workspace that kernels share, in bytes. */
export function scratchOffsets({ scratch }: Procedure): readonly number[] {
  let at = 0;
  return scratch.map((buffer) => {
    const offset = at;
    at += align(elementCount(buffer.shape) * dtypeBytes(buffer.dtype));
    return offset;
  });
}

function scratchBytes({ scratch }: Procedure): number {
  return scratch.reduce((bytes, buffer) => bytes + align(elementCount(buffer.shape) * dtypeBytes(buffer.dtype)), 0);
}
