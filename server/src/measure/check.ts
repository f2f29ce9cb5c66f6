/**
 * Whether a candidate's output is right (design, section 3): sampled elements straight from the DAG, and tolerances for comparing
 * the whole output with the naive program's. Tolerances grow with number and size of the terms; integers are exact.
 */
import { err, ok, type Result } from '../base/result.js';
import { createRng, type Rng } from '../base/rng.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import { createDagEvaluator, type InputValues } from '../dag/evaluate.js';
import { elementCount, type Buffer } from '../ir/buffer.js';
import { isFloat } from '../ir/dtype.js';
import { roundingOf } from '../ir/scalar.js';
import type { MeasureError } from './errors.js';

export interface OutputCheck {
  readonly buffer: Buffer;
  /** Flat positions, without duplicates. */
  readonly samples: readonly number[];
  readonly expected: readonly number[];
  readonly tolerances: readonly number[];
  /** For the whole output against the naive program's: |a - b| <= atol + rtol * |b|. */
  readonly atol: number;
  readonly rtol: number;
}

/** One entry per output, in order. Made once per task (and layout of its inputs). */
export type CheckPlan = readonly OutputCheck[];

export interface CheckOptions {
  readonly seed: number;
  /** Elements over all outputs; default 256. */
  readonly samples?: number;
  /** No more elements are evaluated after this many seconds (each output gets its first corner at least). Default 5. */
  readonly budgetSeconds?: number;
}

const DEFAULT_SAMPLES = 256;
const DEFAULT_BUDGET = 5;
const MAX_CORNERS = 16;
/** Bounds are of one rounding per operation; programs may reassociate, contract, and use approximations. */
const SAMPLE_SLACK = 2;
/** The naive program errs too, and elements that were not sampled have somewhat larger terms. */
const WHOLE_SLACK = 4;
const TINY = 1e-30;

export function planCheck(dag: ComputeDag, inputs: InputValues, options: CheckOptions): CheckPlan {
  const rng = createRng(options.seed);
  const evaluator = createDagEvaluator(dag, inputs);
  const share = Math.ceil((options.samples ?? DEFAULT_SAMPLES) / Math.max(1, dag.outputs.length));
  const end = performance.now() + 1000 * (options.budgetSeconds ?? DEFAULT_BUDGET);
  return dag.outputs.map((buffer) => {
    const u = isFloat(buffer.dtype) ? roundingOf(buffer.dtype).epsilon : 0;
    const samples: number[] = [];
    const expected: number[] = [];
    const tolerances: number[] = [];
    let widest = 0;
    for (const at of positions(buffer.shape, share, rng)) {
      if (samples.length > 0 && performance.now() > end) break;
      const { value, error } = evaluator.element(buffer, indexOf(buffer.shape, at));
      const tolerance = u === 0 ? error : SAMPLE_SLACK * (error + u * Math.abs(value)) + TINY;
      samples.push(at);
      expected.push(value);
      tolerances.push(tolerance);
      if (tolerance > widest && tolerance < Infinity) widest = tolerance;
    }
    return { buffer, samples, expected, tolerances, atol: WHOLE_SLACK * widest, rtol: 16 * u };
  });
}

/** Corners first, then random positions; each once. */
function positions(shape: readonly number[], count: number, rng: Rng): readonly number[] {
  const total = elementCount(shape);
  if (total <= count) return Array.from({ length: total }, (_, i) => i);
  const chosen = new Set<number>();
  const wide = shape.filter((extent) => extent > 1).length;
  for (let bits = 0; bits < Math.min(2 ** wide, MAX_CORNERS); bits++) {
    let flat = 0;
    let k = 0;
    // With more corners than are wanted, those of the last dimensions, and the very last element.
    for (const extent of shape) flat = flat * extent + (extent > 1 && ((bits >> (wide - 1 - k++)) & 1) === 1 ? extent - 1 : 0);
    chosen.add(flat);
  }
  chosen.add(total - 1);
  while (chosen.size < count) chosen.add(Math.floor(rng.real() * total));
  return [...chosen];
}

function indexOf(shape: readonly number[], flat: number): readonly number[] {
  let rest = flat;
  const index = shape.map(() => 0);
  for (let d = shape.length - 1; d >= 0; d--) {
    const extent = shape[d] ?? 1;
    index[d] = rest % extent;
    rest = Math.floor(rest / extent);
  }
  return index;
}

/** Compares what the runner reported (per output, in the plan's order) with the plan. */
export function verifySamples(plan: CheckPlan, got: readonly (readonly number[])[]): Result<void, MeasureError> {
  for (const [o, output] of plan.entries()) {
    let bad = 0;
    let first: string | undefined;
    output.samples.forEach((at, i) => {
      const expected = output.expected[i] ?? NaN;
      const value = got[o]?.[i] ?? NaN;
      if (Math.abs(value - expected) <= (output.tolerances[i] ?? 0) || value === expected || (Number.isNaN(value) && Number.isNaN(expected) && got[o]?.[i] !== undefined)) return;
      bad++;
      first ??= `element ${at} is ${value}, the definition says ${expected} (tolerance ${(output.tolerances[i] ?? 0).toPrecision(3)})`;
    });
    if (first !== undefined) {
      return err({ kind: 'wrong-result', message: `${bad} of ${output.samples.length} sampled elements of ${output.buffer.name} are wrong: ${first}` });
    }
  }
  return ok(undefined);
}
