/** Values that every iteration of an element-wise loop computes alike stand before it; what is guarded, or read from what the loop stores, stays. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeholder } from '../../server/src/dag/create.js';
import { binary, int, variable } from '../../server/src/ir/expr.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { compileState } from '../../server/src/session/compile.js';
import { defaultSchedule } from '../../server/src/sketch/default-schedule.js';
import { hoistInvariant } from '../../server/src/target/kernel/invariant.js';
import type { KernelStmt, Value } from '../../server/src/target/kernel/ir.js';
import { ZERO, type Linear } from '../../server/src/target/kernel/linear.js';
import { RegisterFile } from '../../server/src/target/kernel/registers.js';
import { valuesOf, visitValue } from '../../server/src/target/kernel/value-walk.js';
import { taskOf } from './candidates.js';

const LAYER_NORM = `def LN(float(128, 768) x, float(768) gamma, float(768) beta) -> (out) {
  sum(i) +=! x(i, k)
  squares(i) +=! x(i, k) * x(i, k)
  out(i, j) = (x(i, j) - sum(i) / 768) / sqrt(squares(i) / 768 - sum(i) / 768 * (sum(i) / 768) + 1e-5) * gamma(j) + beta(j)
}`;

/** Operations in the innermost loops that store vectors. */
function innermost(stmts: readonly KernelStmt[], inLoop = false): string[] {
  const inner = stmts.flatMap((s) => ('body' in s ? innermost(s.body, s.kind === 'for') : []));
  if (inner.length > 0 || !inLoop || !stmts.some((s) => s.kind === 'store' && s.lanes > 1)) return inner;
  const found: string[] = [];
  for (const s of stmts) for (const value of valuesOf(s)) visitValue(value, (v) => { if (v.kind === 'binary') found.push(v.op); else if (v.kind === 'call') found.push(v.callee); });
  return found;
}

for (const [name, unit] of [['AVX-512', { bytes: 64, registers: 32 }], ['AVX2', { bytes: 32, registers: 16 }], ['NEON', { bytes: 16, registers: 32 }]] as const) {
  test(`a layer norm on ${name} takes roots and mean values once a row`, () => {
    const dag = parseTc(LAYER_NORM).defs[0]?.dag;
    assert.ok(dag);
    const { kernel } = compileState(defaultSchedule(taskOf(dag), { vectorBytes: unit.bytes, registers: unit.registers, cacheBytes: 256 * 1024 }), 'k', unit);
    const ops = innermost(kernel.body);
    assert.ok(ops.length > 0, 'there is such a loop');
    assert.deepEqual(ops.filter((op) => op === 'div' || op.includes('sqrt')), ['div'], ops.join());
  });
}

const buffers = { row: placeholder('row', [8]).output, out: placeholder('out', [64]).output };
const i = variable('i');
const moving: Linear = { terms: [{ atom: i, key: 'i', coef: 8 }], constant: 0 };
const load = (buffer: keyof typeof buffers, index: Linear, stride = 1): Value => ({ kind: 'load', buffer: buffers[buffer], index, lanes: 8, stride });
const quotient = (a: Value, b: Value): Value => ({ kind: 'binary', op: 'div', a, b, lanes: 8, dtype: 'float32' });
const stored = (value: Value): KernelStmt => ({ kind: 'store', buffer: buffers.out, index: moving, value, lanes: 8 });
const hoisted = (value: Value): number => hoistInvariant([stored(value)], i, buffers.out, new RegisterFile()).before.length;

test('only what the loop neither moves, nor stores, nor guards', () => {
  const fixed = quotient(load('row', ZERO, 0), load('row', { terms: [], constant: 1 }, 0));
  assert.equal(hoisted(quotient(load('row', moving), fixed)), 1);
  assert.equal(hoisted(quotient(load('row', moving), load('row', ZERO))), 0, 'an element by itself is no work');
  assert.equal(hoisted(quotient(load('row', moving), quotient(load('out', ZERO, 0), load('row', ZERO, 0)))), 0, 'the loop stores it');
  const guarded: Value = { kind: 'branch', cond: { kind: 'index', expr: binary('lt', i, int(3)) }, then: fixed, else: load('row', ZERO, 0), lanes: 8, dtype: 'float32' };
  assert.equal(hoisted(quotient(load('row', moving), guarded)), 0, 'it may not be there');
});
