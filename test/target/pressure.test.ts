/** Register tiles of machines with 16 registers fit them with what they load: nothing is spilled in the innermost loop. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTc } from '../../server/src/lang/parse.js';
import { compileState } from '../../server/src/session/compile.js';
import { defaultSchedule } from '../../server/src/sketch/default-schedule.js';
import type { Kernel, KernelStmt, VectorUnit } from '../../server/src/target/kernel/ir.js';
import { pressure } from '../../server/src/target/kernel/pressure.js';
import { taskOf } from './candidates.js';

const AVX2: VectorUnit = { bytes: 32, registers: 16 };

function kernelOf(tc: string, unit: VectorUnit): Kernel {
  const [def] = parseTc(tc).defs;
  assert.ok(def);
  return compileState(defaultSchedule(taskOf(def.dag), { vectorBytes: unit.bytes, registers: unit.registers, cacheBytes: 256 * 1024 }), 'k', unit).kernel;
}

/** Sums of each innermost loop of multiply-adds, and the registers that its loads need. */
function loopsOf(stmts: readonly KernelStmt[]): { readonly sums: number; readonly loads: number }[] {
  const inner = stmts.flatMap((s) => ('body' in s ? loopsOf(s.body) : []));
  const sums = new Set(stmts.flatMap((s) => (s.kind === 'set' && s.value.kind === 'fma' ? [s.register.id] : []))).size;
  return sums === 0 ? inner : [...inner, { sums, loads: pressure(stmts) }];
}

/** An operator, and the least number of sums that its largest tile must have: so many keep the pipelines of two units busy. */
const OPERATORS: readonly (readonly [string, number, string])[] = [
  ['rows that nothing divides', 12, 'def DIL(float(1, 229, 229, 3) data, const float(7, 7, 3, 64) kernel) -> (out) {\n  out(n, y, x, co) +=! data(n, y * 2 + r * 2, x * 2 + s * 2, rc) * kernel(r, s, rc, co) where y in 0:109, x in 0:109, r in 0:7, s in 0:7, rc in 0:3\n}'],
  ['a convolution by 2', 8, 'def C(float(1, 58, 58, 64) pad, const float(3, 3, 64, 128) kernel) -> (out) {\n  out(n, y, x, co) +=! pad(n, y * 2 + r, x * 2 + s, rc) * kernel(r, s, rc, co) where y in 0:28, x in 0:28, r in 0:3, s in 0:3, rc in 0:64\n}'],
  ['phases of a transposed convolution', 8, 'def T(float(1, 10, 10, 256) pad, const float(2, 2, 2, 2, 256, 128) kernel) -> (out) {\n  out(n, y, a, x, b, co) +=! pad(n, y + a + u, x + b + v, rc) * kernel(a, b, u, v, rc, co) where y in 0:8, a in 0:2, x in 0:8, b in 0:2, u in 0:2, v in 0:2, rc in 0:256\n}'],
  ['7 x 7', 12, 'def C(float(1, 9, 9, 512) pad, const float(3, 3, 512, 512) kernel) -> (out) {\n  out(n, y, x, co) +=! pad(n, y + r, x + s, rc) * kernel(r, s, rc, co) where y in 0:7, x in 0:7, r in 0:3, s in 0:3, rc in 0:512\n}'],
  ['a product of 197 rows', 12, 'def M(float(197, 192) x, const float(192, 192) y) -> (out) { out(i, j) +=! x(i, k) * y(k, j) }'],
  ['a product', 8, 'def M(float(512, 512) x, float(512, 512) y) -> (out) { out(i, j) +=! x(i, k) * y(k, j) }'],
];

for (const [name, least, tc] of OPERATORS) {
  test(`${name}: sums and what they read fit 16 registers`, () => {
    const loops = loopsOf(kernelOf(tc, AVX2).body);
    assert.ok(Math.max(...loops.map(({ sums }) => sums)) >= least, JSON.stringify(loops));
    for (const { sums, loads } of loops) assert.ok(sums + loads <= AVX2.registers, `${sums} sums and ${loads} of loads`);
  });
}
