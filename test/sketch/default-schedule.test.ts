/** The default schedule: complete, legal, lowerable and the same each time for every kind of CPU task. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, compute, createDag, placeholder, reduce } from '../../server/src/dag/create.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import type { Op } from '../../server/src/dag/op.js';
import { binary, call, float, int, type Expr } from '../../server/src/ir/expr.js';
import { lower } from '../../server/src/lower/lower.js';
import { replay } from '../../server/src/schedule/apply.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { DEFAULT_MACHINE, defaultSchedule } from '../../server/src/sketch/default-schedule.js';
import { settle } from '../../server/src/sketch/settle.js';
import { conv2d, cpuTask, layerNorm, matmul, maxPool, norm, oracleTasks, relu, rowMin, twoMatmuls } from './tasks.js';

function padding(): ComputeDag {
  const data = placeholder('data', [1, 30, 30, 8]);
  return createDag([data, compute('pad', [1, 32, 32, 8], ['n', 'h', 'w', 'c'], ([n, h, w, c]) =>
    call('tir.if_then_else', [binary('and', binary('ge', h!, int(1)), binary('lt', h!, int(31))), at(data, n!, binary('sub', h!, int(1)), w!, c!), float(0)], 'float32'))]);
}

/** As in attention: both operands run along the reduction. */
function transposedMatmul(batch: number, n: number, k: number, constant: boolean): ComputeDag {
  const x = placeholder('x', [batch, n, k]);
  const y = placeholder('y', [batch, n, k], 'float32', { constant });
  return createDag([x, y, reduce('T', [batch, n, n], ['b', 'i', 'j'], { k }, 'add', ([b, i, j], [r]) => binary('mul', at(x, b!, i!, r!), at(y, b!, j!, r!)))]);
}

const DAGS: readonly (readonly [string, ComputeDag])[] = [
  ...oracleTasks().filter(({ name }) => name.endsWith('.llvm')).map(({ name, task }) => [name, task.dag] as const),
  ['max pool', maxPool(56, 64)], ['norm', norm(256)], ['layer norm', layerNorm(128, 768)], ['row minimum', rowMin(10, 1024)],
  ['relu', relu(33)], ['padding', padding()], ['transposed matmul', transposedMatmul(3, 16, 24, false)], ['small matmul', matmul(8, 8, 512)], ['matmul 1x1x1', matmul(1, 1, 1)], ['prime matmul', matmul(13, 17, 19)],
  ['two matmuls', twoMatmuls(64)], ['matmul of 197 rows', matmul(197, 192, 64)], ['matmul of primes', matmul(197, 31, 13)], ['1x1 convolution', conv2d(7, 32, 64, 1, false)],
];

for (const [name, dag] of DAGS) {
  test(`${name}: a legal default schedule on 1 to 64 cores`, () => {
    for (const cores of [1, 2, 64]) {
      for (const machine of [DEFAULT_MACHINE, { vectorBytes: 64, registers: 32, cacheBytes: 1 << 20 }, { vectorBytes: 16, registers: 16, cacheBytes: 1 << 17 }]) {
        const state = defaultSchedule(cpuTask(dag, cores), machine);
        assert.equal(state.concrete, true);
        assert.equal(stateText(settle(replay(dag, state.steps))), stateText(state));
        assert.equal(stateText(defaultSchedule(cpuTask(dag, cores), machine)), stateText(state));
        lower(state);
      }
    }
  });
}

test('a convolution gets register tiles with the bias and relu inside, and parallel blocks', () => {
  const text = stateText(defaultSchedule(cpuTask(conv2d(56, 64, 64, 3, true), 2)));
  assert.match(text, /parallel [^\n]*\n(.*\n)*? +for rh\.0 \(0,3\)\n +for w\.2 \(0,14\)\n +for rw\.1 \(0,3\)\n +for rc\.1 \(0,64\)\n +for w\.3 \(0,4\)\n +vectorize co\.3 \(0,16\)\n +conv = /);
  assert.match(text, /vectorize co\.2 \(0,16\)\n +relu = /);
});

test('extents without useful factors stay whole in the innermost loops, for tiles with a remainder', () => {
  const text = stateText(defaultSchedule(cpuTask(matmul(197, 197, 64), 1)));
  assert.match(text, /for k\.0 \(0,64\)\n +for i(_c)?\.3 \(0,197\)\n +for j(_c)?\.3 \(0,197\)\n/);
  // Where a tile divides, nothing changes.
  const even = stateText(defaultSchedule(cpuTask(matmul(192, 256, 64), 1)));
  assert.match(even, /for i(_c)?\.3 \(0,(4|6)\)\n/);
});

