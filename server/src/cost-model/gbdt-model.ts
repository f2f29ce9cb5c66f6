/** A trained cost model: a program's score is the sum over its stores of what the trees say. */
import { ROW_LENGTH } from '../features/layout.js';
import type { Forest } from './forest.js';
import { ForestWalk } from './forest-walk.js';
import type { FeatureBatch } from '../features/feature-arena.js';
import type { CostModel } from './model.js';

export class GbdtModel implements CostModel {
  private readonly walk: ForestWalk;

  /** `baseScore` counts once per row. */
  constructor(readonly forest: Forest, readonly baseScore: number, readonly version: number) {
    this.walk = new ForestWalk(forest);
  }

  /** A prediction per row. */
  predictRows(rows: Float32Array): Float64Array {
    const out = new Float64Array(rows.length / ROW_LENGTH).fill(this.baseScore);
    this.walk.add(rows, ROW_LENGTH, out);
    return out;
  }

  predict(batch: FeatureBatch): Float32Array {
    return sumPrograms(this.predictRows(batch.rows), batch.start);
  }
}

/** Sums of rows per program; -Infinity for programs without rows. */
function sumPrograms(rows: Float64Array, start: Int32Array): Float32Array {
  const scores = new Float32Array(Math.max(0, start.length - 1));
  for (let p = 0; p < scores.length; p++) {
    const from = start[p]!;
    const to = start[p + 1]!;
    let sum = from === to ? -Infinity : 0;
    for (let r = from; r < to; r++) sum += rows[r]!;
    scores[p] = sum;
  }
  return scores;
}
