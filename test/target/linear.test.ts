/** Linear forms: whatever is simplified has the same value everywhere, negative values included. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng, type Rng } from '../../server/src/base/rng.js';
import { compileExpr } from '../../server/src/ir/evaluate.js';
import { binary, int, load, variable, type Expr, type Var } from '../../server/src/ir/expr.js';
import { createBuffer } from '../../server/src/ir/buffer.js';
import { IndexSpace } from '../../server/src/target/kernel/linear.js';

function value(e: Expr, of: ReadonlyMap<Var, number>): number {
  return compileExpr(e, { rounded: true, variable: (v) => () => of.get(v) ?? NaN, load: () => () => NaN })();
}

function randomIndex(rng: Rng, vars: readonly Var[], depth: number): Expr {
  const some = (): Expr => randomIndex(rng, vars, depth - 1);
  if (depth === 0) return rng.int(4) === 0 ? int(rng.int(13) - 6) : vars[rng.int(vars.length)] ?? int(0);
  switch (rng.int(6)) {
    case 0: case 1: return binary('add', some(), some());
    case 2: return binary('sub', some(), some());
    case 3: return binary('mul', some(), int([1, 2, 3, 4, 6, 8, -2][rng.int(7)] ?? 1));
    case 4: return binary('floordiv', some(), int([1, 2, 3, 4, 8, 12][rng.int(6)] ?? 1));
    default: return binary('floormod', some(), int([1, 2, 3, 4, 8, 12][rng.int(6)] ?? 1));
  }
}

test('random index expressions keep their values; ranges hold', () => {
  const rng = createRng(3);
  for (let n = 0; n < 1500; n++) {
    const space = new IndexSpace();
    const vars = [2, 3, 4].map((extent, i) => ({ v: variable(`v${i}`), extent: extent * (1 + rng.int(3)) }));
    vars.forEach(({ v, extent }) => space.declare(v, extent));
    const e = randomIndex(rng, vars.map(({ v }) => v), 1 + rng.int(5));
    const linear = space.linear(e);
    const range = space.range(linear);
    for (let k = 0; k < 25; k++) {
      const at = new Map(vars.map(({ v, extent }) => [v, rng.int(extent)]));
      const want = value(e, at) + 0;
      assert.equal(value(space.expr(linear), at) + 0, want, `${space.text(e)} at ${[...at.values()].join()}`);
      if (range !== undefined) assert.ok(range.lo <= want && want <= range.hi, `${space.text(e)}: ${want} in ${range.lo}..${range.hi}`);
    }
  }
});

test('parts of a fused loop resolve', () => {
  const space = new IndexSpace();
  const [a, b, c] = [variable('a'), variable('b'), variable('c')];
  space.declare(a, 5);
  space.declare(b, 6);
  space.declare(c, 8);
  const fused = binary('add', binary('mul', binary('add', binary('mul', a, int(6)), b), int(8)), c);
  const forms: readonly (readonly [Expr, Expr])[] = [
    [binary('floordiv', fused, int(48)), a], [binary('floormod', binary('floordiv', fused, int(8)), int(6)), b], [binary('floormod', fused, int(8)), c],
    [binary('floordiv', binary('floormod', fused, int(48)), int(8)), b],
  ];
  for (const [e, want] of forms) assert.deepEqual(space.linear(e), space.linear(want));
});

test('texts tell variables, buffers and zeros apart', () => {
  const space = new IndexSpace();
  const texts = [variable('x'), variable('x'), load(createBuffer('A', [2], 'float32'), [int(0)]), load(createBuffer('A', [2], 'float32'), [int(0)]),
    { kind: 'float', value: 0, dtype: 'float32' } as const, { kind: 'float', value: -0, dtype: 'float32' } as const, int(0)].map((e) => space.text(e));
  assert.equal(new Set(texts).size, texts.length);
});
