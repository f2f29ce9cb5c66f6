/** A measured program as logs keep it (spec log-format, sections 1 to 4), independent of the file format's version. */
import type { HardwareParams } from '../hardware/params.js';
import type { TransformStep } from '../schedule/step.js';

/** Error numbers of the record; 0 is success. */
export const MEASURE_ERRORS = [
  'none', 'instantiation', 'compile host', 'compile device', 'runtime device', 'wrong answer', 'build timeout', 'run timeout', 'unknown',
] as const;
export type MeasureErrorNo = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

export interface MeasureResult {
  /** Seconds per run, one per repeat; `[1e10]` on error. */
  readonly costs: readonly number[];
  readonly errorNo: MeasureErrorNo;
  /** Wall time of build and run in seconds. */
  readonly allCost: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

export interface MeasureRecord {
  readonly workloadKey: string;
  readonly target: string;
  readonly hardware: HardwareParams | undefined;
  readonly targetHost: string | undefined;
  /** 0 none, 1 insert transform stage, 2 rewrite for pre-transformed weights. */
  readonly layoutRewrite: 0 | 1 | 2 | undefined;
  readonly taskInputs: readonly string[] | undefined;
  readonly steps: readonly TransformStep[];
  readonly result: MeasureResult;
  /** E.g. `v0.6`. */
  readonly version: string;
}
