/** Feature rows of programs written by hand, against worked-out numbers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { extractFeatures } from '../../server/src/features/extract.js';
import { FeatureExtractor } from '../../server/src/features/extractor.js';
import { logarithmicColumns, ROW_LENGTH } from '../../server/src/features/layout.js';
import { FEATURE_NAMES } from '../../server/src/features/names.js';
import { cpuHardware, type HardwareParams } from '../../server/src/hardware/params.js';
import { createBuffer, type Buffer } from '../../server/src/ir/buffer.js';
import { binary, float, int, load, variable } from '../../server/src/ir/expr.js';
import type { Program } from '../../server/src/ir/program.js';
import { ORACLE } from '../schedule/oracle.js';
import { rowsOf } from './oracle-features.js';
import { loop, plus, pragma, program, realize, seq, store, thread, times } from './programs.js';

const CPU = cpuHardware(8);
const GPU: HardwareParams = {
  numCores: -1, vectorUnitBytes: 16, cacheLineBytes: 64, maxSharedMemoryPerBlock: 49152, maxLocalMemoryPerBlock: 2147483647,
  maxThreadsPerBlock: 1024, maxVthreadExtent: 8, warpSize: 32,
};
const LOG = logarithmicColumns();

/** A row as raw values by name. */
function raw(row: readonly number[]): Map<string, number> {
  return new Map(FEATURE_NAMES.map((name, c) => [name, LOG[c] === 1 ? 2 ** (row[c] ?? 0) - 1 : (row[c] ?? 0)]));
}

function expectRow(row: ReadonlyMap<string, number>, expected: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(expected)) {
    const got = row.get(name) ?? NaN;
    assert.ok(Math.abs(got - value) <= 2e-5 * Math.max(1, Math.abs(value)), `${name}: ${got}, expected ${value}`);
  }
}

const SLOT_FIELDS = ['bytes', 'unique_bytes', 'lines', 'unique_lines', 'reuse_dis_iter', 'reuse_dis_bytes', 'reuse_ct', 'bytes_d_reuse_ct', 'unique_bytes_d_reuse_ct', 'lines_d_reuse_ct', 'unique_lines_d_reuse_ct', 'stride'];

function slot(b: number, types: readonly string[], values: readonly number[]): Record<string, number> {
  return Object.fromEntries([...types.map((type) => [`B${b}.${type}`, 1]), ...SLOT_FIELDS.map((field, i) => [`B${b}.${field}`, values[i] ?? NaN])]) as Record<string, number>;
}

/** 512 x 512 x 512, i split by 16, j by 8: io jo (parallel), k (unrolled), ji (vectorized), ii. */
function matmul(): Program {
  const matrix = (name: string): Buffer => createBuffer(name, [512, 512], 'float32');
  const [a, b, c] = [matrix('A'), matrix('B'), matrix('C')];
  const [io, jo, k, ji, ii, ji0, ii0] = [variable('io'), variable('jo'), variable('k'), variable('ji'), variable('ii'), variable('ji0'), variable('ii0')];
  const [i, j] = [plus(times(io, 16), ii), plus(times(jo, 8), ji)];
  const update = store(c, [i, j], plus(load(c, [i, j]), times(load(a, [i, k]), load(b, [k, j]))));
  const init = store(c, [plus(times(io, 16), ii0), plus(times(jo, 8), ji0)], float(0));
  const body = seq(loop(ji0, 8, loop(ii0, 16, init), 'vectorize'), loop(k, 512, loop(ji, 8, loop(ii, 16, update), 'vectorize'), 'unroll'));
  return program([a, b], [c], realize(c, loop(io, 32, loop(jo, 64, body, 'parallel'), 'parallel')));
}

test('column names are the original\'s', () => {
  assert.equal(FEATURE_NAMES.length, ROW_LENGTH);
  assert.deepEqual(FEATURE_NAMES, JSON.parse(readFileSync(join(ORACLE, 'feature_names.json'), 'utf8')));
});

