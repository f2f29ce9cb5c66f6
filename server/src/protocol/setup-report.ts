/** What `ansor devices --json` says, and what "Ansor: Check Setup" shows: facts and checks of this machine. Times in milliseconds. */

export type CheckStatus = 'ok' | 'warning' | 'problem' | 'skipped';

/** A C compiler that was looked for. */
export interface CompilerReport {
  readonly name: string;
  /** Its version line; null: not there, or it does not work. */
  readonly version: string | null;
  /** The CPU that it compiles for, as LLVM names it. */
  readonly cpu?: string;
  /** Why it cannot be used. */
  readonly problem?: string;
}

/** A real kernel (a small matrix product), built, run and compared with its definition. */
export interface KernelReport {
  /** Null where that takes too long to find out. */
  readonly naiveMs: number | null;
  readonly scheduledMs: number;
  readonly gflops: number;
  readonly buildMs: number;
  /** (largest - smallest) / median of repeated runs of the same program. */
  readonly spread: number;
  readonly runs: number;
  /** Clock ticks that a hypervisor took away during the runs. */
  readonly stealTicks: number;
}

/** What can be measured on. */
export interface DeviceReport {
  readonly target: 'c' | 'wasm';
  readonly available: boolean;
  /** Why not, and what to do. */
  readonly problem?: string;
  readonly remedy?: string;
  /** As records write it. */
  readonly targetText?: string;
  readonly compiler?: string;
  readonly cpu?: string;
  readonly cores?: number;
  readonly physicalCores?: number;
  readonly vectorBytes?: number;
  readonly registers?: number;
  readonly features?: readonly string[];
  readonly cacheFlush?: string;
  readonly memoryBytes?: number;
  /** Absent where nothing was run. */
  readonly kernel?: KernelReport;
  /** Why the kernel did not build, run or compute the right values. */
  readonly kernelProblem?: string;
}

export interface FolderReport {
  readonly purpose: 'cache' | 'log' | 'sessions';
  readonly path: string;
  readonly writable: boolean;
  readonly freeBytes: number | null;
  readonly problem?: string;
}

export interface SetupReport {
  readonly version: string;
  readonly node: string;
  readonly system: { readonly os: string; readonly arch: string; readonly cpu: string; readonly cores: number; readonly memoryBytes: number; readonly loadAverage: number | null };
  /** WebAssembly of this node: vectors, shared memory. Fused multiply-adds: `relaxed-simd` among the features of the device. */
  readonly wasm: { readonly simd: boolean; readonly threads: boolean };
  /** Smallest difference of the clock. */
  readonly clockMs: number;
  readonly compilers: readonly CompilerReport[];
  readonly devices: readonly DeviceReport[];
  readonly folders: readonly FolderReport[];
  /** False: programs were neither asked for their version nor built nor run. */
  readonly ran: boolean;
}
