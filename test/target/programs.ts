/** Loop-nest programs written by hand: what lowering rarely or never makes, and code generation must not get wrong. */
import { createBuffer, type Buffer } from '../../server/src/ir/buffer.js';
import { binary, call, float, ifThenElse, int, load, select, variable, type Expr, type Var } from '../../server/src/ir/expr.js';
import type { LoopKind, Program, Stmt } from '../../server/src/ir/program.js';

const add = (a: Expr, b: Expr | number): Expr => binary('add', a, typeof b === 'number' ? int(b) : b);
const sub = (a: Expr, b: Expr | number): Expr => binary('sub', a, typeof b === 'number' ? int(b) : b);
const mul = (a: Expr, b: Expr | number): Expr => binary('mul', a, typeof b === 'number' ? int(b) : b);
const div = (a: Expr, b: number): Expr => binary('floordiv', a, int(b));
const mod = (a: Expr, b: number): Expr => binary('floormod', a, int(b));
const loop = (v: Var, extent: number, body: Stmt, kind: LoopKind = 'serial'): Stmt => ({ kind: 'for', var: v, extent, loop: kind, body });
const store = (buffer: Buffer, indices: readonly Expr[], value: Expr): Stmt => ({ kind: 'store', buffer, indices, value });
const seq = (...stmts: Stmt[]): Stmt => ({ kind: 'seq', stmts });
const realize = (buffer: Buffer, mins: readonly Expr[], extents: readonly number[], body: Stmt): Stmt =>
  ({ kind: 'realize', buffer, region: mins.map((min, d) => ({ min, extent: extents[d] ?? 1 })), scope: 'global', body });

/** Two branches that differ only in the variable of their condition; the variables have one name. */
function equalNames(): Program {
  const [A, B] = [createBuffer('A', [4], 'float32'), createBuffer('B', [6, 6, 8], 'float32')];
  const [i, j, k] = [variable('x'), variable('x'), variable('k')];
  const piece = (v: Var): Expr => ifThenElse(binary('lt', v, int(3)), load(A, [int(1)]), float(0));
  return { inputs: [A], outputs: [B], body: loop(i, 6, loop(j, 6, loop(k, 8, store(B, [i, j, k], add(mul(piece(i), float(2)), piece(j)))))) };
}

/** Conditions on two buffers of one name; index values of two variables of one name. */
function equalBuffers(): Program {
  const [A, B, C] = [createBuffer('placeholder', [5, 6], 'float32'), createBuffer('placeholder', [5, 6], 'float32'), createBuffer('C', [5, 6], 'float32')];
  const [i, j] = [variable('x'), variable('x')];
  const piece = (b: Buffer, v: Var): Expr => ifThenElse(binary('gt', load(b, [i, j]), float(0)), { kind: 'cast', dtype: 'float32', a: v }, float(0.5));
  return { inputs: [A, B], outputs: [C], body: loop(i, 5, loop(j, 6, store(C, [i, j], sub(mul(piece(A, i), float(16)), piece(B, j))))) };
}

/** Zero with either sign: 1/x tells them apart. */
function signedZeros(): Program {
  const [A, B] = [createBuffer('A', [8], 'float32'), createBuffer('B', [8], 'float32')];
  const i = variable('i');
  const zero = (v: number): Expr => ifThenElse(binary('gt', load(A, [i]), float(0)), float(v), float(1));
  return { inputs: [A], outputs: [B], body: loop(i, 8, store(B, [i], add(mul(binary('max', float(-9), binary('div', float(1), zero(-0))), float(3)), binary('min', float(9), binary('div', float(1), zero(0)))))) };
}

/** Each element from the one before: neither lanes nor another order are possible. */
function recurrence(): Program {
  const [A, B] = [createBuffer('A', [16], 'float32'), createBuffer('B', [17], 'float32')];
  const i = variable('i');
  return { inputs: [A], outputs: [B], body: seq(store(B, [int(0)], float(1)), loop(i, 16, store(B, [add(i, 1)], add(mul(load(B, [i]), float(0.5)), load(A, [i]))))) };
}

/** A running sum: an update whose source reads its own buffer. */
function runningSum(): Program {
  const [A, B] = [createBuffer('A', [3, 16], 'float32'), createBuffer('B', [3, 17], 'float32')];
  const [r, i, j] = [variable('r'), variable('i'), variable('j')];
  return {
    inputs: [A], outputs: [B],
    body: seq(loop(r, 3, loop(i, 17, store(B, [r, i], float(1)))), loop(r, 3, loop(j, 16, store(B, [r, add(j, 1)], add(load(B, [r, add(j, 1)]), mul(load(B, [r, j]), load(A, [r, j]))))))),
  };
}

