/** Small operators for interpretation: reductions, pads, strided and transposed reads, several consumers. */
import { at, compute, createDag, placeholder, reduce } from '../../server/src/dag/create.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { binary, call, float, ifThenElse, int, type Expr } from '../../server/src/ir/expr.js';

const plus = (a: Expr, b: Expr): Expr => binary('add', a, b);
const times = (a: Expr, b: Expr): Expr => binary('mul', a, b);
const inside = (x: Expr, lo: number, hi: number): Expr => binary('and', binary('ge', x, int(lo)), binary('lt', x, int(hi)));

function matmulRelu(): ComputeDag {
  const a = placeholder('A', [6, 10]);
  const b = placeholder('B', [10, 8], 'float32', { constant: true });
  const c = reduce('C', [6, 8], ['i', 'j'], { k: 10 }, 'add', ([i, j], [k]) => times(at(a, i as Expr, k as Expr), at(b, k as Expr, j as Expr)));
  const d = compute('D', [6, 8], ['i', 'j'], ([i, j]) => binary('max', at(c, i as Expr, j as Expr), float(0)));
  return createDag([a, b, c, d]);
}

function convolution(stride: number): ComputeDag {
  const out = stride === 1 ? 5 : 3;
  const x = placeholder('X', [1, 5, 5, 3]);
  const w = placeholder('W', [3, 3, 3, 4], 'float32', { constant: true });
  const pad = compute('pad', [1, 7, 7, 3], ['n', 'h', 'w', 'c'], ([n, h, v, c]) =>
    ifThenElse(binary('and', inside(h as Expr, 1, 6), inside(v as Expr, 1, 6)), at(x, n as Expr, binary('sub', h as Expr, int(1)), binary('sub', v as Expr, int(1)), c as Expr), float(0)));
  const conv = reduce('conv', [1, out, out, 4], ['n', 'h', 'w', 'co'], { rh: 3, rw: 3, rc: 3 }, 'add', ([n, h, v, co], [rh, rw, rc]) =>
    times(at(pad, n as Expr, plus(times(h as Expr, int(stride)), rh as Expr), plus(times(v as Expr, int(stride)), rw as Expr), rc as Expr), at(w, rh as Expr, rw as Expr, rc as Expr, co as Expr)));
  const bias = placeholder('bias', [4], 'float32', { constant: true });
  const out2 = compute('out', [1, out, out, 4], ['n', 'h', 'w', 'co'], ([n, h, v, co]) => plus(at(conv, n as Expr, h as Expr, v as Expr, co as Expr), at(bias, co as Expr)));
  return createDag([x, w, pad, conv, bias, out2]);
}

function softmax(): ComputeDag {
  const a = placeholder('A', [6, 12]);
  const max = reduce('max', [6], ['i'], { k: 12 }, 'max', ([i], [k]) => at(a, i as Expr, k as Expr));
  const exp = compute('exp', [6, 12], ['i', 'j'], ([i, j]) => call('tir.exp', [binary('sub', at(a, i as Expr, j as Expr), at(max, i as Expr))], 'float32'));
  const sum = reduce('sum', [6], ['i'], { k: 12 }, 'add', ([i], [k]) => at(exp, i as Expr, k as Expr));
  const norm = compute('norm', [6, 12], ['i', 'j'], ([i, j]) => binary('div', at(exp, i as Expr, j as Expr), at(sum, i as Expr)));
  return createDag([a, max, exp, sum, norm]);
}

/** Reads through div and mod, as winograd's tiles and transposed convolutions do. */
function tiles(): ComputeDag {
  const a = placeholder('A', [4, 12]);
  const p = compute('P', [6, 4, 2], ['p', 'y', 'x'], ([q, y, x]) =>
    at(a, y as Expr, plus(times(binary('floormod', q as Expr, int(6)), int(2)), x as Expr)));
  const s = reduce('S', [6, 4], ['p', 'y'], { r: 2 }, 'add', ([q, y], [r]) => at(p, q as Expr, y as Expr, r as Expr));
  const o = compute('O', [8, 6], ['i', 'j'], ([i, j]) =>
    at(s, binary('floormod', plus(binary('floordiv', i as Expr, int(2)), j as Expr), int(6)), plus(times(binary('floormod', i as Expr, int(2)), int(2)), binary('floordiv', j as Expr, int(3)))));
  return createDag([a, p, s, o]);
}

function twoMatmuls(): ComputeDag {
  const a = placeholder('A', [5, 4]);
  const b = placeholder('B', [4, 6]);
  const c = placeholder('C', [6, 3]);
  const d = reduce('D', [5, 6], ['i', 'j'], { k: 4 }, 'add', ([i, j], [k]) => times(at(a, i as Expr, k as Expr), at(b, k as Expr, j as Expr)));
  const e = reduce('E', [5, 3], ['i', 'j'], { k: 6 }, 'add', ([i, j], [k]) => times(at(d, i as Expr, k as Expr), at(c, k as Expr, j as Expr)));
  return createDag([a, b, c, d, e]);
}

export const SMALL_DAGS: Readonly<Record<string, ComputeDag>> = {
  'matmul and relu': matmulRelu(), convolution: convolution(1), 'strided convolution': convolution(2), softmax: softmax(), tiles: tiles(), 'two matmuls': twoMatmuls(),
};
