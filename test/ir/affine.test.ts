/** Index arithmetic: the printed forms that the rules give, and a property: every form has the value of what it stands for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng, type Rng } from '../../server/src/base/rng.js';
import { add, addConstant, constantSum, IndexVar, scale, sumToExpr, variableSum, type Sum } from '../../server/src/ir/affine.js';
import { compare, comparisonToExpr } from '../../server/src/ir/affine-compare.js';
import { divide, KNOWN_RANGES, modulo, NO_KNOWLEDGE, normalise, sumInterval, type Knowledge } from '../../server/src/ir/affine-division.js';
import { variable, type Expr, type Var } from '../../server/src/ir/expr.js';
import { readableExpr } from '../../server/src/ir/print.js';

function known(name: string, extent: number): IndexVar {
  const v = new IndexVar(variable(name));
  v.lo = 0;
  v.hi = extent - 1;
  return v;
}

const o = known('o', 8);
const t = known('t', 56);
const f = new IndexVar(variable('f'));
const text = (s: Sum): string => readableExpr(sumToExpr(s));
const sum = (...terms: readonly (readonly [number, IndexVar])[]): Sum => terms.reduce((s, [c, v]) => add(s, scale(variableSum(v), c)), constantSum(0));

test('printed forms', () => {
  const cases: readonly (readonly [Sum, string])[] = [
    [divide(divide(variableSum(f), 4, KNOWN_RANGES), 16, KNOWN_RANGES), 'f // 64'],
    [scale(divide(modulo(variableSum(f), 16, KNOWN_RANGES), 4, KNOWN_RANGES), 14), 'f % 16 // 4 * 14'],
    [modulo(divide(variableSum(f), 4, KNOWN_RANGES), 4, KNOWN_RANGES), 'f % 16 // 4'],
    [divide(variableSum(o), 8, KNOWN_RANGES), '0'],
    [divide(sum([56, o], [1, t]), 112, KNOWN_RANGES), 'o // 2'],
    [divide(sum([56, o], [1, t]), 112, NO_KNOWLEDGE), '(o * 56 + t) // 112'],
    [modulo(sum([392, o], [1, t]), 64, KNOWN_RANGES), '(o * 8 + t) % 64'],
    [modulo(sum([64, o], [1, t]), 128, KNOWN_RANGES), 'o % 2 * 64 + t'],
    [add(scale(divide(variableSum(f), 4, KNOWN_RANGES), 4), modulo(variableSum(f), 4, KNOWN_RANGES)), 'f'],
    [add(scale(divide(modulo(variableSum(f), 32, KNOWN_RANGES), 8, KNOWN_RANGES), 4), scale(divide(modulo(variableSum(f), 8, KNOWN_RANGES), 2, KNOWN_RANGES), 1)), 'f % 32 // 2'],
    [addConstant(sum([1, t], [4, o]), -3), 'o * 4 + t - 3'],
    [addConstant(sum([-2, t], [4, o]), 5), 'o * 4 + 5 - t * 2'],
  ];
  for (const [s, want] of cases) assert.equal(text(s), want);
});

test('comparisons', () => {
  const cases: readonly (readonly [Sum, Sum, boolean, boolean | string])[] = [
    [variableSum(o), constantSum(8), true, true],
    [variableSum(o), constantSum(0), true, false],
    [addConstant(variableSum(t), -1), constantSum(9), true, 't < 10'],
    [constantSum(1), divide(variableSum(t), 8, NO_KNOWLEDGE), false, '8 <= t'],
    [sum([8, o], [1, known('u', 8)]), constantSum(16), true, 'o < 2'],
    [constantSum(3), scale(variableSum(o), 2), false, '2 <= o'],
  ];
  for (const [a, b, strict, want] of cases) {
    const c = compare(a, b, strict, KNOWN_RANGES);
    assert.equal(typeof c === 'boolean' ? c : readableExpr(comparisonToExpr(c)), want);
  }
});

function evaluate(e: Expr, values: ReadonlyMap<Var, number>): number {
  switch (e.kind) {
    case 'int': return e.value;
    case 'var': return values.get(e) as number;
    case 'binary': {
      const a = evaluate(e.a, values);
      const b = evaluate(e.b, values);
      switch (e.op) {
        case 'add': return a + b;
        case 'sub': return a - b;
        case 'mul': return a * b + 0;
        case 'floordiv': return Math.floor(a / b);
        case 'floormod': return a - b * Math.floor(a / b) + 0;
        case 'lt': return a < b ? 1 : 0;
        case 'le': return a <= b ? 1 : 0;
        default: throw new Error(e.op);
      }
    }
    default: throw new Error(e.kind);
  }
}

/** A random sum together with a function that computes it step by step. */
function randomSum(vars: readonly IndexVar[], rng: Rng, depth: number, know: Knowledge): { readonly sum: Sum; readonly value: (v: ReadonlyMap<Var, number>) => number } {
  const kind = depth === 0 ? 0 : rng.int(5);
  if (kind === 0) {
    const v = vars[rng.int(vars.length)] as IndexVar;
    return { sum: variableSum(v), value: (m) => m.get(v.expr as Var) as number };
  }
  const a = randomSum(vars, rng, depth - 1, know);
  const c = [2, 3, 4, 6, 8, 12, 16, 24, 48][rng.int(9)] as number;
  if (kind === 1) return { sum: divide(a.sum, c, know), value: (m) => Math.floor(a.value(m) / c) };
  if (kind === 2) return { sum: modulo(a.sum, c, know), value: (m) => a.value(m) - c * Math.floor(a.value(m) / c) };
  const b = randomSum(vars, rng, depth - 1, know);
  const k = kind === 3 ? c : rng.int(7) - 3;
  const offset = rng.int(5) - 2;
  return { sum: addConstant(add(scale(a.sum, k), b.sum), offset), value: (m) => k * a.value(m) + b.value(m) + offset + 0 };
}