test('matmul 512 on a CPU: one row with the numbers worked out for it', () => {
  const rows = rowsOf(extractFeatures(matmul(), CPU));
  assert.equal(rows.length, 1);
  const row = raw(rows[0] ?? []);
  const n = 512 ** 3;
  expectRow(row, {
    float_addsub: n, float_mul: n, float_mad: 0, int_addsub: 4 * n, int_mul: 4 * n,
    vec_num: 1, vec_prod: 8, vec_len: 8, 'vec_type.kPosMixed': 1, 'vec_type.kPosNone': 0,
    unroll_num: 1, unroll_prod: 512, unroll_len: 512, parallel_num: 2, parallel_prod: 2048, parallel_len: 64,
    is_gpu: 0, blockIdx_x_len: 1, threadIdx_z_len: 1, vthread_len: 1,
    outer_prod: n, num_loops: 5, auto_unroll_max_step: 0, alloc_size: 1048576, alloc_prod: 262144, alloc_outer_prod: 1, alloc_inner_prod: n,
    // A is met after C, so it stands before it where they are equal.
    ...slot(0, ['acc_type.kRead', 'reuse_type.kLoopMultipleRead'], [4 * n, 1048576, n, 16384, 16, 132, 8, 67108864, 131072, 16777216, 2048, 512]),
    ...slot(1, ['acc_type.kReadWrite', 'reuse_type.kLoopMultipleRead'], [4 * n, 1048576, n, 16384, 128, 608, 512, 1048576, 2048, 262144, 32, 512]),
    ...slot(2, ['acc_type.kRead', 'reuse_type.kLoopMultipleRead'], [4 * n, 1048576, 524288, 16384, 1, 12, 16, 33554432, 65536, 32768, 1024, 0]),
    'B3.bytes': 0, 'B4.acc_type.kRead': 0,
  });
  [13.051, 21.0824, 29.1137, 37.1451, 45.1765, 53.2078, 61.2392, 69.2706, 77.302, 85.3333].forEach((value, point) => expectRow(row, { [`arith_intensity_curve_${point}`]: value }));
});

test('copies fused at the innermost loop: the second one reuses serially', () => {
  const [a, b, c] = ['A', 'B', 'C'].map((name) => createBuffer(name, [64, 32], 'float32'));
  assert.ok(a && b && c);
  const [i, j] = [variable('i'), variable('j')];
  const body = realize(b, seq(store(b, [i, j], load(a, [i, j])), store(c, [i, j], load(b, [i, j]))), [1, 1]);
  const rows = rowsOf(extractFeatures(program([a], [c], realize(c, loop(i, 64, loop(j, 32, body)))), CPU)).map(raw);
  assert.equal(rows.length, 2);
  const [rowC, rowB] = rows;
  assert.ok(rowC && rowB);
  const own = [8192, 8192, 128, 128, 0, 0, 0, 16384, 16384, 256, 256, 1];
  const common = { outer_prod: 2048, num_loops: 2, arith_intensity_curve_0: 0, arith_intensity_curve_9: 0 };
  expectRow(rowB, {
    ...common, ...slot(1, ['acc_type.kWrite', 'reuse_type.kNoReuse'], own), ...slot(0, ['acc_type.kRead', 'reuse_type.kNoReuse'], own),
    alloc_size: 4, alloc_prod: 2048, alloc_outer_prod: 2048, alloc_inner_prod: 1,
  });
  expectRow(rowC, {
    ...common, ...slot(1, ['acc_type.kWrite', 'reuse_type.kNoReuse'], own),
    ...slot(0, ['acc_type.kRead', 'reuse_type.kSerialMultipleReadWrite'], [8192, 8192, 128, 128, 1, 16, 1, 8192, 8192, 128, 128, 1]),
    alloc_size: 8192, alloc_prod: 2048, alloc_outer_prod: 1, alloc_inner_prod: 2048,
  });
});

test('flat buffers without allocation', () => {
  const [a, b, c] = ['A', 'B', 'C'].map((name) => createBuffer(name, [16384], 'float32'));
  assert.ok(a && b && c);
  const [i, j, k] = [variable('i'), variable('j'), variable('k')];
  const at = plus(times(i, 128), j);
  const update = store(c, [at], plus(load(c, [at]), times(load(a, [plus(times(i, 128), k)]), load(b, [plus(times(k, 128), j)]))));
  const body = loop(i, 128, loop(j, 128, seq(store(c, [at], float(0)), loop(k, 128, update))));
  const rows = rowsOf(extractFeatures(program([a, b], [c], body), CPU)).map(raw);
  assert.equal(rows.length, 1);
  assert.ok(rows[0]);
  expectRow(rows[0], { float_addsub: 2097152, float_mul: 2097152, 'B0.unique_bytes': 65536, 'B1.unique_bytes': 65536, 'B2.unique_bytes': 65536, alloc_size: 0 });
});