/** Sums at addresses that iterations share: each starts anew, and the last one stays. */
function sharedPlaces(): Program {
  const [A, B] = [createBuffer('A', [4, 16, 6], 'float32'), createBuffer('B', [19], 'float32')];
  const [i, j, k] = [variable('i'), variable('j'), variable('k')];
  const at = add(i, j);
  return { inputs: [A], outputs: [B], body: loop(i, 4, loop(j, 16, seq(store(B, [at], float(0)), loop(k, 6, store(B, [at], add(load(B, [at]), load(A, [i, j, k]))))))) };
}

/** Two loops that were fused, one of them a reduction's. */
function fusedReduction(): Program {
  const [A, B] = [createBuffer('A', [4, 6], 'float32'), createBuffer('B', [4], 'float32')];
  const [i, f] = [variable('i'), variable('f')];
  return { inputs: [A], outputs: [B], body: seq(loop(i, 4, store(B, [i], float(0))), loop(f, 24, store(B, [div(f, 6)], add(load(B, [div(f, 6)]), load(A, [div(f, 6), mod(f, 6)]))))) };
}

/** A fused loop over the columns of two rows, as `vectorize` wants it. */
function fusedSpatial(): Program {
  const [A, B, C] = [createBuffer('A', [6, 10], 'float32'), createBuffer('B', [10, 24], 'float32'), createBuffer('C', [6, 24], 'float32')];
  const [i, k, f] = [variable('i'), variable('k'), variable('f')];
  const at = [add(mul(i, 2), div(f, 24)), mod(f, 24)];
  return {
    inputs: [A, B], outputs: [C],
    body: loop(i, 3, seq(loop(f, 48, store(C, at, float(0)), 'vectorize'), loop(k, 10, loop(f, 48, store(C, at, add(load(C, at), mul(load(A, [at[0] as Expr, k]), load(B, [k, at[1] as Expr])))), 'vectorize')))),
  };
}

/** Parallel loops below serial ones, with a buffer of each worker and one shared by all. */
function parallelInside(): Program {
  const [A, S, W, B] = [createBuffer('A', [3, 4, 8], 'float32'), createBuffer('S', [3, 4, 8], 'float32'), createBuffer('W', [3, 4, 8], 'float32'), createBuffer('B', [3, 4, 8], 'float32')];
  const [t, p, i, j, q] = [variable('t'), variable('p'), variable('i'), variable('j'), variable('q')];
  const first = loop(p, 4, loop(i, 8, store(S, [t, p, i], add(load(A, [t, p, i]), float(1)))), 'parallel');
  const work = realize(W, [t, q, int(0)], [1, 1, 8], seq(
    loop(i, 8, store(W, [t, q, i], mul(load(S, [t, sub(int(3), q), i]), float(2)))),
    loop(j, 8, store(B, [t, q, j], add(load(W, [t, q, sub(int(7), j)]), { kind: 'cast', dtype: 'float32', a: add(mul(t, 10), q) }))),
  ));
  return { inputs: [A], outputs: [B], body: loop(t, 3, realize(S, [t, int(0), int(0)], [1, 4, 8], seq(first, loop(q, 4, work, 'parallel')))) };
}

/** A region whose start is a quotient that does not cancel against the indices. */
function quotientRegion(): Program {
  const [A, W, B] = [createBuffer('A', [40], 'float32'), createBuffer('W', [40], 'float32'), createBuffer('B', [12, 4], 'float32')];
  const [i, j, k] = [variable('i'), variable('j'), variable('k')];
  const min = div(mul(i, 3), 4);
  return {
    inputs: [A], outputs: [B],
    body: loop(i, 12, realize(W, [min], [9], seq(
      loop(j, 9, store(W, [add(min, j)], mul(load(A, [add(min, j)]), float(2)))),
      loop(k, 4, store(B, [i, k], load(W, [div(add(mul(i, 3), mul(k, 5)), 4)]))),
    ))),
  };
}

/** Conditions that change from lane to lane in a reduction's source; loads behind them are outside of the buffer. */
function branchInReduction(): Program {
  const [A, B] = [createBuffer('A', [8], 'float32'), createBuffer('B', [16], 'float32')];
  const [i, k] = [variable('i'), variable('k')];
  const at = sub(add(i, k), 5);
  const source = ifThenElse(binary('and', binary('ge', at, int(0)), binary('lt', at, int(8))), call('tir.exp', [load(A, [at])], 'float32'), float(0));
  return { inputs: [A], outputs: [B], body: seq(loop(i, 16, store(B, [i], float(0))), loop(k, 3, loop(i, 16, store(B, [i], add(load(B, [i]), source))))) };
}

