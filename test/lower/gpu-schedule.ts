/** GPU schedules of the shapes that the search makes, with random tiles: tiled matmul with shared and local copies, row reductions over threads. */
import type { Rng } from '../../server/src/base/rng.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { replay } from '../../server/src/schedule/apply.js';
import type { State } from '../../server/src/schedule/state.js';
import { stepFromRecord } from '../../server/src/schedule/steps/index.js';

function replayRecords(dag: ComputeDag, records: readonly (readonly unknown[])[]): State {
  return replay(dag, records.map((record) => {
    const step = stepFromRecord(record);
    if (!step.ok) throw new Error(step.error.message);
    return step.value;
  }));
}

const divisorTiles = (extent: number, parts: number, rng: Rng): number[] => {
  const lengths: number[] = [];
  let rest = extent;
  for (let i = 0; i < parts; i++) {
    const divisors = Array.from({ length: rest }, (_, d) => d + 1).filter((d) => rest % d === 0);
    const f = divisors[rng.int(divisors.length)] as number;
    lengths.push(f);
    rest /= f;
  }
  return lengths;
};

/** Of A, B, C(reduce), D(elementwise over C): C tiled and local under D's threads, A and B copied to shared memory by all threads. */
export function tiledMatmul(dag: ComputeDag, m: number, n: number, k: number, rng: Rng): State {
  const width = 1 + rng.int(3);
  return replayRecords(dag, [
    ['SP', 2, 0, m, divisorTiles(m, 4, rng), 1], ['SP', 2, 5, n, divisorTiles(n, 4, rng), 1], ['SP', 2, 10, k, divisorTiles(k, 2, rng), 1],
    ['RE', 2, [0, 5, 1, 6, 2, 7, 10, 11, 3, 8, 12, 4, 9]],
    ['FSP', 3, 0, 0, 3], ['FSP', 3, 4, 1, 3], ['RE', 3, [0, 4, 1, 5, 2, 6, 3, 7]], ['CA', 2, 3, 5],
    ['CHR', 1, 'shared', [2]], ['CA', 2, 3, 6], ['CHR', 0, 'shared', [3]], ['CA', 1, 4, 6],
    ['FU', 5, [0, 1]], ['AN', 5, 0, 5], ['FU', 5, [1, 2]], ['AN', 5, 1, 4], ['FU', 5, [2, 3]], ['AN', 5, 2, 6],
    ['FU', 3, [0, 1]], ['SP', 3, 0, 0, [width], 1], ['AN', 3, 1, 2], ['FFSP', 3, 0, [1, 0], 1, 1], ['AN', 3, 1, 6],
    ['FU', 1, [0, 1]], ['SP', 1, 0, 0, [1], 1], ['AN', 1, 1, 2], ['FFSP', 1, 0, [1, 0], 1, 1], ['AN', 1, 1, 6],
    ['PR', 4, 0, 'auto_unroll_max_step$16'],
  ]);
}

/** Softmax's rows over threads: the maximum and the sum reduced across them, exp inlined; `threads` need not divide the row. */
export function softmaxOverThreads(dag: ComputeDag, row: number, rng: Rng): State {
  const threads = 2 + rng.int(6);
  return replayRecords(dag, [
    ['SP', 4, 1, row, [threads], 1], ['AN', 4, 2, 6], ['FSP', 3, 1, 0, 1], ['AN', 3, 2, 6], ['CA', 3, 4, 0], ['CI', 2],
    ['FSP', 1, 1, 0, 1], ['AN', 1, 2, 6], ['CA', 1, 4, 0], ['AN', 4, 0, 5],
  ]);
}