test('every form has the value of what it stands for', () => {
  const rng = createRng(1);
  for (let round = 0; round < 3000; round++) {
    const vars = [known('a', 1 + rng.int(9)), known('b', 1 + rng.int(9)), known('c', 1 + rng.int(40)), known('d', 2)];
    const built = randomSum(vars, rng, 4, rng.int(2) === 0 ? NO_KNOWLEDGE : KNOWN_RANGES);
    const final = normalise(built.sum, KNOWN_RANGES);
    const bound = { lo: 0, hi: 0 };
    sumInterval(final, KNOWN_RANGES, bound);
    const limit = rng.int(30) - 5;
    const strict = rng.int(2) === 0;
    const upper = compare(built.sum, constantSum(limit), strict, KNOWN_RANGES);
    const lower = compare(constantSum(limit), built.sum, strict, KNOWN_RANGES);
    for (let point = 0; point < 12; point++) {
      const values = new Map(vars.map((v) => [v.expr as Var, rng.int(v.hi + 1)]));
      const want = built.value(values) + 0;
      const where = (): string => `${text(built.sum)} as ${text(final)} at ${[...values.values()].join(', ')}`;
      assert.equal(evaluate(sumToExpr(built.sum), values) + 0, want, where());
      assert.equal(evaluate(sumToExpr(final), values) + 0, want, where());
      assert.ok(bound.lo <= want && want <= bound.hi, `${want} is outside of [${bound.lo}, ${bound.hi}]: ${where()}`);
      const truth = (c: typeof upper): boolean => (typeof c === 'boolean' ? c : evaluate(comparisonToExpr(c), values) === 1);
      assert.equal(truth(upper), strict ? want < limit : want <= limit, `< ${limit}: ${where()}`);
      assert.equal(truth(lower), strict ? limit < want : limit <= want, `> ${limit}: ${where()}`);
    }
  }
});