/** C = A, 16 threads of 8 blocks with 4 virtual threads each. */
function gpuCopy(extents: { threads?: number; vthreads?: number; vector?: number; shared?: number; condition?: boolean } = {}): Program {
  const { threads = 16, vthreads = 4, vector = 2, shared = 64, condition = false } = extents;
  const [b, v, t, x] = [variable('b'), variable('v'), variable('t'), variable('x')];
  const n = 8 * vthreads * threads * vector;
  const [a, c] = [createBuffer('A', [n], 'float32'), createBuffer('C', [n], 'float32')];
  const s = createBuffer('S', [shared], 'float32');
  const at = plus(times(plus(times(plus(times(b, vthreads), v), threads), t), vector), x);
  const copy = store(c, [at], load(a, [at]));
  const inner = condition ? { kind: 'if' as const, cond: binary('lt', at, int(n - 1)), likely: true, body: copy } : copy;
  const body = realize(s, loop(x, vector, inner, 'vectorize'), [shared], 'shared');
  return program([a], [c], realize(c, thread(b, 8, 'blockIdx.x', thread(v, vthreads, 'vthread', thread(t, threads, 'threadIdx.x', body)))));
}

test('thread axes count as loops, and their lengths are columns', () => {
  const rows = rowsOf(extractFeatures(gpuCopy(), GPU)).map(raw);
  const row = rows.find((r) => r.get('outer_prod') !== 0);
  assert.ok(row);
  expectRow(row, { is_gpu: 1, blockIdx_x_len: 8, vthread_len: 4, threadIdx_x_len: 16, blockIdx_y_len: 1, threadIdx_z_len: 1, num_loops: 4, outer_prod: 1024, parallel_num: 0 });
  const unstored = rows.find((r) => r.get('outer_prod') === 0);
  assert.ok(unstored, 'a buffer that is only allocated has a row too');
  expectRow(unstored, { 'vec_type.kPosNone': 1, 'unroll_type.kPosNone': 1, 'parallel_type.kPosNone': 1, alloc_size: 256, threadIdx_x_len: 0, is_gpu: 0, alloc_inner_prod: 0 });
});

const LIMITS: readonly [string, Parameters<typeof gpuCopy>[0], boolean][] = [
  ['1024 threads', { threads: 1024 }, true],
  ['1025 threads', { threads: 1025 }, false],
  ['shared memory filled', { shared: 12288 }, true],
  ['shared memory overfull', { shared: 12289 }, false],
  ['a vector of 16 bytes', { vector: 4 }, true],
  ['a vector of 32 bytes', { vector: 8 }, false],
  ['a long vector that a condition makes serial', { vector: 8, condition: true }, true],
  ['15 virtual threads are unrolled', { vthreads: 15 }, true],
  ['16 virtual threads', { vthreads: 16 }, false],
];
for (const [name, extents, valid] of LIMITS) {
  test(`GPU limits: ${name}`, () => {
    assert.equal(extractFeatures(gpuCopy(extents), GPU).length > 0, valid);
    assert.ok(extractFeatures(gpuCopy(extents), CPU).length > 0, 'a CPU has no such limits');
  });
}

test('an unroll limit covers what is nested in it, and an extractor keeps nothing of the program before', () => {
  const a = createBuffer('A', [64], 'float32');
  const i = variable('i');
  const p = program([], [a], seq(pragma(64, loop(i, 64, store(a, [i], float(1)))), loop(i, 64, store(a, [i], float(2)))));
  const q = program([], [a], pragma(64, loop(i, 64, store(a, [i], float(1)))));
  const step = (features: Float32Array): number | undefined => raw(rowsOf(features)[0] ?? []).get('auto_unroll_max_step');
  assert.equal(step(extractFeatures(p, CPU)), 0);
  assert.ok(Math.abs((step(extractFeatures(q, CPU)) ?? 0) - 64) < 1e-3);
  const extractor = new FeatureExtractor();
  const programs = [p, matmul(), q, gpuCopy(), matmul()];
  for (const each of programs) assert.deepEqual(extractor.extract(each, CPU), extractFeatures(each, CPU));
});
