/** A target that can build and run here: what a session needs of it. One file per back end. */
import type { Result } from '../base/result.js';
import type { HardwareParams } from '../hardware/params.js';
import type { Target } from '../hardware/target.js';
import type { DeviceGate } from '../measure/gate.js';
import type { BuildOutcome, Runner } from '../measure/interface.js';
import type { Kernel, VectorUnit } from '../target/kernel/ir.js';
import type { NetworkCode } from '../target/network.js';

export interface Backend {
  readonly name: 'c' | 'wasm';
  /** As records write it. */
  readonly target: Target;
  readonly targetText: string;
  readonly hardware: HardwareParams;
  readonly unit: VectorUnit;
  readonly threads: number;
  /** The compiler with its version, for the log's session line. */
  readonly compiler: string;
  readonly flags: readonly string[];
  readonly gate: DeviceGate;
  readonly runner: Runner;
  /** One outcome per kernel, in order. Symbols must be distinct. */
  build(kernels: readonly Kernel[]): Promise<readonly BuildOutcome[]>;
  buildNetwork(network: NetworkCode): Promise<BuildOutcome>;
  /** The code that a person may read: C text, or a listing of the module. */
  listing(kernel: Kernel): string;
  /** What is built of a kernel, as a file by itself; undefined where no code can be made of it. */
  program(kernel: Kernel): ProgramFile | undefined;
  /** The networks as files to deploy: one library with `tail` (C text) behind them, or a module each. An error is a line for people. */
  deploy(networks: readonly NetworkCode[], tail: string): Promise<Result<readonly DeployableFile[], string>>;
  /** Folder of the bundled programs. */
  readonly programDir: string;
  /** `patienceMs`: how long a program that still runs may go on. */
  close(patienceMs?: number): Promise<void>;
}

export interface BackendOptions {
  readonly threads: number;
  /** Folder for compiled code and the runner; private to the user. */
  readonly cacheDir: string;
  /** Folder of the bundled programs (`dist`): the runner's sources, the wasm child program. */
  readonly programDir: string;
  /** Overrides the search for a compiler. */
  readonly compiler?: readonly string[];
}

/** A translation unit, or a module. */
export interface ProgramFile { readonly ending: '.c' | '.wasm'; readonly data: string | Uint8Array }

/** Why a back end cannot be used here, and what to do. */
export interface BackendProblem {
  readonly message: string;
  readonly remedy: string;
  /** The target itself is wrong, wherever it is asked for. */
  readonly usage?: boolean;
}

export type BackendResult = Result<Backend, BackendProblem>;

/** `data` is the content; of what lies in a file already, `copyOf` names that. */
export type DeployableFile = { readonly name: string } & ({ readonly data: string | Uint8Array } | { readonly copyOf: string });
