/** Parameters of sketches and random annotation, with the original's defaults (sketch_policy.py; spec sketch-rules, section 6). */
import type { SketchRule } from './rule.js';

export interface SketchParams {
  /** Levels of the CPU's tiling, outermost first: S spatial, R reduction. */
  readonly cpuTiling: string;
  /** Levels of the GPU's tiling; binding needs at least three leading S. */
  readonly gpuTiling: string;
  /** Largest length of an innermost tile. */
  readonly maxInnermostSplitFactor: number;
  /** Most iterations of a vectorised loop. */
  readonly maxVectorizeSize: number;
  /** Leaves every stage where its sketch put it. */
  readonly disableChangeComputeLocation: boolean;
  /** Rules tried before the built-in ones, in this order. */
  readonly customRules: readonly SketchRule[];
}

export const DEFAULT_SKETCH_PARAMS: SketchParams = Object.freeze({
  cpuTiling: 'SSRSRS',
  gpuTiling: 'SSSRRSRS',
  maxInnermostSplitFactor: 64,
  maxVectorizeSize: 16,
  disableChangeComputeLocation: false,
  customRules: [],
});
