/** `manifest.json` of a deployed network: what a program must know to call it (docs/deploy.md). */
import type { DType } from '../../ir/dtype.js';
import type { Workspace } from '../../target/kernel/ir.js';

/** Of the functions in `model.h` and of the manifest; it grows when a program for the older one would no longer work. */
export const ABI_VERSION = 1;

/** A tensor: dense, row-major, little-endian. */
export interface DeployedTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: number;
}

export interface DeployedOutput extends DeployedTensor {
  /** Of the output `NAME:shape` (int64): the output whose actual shape it holds; that one's own shape is then the largest possible. */
  readonly shapeOf?: string;
}

export interface DeployedConstant extends DeployedTensor {
  /** In bytes from the start of the weights file, a multiple of 64. */
  readonly offset: number;
}

/** Where an argument of the network's function comes from. */
export interface Argument { readonly role: 'input' | 'output' | 'constant'; readonly index: number }

/** The network for one choice of its symbolic dimensions. */
export interface Binding {
  readonly dims: Readonly<Record<string, number>>;
  /** The function; for `wasm` also the files in which it is: for every engine, and for those with relaxed SIMD. */
  readonly symbol: string;
  readonly module?: string;
  readonly relaxedModule?: string;
  readonly inputs: readonly DeployedTensor[];
  readonly outputs: readonly DeployedOutput[];
  readonly constants: readonly DeployedConstant[];
  /** In the order in which the function takes its tensors. */
  readonly arguments: readonly Argument[];
  /** In bytes: `sharedBytes + threads * threadBytes`. */
  readonly workspace: Workspace;
}

export interface DeployedFile { readonly file: string; readonly bytes: number; readonly sha256: string }

export interface Manifest {
  readonly format: 2;
  readonly abiVersion: number;
  readonly model: string;
  /** Of the model's file. */
  readonly modelSha256: string;
  readonly target: string;
  /** Threads for which the programs were made; any number of at least 1 works. */
  readonly threads: number;
  /** Of tensors, weights and workspace, in bytes. */
  readonly alignment: number;
  readonly weights: DeployedFile;
  /** The library, or the modules. */
  readonly code: readonly DeployedFile[];
  readonly bindings: readonly Binding[];
}
