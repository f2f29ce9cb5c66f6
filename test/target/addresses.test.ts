/** Which addresses nests write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binary, int, variable, type Expr } from '../../server/src/ir/expr.js';
import { IndexSpace, type Linear } from '../../server/src/target/kernel/linear.js';
import type { Loop } from '../../server/src/target/kernel/nest.js';
import { meets, addressesOf } from '../../server/src/target/kernel/addresses.js';

/** Loops of these extents, and the address `of` their variables. */
function nest(extents: readonly number[], of: (...vars: Expr[]) => Expr): { at: Linear; loops: readonly Loop[] } {
  const space = new IndexSpace();
  const loops = extents.map((extent, i) => ({ var: variable(`v${i}`), extent }));
  loops.forEach((loop) => { space.declare(loop.var, loop.extent); });
  return { at: space.linear(of(...loops.map((loop) => loop.var))), loops };
}

/** The sum of steps * variables, from `first` on. */
const affine = (steps: readonly number[], first = 0) => (...vars: Expr[]): Expr =>
  vars.reduce((sum, v, i) => binary('add', sum, binary('mul', v, int(steps[i] ?? 0))), int(first) as Expr);

const ROWS = nest([4, 6], affine([6, 1]));

const SAME: readonly (readonly [string, ReturnType<typeof nest>, boolean])[] = [
  ['split', nest([2, 2, 3, 2], affine([12, 6, 2, 1])), true],
  ['fused', nest([24], affine([1])), true],
  ['another order, with a reduction', nest([6, 5, 4], affine([1, 0, 6])), true],
  ['backwards', nest([4, 6], affine([-6, 1], 18)), true],
  ['one row less', nest([3, 6], affine([6, 1])), false],
  ['one element on', nest([4, 6], affine([6, 1], 1)), false],
  ['with gaps', nest([4, 6], affine([7, 1])), false],
];

for (const [name, other, same] of SAME) {
  test(`addresses of rows, ${name}`, () => { assert.equal(addressesOf(other.at, other.loops) === addressesOf(ROWS.at, ROWS.loops), same); });
}

test('addresses of loops that are fused from both kinds are unclear', () => {
  const { at, loops } = nest([6, 4], (o, i) => binary('floordiv', binary('add', binary('mul', o ?? int(0), int(4)), i ?? int(0)), int(6)));
  assert.equal(addressesOf(at, loops), undefined);
  assert.equal(meets(at, loops), false);
});

test('loops that come back to an address meet, reductions aside', () => {
  const met = (extents: readonly number[], steps: readonly number[]): boolean => {
    const { at, loops } = nest(extents, affine(steps));
    return meets(at, loops);
  };
  assert.equal(met([4, 16], [1, 1]), true);
  assert.equal(met([4, 7], [6, 1]), true);
  assert.equal(met([4, 6], [6, 1]), false);
  assert.equal(met([4, 6, 9], [6, 1, 0]), false);
  assert.equal(met([4, 1], [1, 1]), false);
});