/** The same with a condition that is equal for all lanes: a call of a vector of loads far outside, if they were done. */
function callBehindCondition(): Program {
  const [A, B] = [createBuffer('A', [4, 16], 'float32'), createBuffer('B', [40000, 16], 'float32')];
  const [i, j] = [variable('i'), variable('j')];
  return { inputs: [A], outputs: [B], body: loop(i, 40000, loop(j, 16, store(B, [i, j], ifThenElse(binary('lt', i, int(4)), call('tir.tanh', [load(A, [i, j])], 'float32'), float(3))))) };
}

/** No loops at all; lowering substitutes loops of extent 1 away. */
function noLoops(): Program {
  const [A, B] = [createBuffer('A', [1, 1], 'float32'), createBuffer('B', [1], 'float32')];
  const zero = [int(0)];
  return { inputs: [A], outputs: [B], body: seq(store(B, zero, float(0)), store(B, zero, add(load(B, zero), mul(load(A, [int(0), int(0)]), load(A, [int(0), int(0)]))))) };
}

/** Loads with several strides, backwards too, and an innermost loop whose addresses grow, stand still and fall. */
function strides(): Program {
  const [A, B] = [createBuffer('A', [8, 24], 'float32'), createBuffer('B', [8, 8], 'float32')];
  const [i, j] = [variable('i'), variable('j')];
  const value = add(add(load(A, [i, mul(j, 3)]), load(A, [sub(int(7), i), sub(int(7), j)])), sub(load(A, [j, i]), load(A, [i, sub(int(21), mul(j, 3))])));
  return { inputs: [A], outputs: [B], body: loop(j, 8, loop(i, 8, store(B, [i, j], value))) };
}

/** Index arithmetic that stays in the code: minimum, maximum, selections, quotients of negative values. */
function indexArithmetic(): Program {
  const [A, B] = [createBuffer('A', [16], 'float32'), createBuffer('B', [9, 7], 'float32')];
  const [i, j] = [variable('i'), variable('j')];
  const d = sub(i, mul(j, 2));
  const at = binary('max', binary('min', add(div(d, 3), mod(d, 5)), int(15)), int(0));
  const other = select(binary('lt', i, j), add(i, 1), mod(mul(i, j), 7));
  return { inputs: [A], outputs: [B], body: loop(i, 9, loop(j, 7, store(B, [i, j], add(load(A, [at]), mul(load(A, [other]), float(2)))))) };
}

/** Addresses whose varying part is far below the buffer, and whose constant brings them back. */
function negativeQuotients(): Program {
  const [A, B] = [createBuffer('A', [310], 'float32'), createBuffer('B', [200, 4], 'float32')];
  const [i, j] = [variable('i'), variable('j')];
  const value = add(load(A, [add(div(sub(i, mul(j, 3)), 2), 300)]), load(A, [add(mul(div(sub(int(0), j), 3), 2), 201)]));
  return { inputs: [A], outputs: [B], body: loop(j, 200, loop(i, 4, store(B, [j, i], value))) };
}

/** Nested minima and maxima. */
function deepExtremes(): Program {
  const [A, B] = [createBuffer('A', [24], 'float32'), createBuffer('B', [10], 'float32')];
  const i = variable('i');
  let value: Expr = load(A, [i]);
  for (let k = 1; k < 14; k++) value = binary(k % 2 === 0 ? 'max' : 'min', value, mul(load(A, [add(i, k)]), float(1 / k)));
  return { inputs: [A], outputs: [B], body: loop(i, 10, store(B, [i], value)) };
}

/** A row of terms inside loops whose split crosses the border of two that were fused, one of them a reduction's: 24 = 6 * 4 steps over 4 sums of 6 rows. */
function rowInFused(): Program {
  const [A, B] = [createBuffer('A', [4, 6, 16], 'float32'), createBuffer('B', [4], 'float32')];
  const [i, o, p, k] = [variable('i'), variable('o'), variable('p'), variable('k')];
  const f = add(mul(o, 4), p);
  const at = div(f, 6);
  return { inputs: [A], outputs: [B], body: seq(loop(i, 4, store(B, [i], float(0))), loop(o, 6, loop(p, 4, loop(k, 16, store(B, [at], add(load(B, [at]), load(A, [at, mod(f, 6), k]))))))) };
}