test('weights that no cache holds are read once: no block of a row of its own, whatever the number of cores', () => {
  for (const cores of [1, 2, 4]) {
    const state = defaultSchedule(cpuTask(conv2d(7, 512, 512, 3, true), cores));
    const text = stateText(state);
    const blocks = /^parallel n\.0@[^\n]*co[^\n]* \(0,(\d+)\)$/m.exec(text);
    assert.ok(Number(blocks?.[1]) >= cores, text.slice(0, 300));
    // All blocks are of channels: none of the 7 rows or columns is split among them.
    assert.equal(512 % Number(blocks?.[1]), 0, text.slice(0, 300));
  }
});

test('an activation that uses its argument several times is computed in the tiles of its reduction', () => {
  const A = placeholder('A', [64, 96]);
  const W = placeholder('W', [96, 128], 'float32', { constant: true });
  const C = reduce('C', [64, 128], ['i', 'j'], { k: 96 }, 'add', ([i, j], [k]) => binary('mul', at(A, i!, k!), at(W, k!, j!)));
  const swish = (steps: (x: Op) => Op[]): ComputeDag => createDag([A, W, C, ...steps(C)]);
  const roots = (dag: ComputeDag): number => stateText(defaultSchedule(cpuTask(dag, 1))).split('\n').filter((line) => /^(parallel|for)/.test(line)).length;
  const map = (name: string, of: Op, value: (x: Expr) => Expr): Op => compute(name, [64, 128], ['i', 'j'], ([i, j]) => value(at(of, i!, j!)));
  assert.equal(roots(swish((c) => {
    const d = map('D', c, (x) => binary('add', x, float(1)));
    const e = map('E', d, (x) => call('tir.tanh', [x], 'float32'));
    return [d, e, compute('O', [64, 128], ['i', 'j'], ([i, j]) => binary('mul', at(d, i!, j!), at(e, i!, j!)))];
  })), 1);
  // Read in another order it is not element by element: two nests.
  assert.equal(roots(swish((c) => [compute('O', [128, 64], ['j', 'i'], ([j, i]) => binary('mul', at(c, i!, j!), at(c, i!, binary('sub', int(127), j!))))])), 2);
});

test('a global pool has lanes along the channels, in several vectors', () => {
  const X = placeholder('X', [1, 7, 7, 576]);
  const sum = reduce('sum', [1, 1, 1, 576], ['n', 'h', 'w', 'c'], { rh: 7, rw: 7 }, 'add', ([n, , , c], [rh, rw]) => at(X, n!, rh!, rw!, c!));
  const avg = compute('avg', [1, 1, 1, 576], ['n', 'h', 'w', 'c'], ([n, h, w, c]) => binary('div', at(sum, n!, h!, w!, c!), float(49)));
  assert.match(stateText(defaultSchedule(cpuTask(createDag([X, sum, avg]), 2))), /parallel \S*c\.0@ \(0,9\)\n.*\n  for rh \(0,7\)\n +for rw \(0,7\)\n +for c \(.*,64\)\n/);
  assert.match(stateText(defaultSchedule(cpuTask(createDag([X, sum]), 2))), /parallel \S*c\.0@ \(0,9\)\n  for rh \(0,7\)\n +for rw \(0,7\)\n +for c\.1 \(0,64\)\n/);
});

test('softmax runs row by row in one parallel loop', () => {
  const { task } = oracleTasks().find(({ name }) => name === 'softmax_1536_128.llvm')!;
  const lines = stateText(defaultSchedule(task)).split('\n');
  assert.deepEqual(lines.filter((line) => /^\S/.test(line) && !line.startsWith('Placeholder')), ['parallel i0 (0,1536)']);
});

test('dot products have lanes along the reduction, unless their operand is a constant, which will be packed', () => {
  assert.match(stateText(defaultSchedule(cpuTask(transposedMatmul(12, 128, 64, false), 2))), /vectorize k_i \(0,8\)\n +T\.rf = /);
  assert.match(stateText(defaultSchedule(cpuTask(transposedMatmul(12, 128, 64, true), 2))), /vectorize j_c\.3 \(0,16\)\n +T\.local = /);
});
