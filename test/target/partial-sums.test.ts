/** Sums of few outputs are taken apart: as many chains of additions as hide their latency, in one turn of the loop. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTc } from '../../server/src/lang/parse.js';
import { compileState } from '../../server/src/session/compile.js';
import { defaultSchedule } from '../../server/src/sketch/default-schedule.js';
import { buildKernel } from '../../server/src/target/kernel/build.js';
import type { KernelStmt, VectorUnit } from '../../server/src/target/kernel/ir.js';
import { taskOf } from './candidates.js';
import { PROGRAMS } from './programs.js';

const AVX2: VectorUnit = { bytes: 32, registers: 16 };
const UNITS: readonly (readonly [string, VectorUnit])[] = [['AVX-512', { bytes: 64, registers: 32 }], ['AVX2', AVX2], ['NEON', { bytes: 16, registers: 32 }]];

/** How many turns an innermost loop of sums has, and how many sums go on in one. */
interface SumLoop { readonly turns: number; readonly sums: number }

function sumLoops(stmts: readonly KernelStmt[]): SumLoop[] {
  return stmts.flatMap((s) => {
    if (!('body' in s)) return [];
    const sums = new Set(s.body.flatMap((x) => (x.kind === 'set' ? [x.register] : []))).size;
    return sums > 0 && s.kind === 'for' && s.extent > 1 ? [{ turns: s.extent, sums }] : sumLoops(s.body);
  });
}

/** The most registers of eight lanes that get terms in one block. */
function setsOf(stmts: readonly KernelStmt[]): number {
  const own = new Set(stmts.flatMap((s) => (s.kind === 'set' && s.register.lanes === 8 ? [s.register] : []))).size;
  return Math.max(own, ...stmts.map((s) => ('body' in s ? setsOf(s.body) : 0)));
}

function kernelOf(tc: string, unit: VectorUnit): readonly KernelStmt[] {
  const dag = parseTc(tc).defs[0]?.dag;
  assert.ok(dag);
  return compileState(defaultSchedule(taskOf(dag), { vectorBytes: unit.bytes, registers: unit.registers, cacheBytes: 256 * 1024 }), 'k', unit).kernel.body;
}

const loopsOf = (tc: string, unit: VectorUnit): SumLoop[] => sumLoops(kernelOf(tc, unit));

const LAYER_NORM = `def LN(float(128, 768) x, float(768) gamma, float(768) beta) -> (out) {
  sum(i) +=! x(i, k)
  squares(i) +=! x(i, k) * x(i, k)
  out(i, j) = (x(i, j) - sum(i) / 768) / sqrt(squares(i) / 768 - sum(i) / 768 * (sum(i) / 768) + 1e-5) * gamma(j) + beta(j)
}`;
const SOFTMAX = `def SM(float(64, 768) A) -> (norm) {
  most(i) max=! A(i, k)
  e(i, j) = exp(A(i, j) - most(i))
  sum(i) +=! e(i, k)
  norm(i, j) = e(i, j) / sum(i)
}`;

for (const [name, unit] of UNITS) {
  const lanes = unit.bytes / 4;
  test(`${name}: rows of a layer norm and of a softmax have four sums each`, () => {
    const turns = 768 / lanes / 4;
    for (const tc of [LAYER_NORM, SOFTMAX]) assert.deepEqual(loopsOf(tc, unit).filter(({ turns: n }) => n > 1), [{ turns, sums: 4 }, { turns, sums: 4 }]);
  });
}

test('so have rows whose terms are written out, unless they are short', () => {
  const sums = (width: number): number => setsOf(kernelOf(`def row(float(64, ${width}) x) -> (sum) { sum(i) +=! x(i, k) }`, AVX2));
  assert.deepEqual([128, 256, 512].map(sums), [1, 4, 4]);
});

test('enough sums are not divided', () => {
  for (const { sums } of loopsOf('def M(float(64, 64) x, const float(64, 64) y) -> (out) { out(i, j) +=! x(i, k) * y(k, j) }', AVX2)) assert.ok(sums >= 8 && sums <= 12, String(sums));
});

test('scalar programs, which others are compared with, keep the order of terms', () => {
  const program = PROGRAMS['many terms for few sums'];
  assert.ok(program);
  const loops = (unit: VectorUnit | undefined): SumLoop[] => sumLoops(buildKernel(program, { symbol: 'k', unit }).body);
  assert.deepEqual(new Set(loops(undefined).map(({ turns }) => turns)), new Set([60]));
  assert.deepEqual(loops(AVX2), Array.from({ length: 5 }, () => ({ turns: 15, sums: 4 })));
});