/** Sums of rows that start from another number than zero. */
function rowsFromNumber(): Program {
  const [A, B] = [createBuffer('A', [4, 40], 'float32'), createBuffer('B', [4], 'float32')];
  const [i, j, k] = [variable('i'), variable('j'), variable('k')];
  return { inputs: [A], outputs: [B], body: seq(loop(i, 4, store(B, [i], float(1.5))), loop(j, 4, loop(k, 40, store(B, [j], add(load(B, [j]), load(A, [j, k])))))) };
}

/** More elements start from a number than sums follow. */
function widerStart(): Program {
  const [A, B] = [createBuffer('A', [8, 5], 'float32'), createBuffer('B', [11], 'float32')];
  const [i, j, k] = [variable('i'), variable('j'), variable('k')];
  return { inputs: [A], outputs: [B], body: seq(loop(i, 11, store(B, [i], float(2))), loop(k, 5, loop(j, 8, store(B, [add(j, 1)], add(load(B, [add(j, 1)]), load(A, [j, k])))))) };
}

/** Sums to which several iterations of the loops around them add. */
function sharedSums(): Program {
  const [A, B] = [createBuffer('A', [4, 16, 6], 'float32'), createBuffer('B', [19], 'float32')];
  const [x, i, j, k] = [variable('x'), variable('i'), variable('j'), variable('k')];
  const at = add(i, j);
  return { inputs: [A], outputs: [B], body: seq(loop(x, 19, store(B, [x], float(0))), loop(i, 4, loop(j, 16, loop(k, 6, store(B, [at], add(load(B, [at]), load(A, [i, j, k]))))))) };
}

/** One element starts anew before others are added to as well. */
function otherStart(): Program {
  const [A, B] = [createBuffer('A', [4, 16], 'float32'), createBuffer('B', [4, 16], 'float32')];
  const [x, y, i, j] = [variable('x'), variable('y'), variable('i'), variable('j')];
  return {
    inputs: [A], outputs: [B],
    body: seq(loop(x, 4, loop(y, 16, store(B, [x, y], float(3)))), loop(i, 4, seq(store(B, [i, int(2)], float(0)), loop(j, 16, store(B, [i, j], add(load(B, [i, j]), load(A, [i, j]))))))),
  };
}

/** Sums that decide, one by one, what becomes of them. */
function choiceBySums(): Program {
  const [A, C, B] = [createBuffer('A', [3, 7], 'float32'), createBuffer('C', [3], 'float32'), createBuffer('B', [3], 'float32')];
  const [i, j, k, e] = [variable('i'), variable('j'), variable('k'), variable('e')];
  const leaky = select(binary('gt', load(C, [e]), float(0)), load(C, [e]), mul(load(C, [e]), float(0.1)));
  return {
    inputs: [A], outputs: [B],
    body: realize(C, [int(0)], [3], seq(
      loop(i, 3, store(C, [i], float(0))), loop(j, 3, loop(k, 7, store(C, [j], add(load(C, [j]), load(A, [j, k]))))), loop(e, 3, store(B, [e], leaky)),
    )),
  };
}

/** Elements that several iterations write: the last one stays, and it is not the last along the contiguous loop. */
function lastWriter(): Program {
  const [A, B] = [createBuffer('A', [16, 3], 'float32'), createBuffer('B', [18], 'float32')];
  const [i, j] = [variable('i'), variable('j')];
  return { inputs: [A], outputs: [B], body: loop(i, 16, loop(j, 3, store(B, [add(i, j)], load(A, [i, j])))) };
}

/** Sums of rows of a table whose rows are picked by data. */
function sumsOfPicked(): Program {
  const [A, T, B] = [createBuffer('A', [4], 'float32'), createBuffer('T', [5, 40], 'float32'), createBuffer('B', [4], 'float32')];
  const [i, j, k] = [variable('i'), variable('j'), variable('k')];
  const row: Expr = { kind: 'cast', dtype: 'int32', a: mul(mul(load(A, [j]), load(A, [j])), float(4.9)) };
  return { inputs: [A, T], outputs: [B], body: seq(loop(i, 4, store(B, [i], float(0))), loop(j, 4, loop(k, 40, store(B, [j], add(load(B, [j]), load(T, [row, k])))))) };
}

