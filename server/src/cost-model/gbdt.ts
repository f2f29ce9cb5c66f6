/**
 * Training of the cost model: gradient-boosted trees under the objective "pack-sum squared error" (Ansor, section 5.2): a
 * program's score is the sum of its rows' predictions, and programs weigh as much as they are fast.
 */
import type { Rng } from '../base/rng.js';
import { shuffled } from '../base/rng.js';
import { ROW_LENGTH } from '../features/layout.js';
import { binColumns } from './binning.js';
import { GbdtModel } from './gbdt-model.js';
import type { TrainingSamples } from './model.js';
import { TreeGrower, type TreeParams } from './tree-grower.js';

export interface GbdtParams extends TreeParams {
  /** Trees at most. */
  readonly rounds: number;
  /** Bins per column, at most 256. */
  readonly bins: number;
  /** Share of the columns that a tree may use. */
  readonly columnShare: number;
  /** Least weight of a program; the original has 0, but with slow and failed programs taught too the ranking is better. */
  readonly minWeight: number;
  /** Stops when the training error has not fallen by `stopFraction` of itself within so many rounds. */
  readonly stopRounds: number;
  readonly stopFraction: number;
}

export const DEFAULT_GBDT: GbdtParams = Object.freeze({
  maxDepth: 6, eta: 0.2, gamma: 0.001, lambda: 1, minChildWeight: 0,
  rounds: 60, bins: 64, columnShare: 1, minWeight: 0.5, stopRounds: 10, stopFraction: 0.01,
});

/** A model of the samples; programs without rows teach nothing. Deterministic for equal samples, parameters and stream. `unit` runs the parts of the work, some ms each. */
export function trainGbdt(samples: TrainingSamples, params: GbdtParams, rng: Rng, version = 1, unit: <T>(work: () => T) => T = (work) => work()): GbdtModel {
  const { rows, start } = samples.features;
  const n = rows.length / ROW_LENGTH;
  const programs = samples.throughputs.length;
  const weights = new Float64Array(programs);
  const hessians = new Float64Array(n);
  const programOf = new Int32Array(n);
  let weightedLabels = 0;
  let weightedRows = 0;
  for (let p = 0; p < programs; p++) {
    const count = start[p + 1]! - start[p]!;
    const weight = count === 0 ? 0 : Math.max(samples.throughputs[p]!, params.minWeight);
    weights[p] = weight;
    weightedLabels += weight * samples.throughputs[p]!;
    weightedRows += weight * count;
    for (let r = start[p]!; r < start[p + 1]!; r++) {
      programOf[r] = p;
      hessians[r] = weight;
    }
  }
  const baseScore = weightedRows > 0 ? Math.fround(weightedLabels / weightedRows) : 0;
  const columns = unit(() => binColumns(rows, ROW_LENGTH, params.bins));
  const grower = new TreeGrower(columns, n, params);
  const rowScores = new Float64Array(n).fill(baseScore);
  const gradients = new Float64Array(n);
  const residuals = new Float64Array(programs);
  const everyColumn = columns.map((_, c) => c);
  const share = Math.max(1, Math.round(columns.length * params.columnShare));
  let best = Infinity;
  let bestRound = 0;
  let trees = 0;
  while (columns.length > 0 && trees < params.rounds) {
    const error = packResiduals(rowScores, start, samples.throughputs, weights, residuals);
    if (error < best * (1 - params.stopFraction)) {
      best = error;
      bestRound = trees;
    } else if (trees - bestRound >= params.stopRounds) break;
    for (let r = 0; r < n; r++) gradients[r] = residuals[programOf[r]!]! * hessians[r]!;
    const used = share === columns.length ? everyColumn : shuffled(everyColumn, rng).slice(0, share).sort((a, b) => a - b);
    unit(() => { grower.grow(gradients, hessians, used, rowScores); });
    trees++;
  }
  return new GbdtModel(grower.forest(), baseScore, version);
}

/** Score less label per program; the answer is the weighted root mean square. */
function packResiduals(rowScores: Float64Array, start: Int32Array, labels: Float32Array, weights: Float64Array, out: Float64Array): number {
  let squares = 0;
  let weight = 0;
  for (let p = 0; p < labels.length; p++) {
    let score = 0;
    for (let r = start[p]!; r < start[p + 1]!; r++) score += rowScores[r]!;
    const residual = score - labels[p]!;
    out[p] = residual;
    squares += weights[p]! * residual * residual;
    weight += weights[p]!;
  }
  return weight > 0 ? Math.sqrt(squares / weight) : 0;
}
