/** Values are walked whole, conditions of branches included. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBuffer } from '../../server/src/ir/buffer.js';
import { variable } from '../../server/src/ir/expr.js';
import type { Condition, Value } from '../../server/src/target/kernel/ir.js';
import { valuesOf, visitValue, withOperands } from '../../server/src/target/kernel/value-walk.js';

const number = (value: number): Value => ({ kind: 'const', value, lanes: 1, dtype: 'float32' });
const compared = (a: number, b: number): Condition => ({ kind: 'compare', op: 'lt', a: number(a), b: number(b) });
const SUM: Value = { kind: 'binary', op: 'add', a: number(1), b: number(2), lanes: 1, dtype: 'float32' };
const INDEX: Condition = { kind: 'index', expr: variable('i') };

/** Name, a value, and the numbers in it in the order in which they are computed. */
const VALUES: readonly (readonly [string, Value, readonly number[]])[] = [
  ['a sum', SUM, [1, 2]],
  ['a multiply-add', { kind: 'fma', a: number(1), b: number(2), c: number(3), lanes: 1, dtype: 'float32' }, [1, 2, 3]],
  ['a call of a cast', { kind: 'call', callee: 'tir.exp', args: [{ kind: 'cast', a: SUM, lanes: 1, dtype: 'float32' }], lanes: 1, dtype: 'float32' }, [1, 2]],
  ['lanes together', { kind: 'across', op: 'add', a: SUM, lanes: 1, dtype: 'float32' }, [1, 2]],
  ['what data pick', { kind: 'gather', buffer: createBuffer('x', [4], 'float32'), index: number(3), lanes: 1 }, [3]],
  ['a branch', { kind: 'branch', cond: { kind: 'and', a: { kind: 'not', a: compared(1, 2) }, b: { kind: 'or', a: INDEX, b: compared(3, 4) } }, then: number(5), else: SUM, lanes: 1, dtype: 'float32' }, [1, 2, 3, 4, 5, 1, 2]],
];

function numbersIn(v: Value): number[] {
  const found: number[] = [];
  visitValue(v, (x) => { if (x.kind === 'const') found.push(x.value); });
  return found;
}

/** Each number ten times as large. */
function tenfold(v: Value): Value {
  return v.kind === 'const' ? { ...v, value: 10 * v.value } : withOperands(v, tenfold);
}

for (const [name, value, numbers] of VALUES) {
  test(`numbers are found and replaced in ${name}`, () => {
    assert.deepEqual(numbersIn(value), numbers);
    assert.deepEqual(numbersIn(tenfold(value)), numbers.map((n) => 10 * n));
    assert.deepEqual(numbersIn(value), numbers);
  });
}

test('a statement computes its own values only', () => {
  const inner = { kind: 'let', register: { id: 0, lanes: 1, dtype: 'float32' }, value: SUM } as const;
  assert.deepEqual(valuesOf({ kind: 'if', cond: compared(7, 8), body: [inner] }).flatMap(numbersIn), [7, 8]);
  assert.deepEqual(valuesOf(inner).flatMap(numbersIn), [1, 2]);
  assert.deepEqual(valuesOf({ kind: 'for', var: variable('i'), extent: 2, body: [inner] }), []);
});