/** Sums of whole numbers that go on: their places are picked from, or they pick the places of a table. */
function pickedBySums(): Program {
  const [A, T, C, B] = [createBuffer('A', [3, 7], 'float32'), createBuffer('T', [9], 'float32'), createBuffer('C', [3], 'float32'), createBuffer('B', [3], 'float32')];
  const [i, j, k, e] = [variable('i'), variable('j'), variable('k'), variable('e')];
  const at: Expr = { kind: 'cast', dtype: 'int32', a: binary('min', mul(load(C, [e]), load(C, [e])), float(8)) };
  return {
    inputs: [A, T], outputs: [B],
    body: realize(C, [int(0)], [3], seq(
      loop(i, 3, store(C, [i], float(0))), loop(j, 3, loop(k, 7, store(C, [j], add(load(C, [j]), load(A, [j, k]))))), loop(e, 3, store(B, [e], load(T, [at]))),
    )),
  };
}

/** A negative slope on sums of rows, whose own condition is tested on another element of them. */
function neighbourOfSums(): Program {
  const [A, C, B] = [createBuffer('A', [4, 7, 8], 'float32'), createBuffer('C', [4, 8], 'float32'), createBuffer('B', [4, 8], 'float32')];
  const [x, y, i, j, k, e, f] = [variable('x'), variable('y'), variable('i'), variable('j'), variable('k'), variable('e'), variable('f')];
  const value = select(binary('gt', load(C, [e, sub(int(7), f)]), float(0)), load(C, [e, f]), float(0.5));
  return {
    inputs: [A], outputs: [B],
    body: realize(C, [int(0), int(0)], [4, 8], seq(
      loop(x, 4, loop(y, 8, store(C, [x, y], float(0)))), loop(i, 4, loop(j, 8, loop(k, 7, store(C, [i, j], add(load(C, [i, j]), load(A, [i, k, j])))))), loop(e, 4, loop(f, 8, store(B, [e, f], value))),
    )),
  };
}

/** Many terms for each of few sums: squares, maxima and minima, which start from numbers, and products that go on from what was stored before. */
function longSums(): Program {
  const [A, S, M, N] = ['A', 'S', 'M', 'N'].map((name, n) => createBuffer(name, n === 0 ? [60, 8] : [8], 'float32')) as [Buffer, Buffer, Buffer, Buffer];
  const sums = (into: Buffer, start: Expr | undefined, next: (sum: Expr, term: Expr) => Expr): readonly Stmt[] => {
    const [i, j, k] = [variable('i'), variable('j'), variable('k')];
    const terms = loop(k, 60, loop(j, 8, store(into, [j], next(load(into, [j]), load(A, [k, j])))));
    return start === undefined ? [terms] : [loop(i, 8, store(into, [i], start)), terms];
  };
  return {
    inputs: [A], outputs: [S, M, N],
    body: seq(
      ...sums(S, float(0), (sum, x) => add(sum, mul(x, x))), ...sums(M, float(0.5), (sum, x) => binary('max', sum, x)), ...sums(N, float(-0.25), (sum, x) => binary('min', sum, x)),
      ...sums(S, undefined, (sum, x) => add(sum, mul(x, float(0.5)))), ...sums(M, undefined, (sum, x) => binary('max', sum, mul(x, float(2)))),
    ),
  };
}

export const PROGRAMS: Readonly<Record<string, Program>> = {
  'conditions of two variables of one name': equalNames(), 'conditions on two buffers of one name': equalBuffers(), 'signed zeros': signedZeros(),
  recurrence: recurrence(), 'running sum': runningSum(), 'sums at shared places': sharedPlaces(), 'a reduction fused with a row': fusedReduction(), 'rows fused with columns': fusedSpatial(),
  'parallel loops below serial ones': parallelInside(), 'a region that starts at a quotient': quotientRegion(), 'a branch in a reduction': branchInReduction(),
  'a call behind a condition': callBehindCondition(), 'no loops': noLoops(), strides: strides(), 'index arithmetic': indexArithmetic(), 'nested extremes': deepExtremes(),
  'quotients of negative values': negativeQuotients(), 'a row in loops fused from both kinds': rowInFused(), 'rows that start from a number': rowsFromNumber(),
  'more starts than sums': widerStart(), 'sums that iterations share': sharedSums(), 'another start than the sums': otherStart(), 'sums that choose': choiceBySums(),
  'places written several times': lastWriter(), 'sums of rows that data pick': sumsOfPicked(), 'rows that sums pick': pickedBySums(), 'sums and their neighbours': neighbourOfSums(), 'many terms for few sums': longSums(),
};
