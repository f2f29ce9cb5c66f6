/** Random programs of one reduction, its start and what follows it, with loops that are split, fused and put in any order in each of them. */
import { createRng, shuffled, type Rng } from '../../server/src/base/rng.js';
import { createBuffer, type Buffer } from '../../server/src/ir/buffer.js';
import { binary, cast, float, ifThenElse, int, load, select, variable, type Expr, type Var } from '../../server/src/ir/expr.js';
import type { Program, Stmt } from '../../server/src/ir/program.js';
import { caseOfProgram, type Case } from './candidates.js';

interface Piece { readonly extent: number; readonly index: Expr }
interface Loops { readonly loops: readonly { readonly var: Var; readonly extent: number }[]; readonly dims: readonly Expr[] }

const EXTENTS = [1, 2, 3, 4, 5, 6, 8, 12, 16, 17] as const;
const pick = <T>(rng: Rng, of: readonly T[]): T => of[rng.int(of.length)] as T;
const sum = (a: Expr, b: Expr): Expr => binary('add', a, b);
const times = (a: Expr, b: Expr): Expr => binary('mul', a, b);

/** Loops over all of `extents`, and each dimension's index in terms of them. */
function scheduled(rng: Rng, extents: readonly number[], fuses: boolean): Loops {
  const parts = extents.map((extent): number[] => {
    const factors = [2, 3, 4].filter((f) => extent % f === 0 && extent > f);
    const inner = factors.length > 0 && rng.int(2) === 0 ? pick(rng, factors) : 1;
    return inner === 1 ? [extent] : [extent / inner, inner];
  });
  const order = parts.flatMap((own, d) => own.map((extent, k) => ({ d, k, extent })));
  const mixed = rng.int(3) === 0 ? order : shuffled(order, rng);
  const groups: (typeof mixed)[] = [];
  for (const part of mixed) {
    const last = groups.at(-1);
    if (fuses && last !== undefined && rng.int(3) === 0) last.push(part);
    else groups.push([part]);
  }
  const loops: { var: Var; extent: number }[] = [];
  const found = new Map<string, Expr>();
  groups.forEach((group, g) => {
    const total = group.reduce((n, { extent }) => n * extent, 1);
    // A fused loop may be split again, wherever that cuts.
    const cut = fuses && group.length > 1 && rng.int(2) === 0 ? [2, 3, 4, 6].find((f) => total % f === 0 && total > f) : undefined;
    const own = [variable(`v${g}`), variable(`w${g}`)] as const;
    const fused: Piece = cut === undefined ? { extent: total, index: own[0] } : { extent: total, index: sum(times(own[0], int(cut)), own[1]) };
    loops.push({ var: own[0], extent: total / (cut ?? 1) });
    if (cut !== undefined) loops.push({ var: own[1], extent: cut });
    let below = total;
    for (const { d, k, extent } of group) {
      below /= extent;
      const quotient = below === 1 ? fused.index : binary('floordiv', fused.index, int(below));
      found.set(`${d} ${k}`, below * extent === total ? quotient : binary('floormod', quotient, int(extent)));
    }
  });
  const dims = parts.map((own, d) => own.slice(1).reduce((index, extent, k) => sum(times(index, int(extent)), found.get(`${d} ${k + 1}`) ?? int(0)), found.get(`${d} 0`) ?? int(0)));
  return { loops, dims };
}

function around({ loops }: Loops, body: Stmt): Stmt {
  return loops.reduceRight<Stmt>((inner, { var: v, extent }) => ({ kind: 'for', var: v, extent, loop: 'serial', body: inner }), body);
}

function randomNests(rng: Rng, halves: boolean): Program {
  const spatial = Array.from({ length: 1 + rng.int(3) }, () => pick(rng, EXTENTS));
  const reduced = Array.from({ length: 1 + rng.int(2) }, () => pick(rng, EXTENTS));
  const n = spatial.length;
  const op = pick(rng, ['add', 'add', 'add', 'max'] as const);
  const layout = shuffled([...spatial, ...reduced].map((_, d) => d), rng);
  const all = [...spatial, ...reduced];
  const window = (spatial[n - 1] ?? 1) + (reduced[reduced.length - 1] ?? 1) - 1 - 2 * rng.int(2);
  const A = createBuffer('A', layout.map((d) => all[d] ?? 1), 'float32');
  const W = createBuffer('W', [...reduced, spatial[n - 1] ?? 1], 'float32');
  const D = createBuffer('D', [Math.max(1, window)], 'float32');
  const bias = createBuffer('bias', [spatial[n - 1] ?? 1], 'float32');
  const whole = rng.int(6) === 0;
  const C = createBuffer('C', spatial, whole ? 'int32' : 'float32');
  const O = createBuffer('O', spatial, rng.int(6) === 0 && halves ? 'float16' : 'float32');
  const start = whole ? int(op === 'max' ? -9 : pick(rng, [0, 3])) : float(op === 'max' ? -Infinity : pick(rng, [0, 0, 0, 1.5]));

  const init = scheduled(rng, spatial, rng.int(4) === 0);
  const update = scheduled(rng, all, rng.int(3) === 0);
  const epilogue = scheduled(rng, spatial, rng.int(4) === 0);
  const [s, r] = [update.dims.slice(0, n), update.dims.slice(n)];
  const element = load(A, layout.map((d) => update.dims[d] ?? int(0)));
  const place = binary('sub', sum(s[n - 1] ?? int(0), r[r.length - 1] ?? int(0)), int(1));
  const padded = ifThenElse(binary('and', binary('ge', place, int(0)), binary('lt', place, int(D.shape[0] ?? 1))), load(D, [place]), float(op === 'max' ? -Infinity : 0));
  const weight = load(W, [...r, s[n - 1] ?? int(0)]);
  const product = op === 'max' ? pick(rng, [element, padded]) : pick(rng, [element, times(element, weight), times(padded, weight), padded, times(element, padded)]);
  const source = whole ? cast('int32', times(element, float(9.5))) : product;
  const sums = load(C, s);
  const read = (indices: readonly Expr[]): Expr => (whole ? cast('float32', load(C, indices)) : load(C, indices));
  const own = read(epilogue.dims);
  const other = read(epilogue.dims.map((e, d) => (d === n - 1 ? binary('sub', int((spatial[d] ?? 1) - 1), e) : e)));
  const b = load(bias, [epilogue.dims[n - 1] ?? int(0)]);
  // Steady where the branches meet, as sums are rounded.
  const leaky = select(binary('gt', own, b), own, sum(times(own, float(0.1)), times(b, float(0.9))));
  const value = pick(rng, [sum(own, b), binary('max', own, float(0)), leaky, sum(own, other), times(own, own), select(binary('lt', epilogue.dims[0] ?? int(0), int(2)), own, b)]);
  const store = (buffer: Buffer, indices: readonly Expr[], v: Expr): Stmt => ({ kind: 'store', buffer, indices, value: v });
  const body: Stmt = {
    kind: 'realize', buffer: C, scope: 'global', region: spatial.map((extent) => ({ min: int(0), extent })),
    body: { kind: 'seq', stmts: [around(init, store(C, init.dims, start)), around(update, store(C, s, binary(op, sums, source))), around(epilogue, store(O, epilogue.dims, O.dtype === 'float16' ? cast('float16', value) : value))] },
  };
  return { inputs: [A, W, D, bias], outputs: [O], body };
}

/** Some hundred terms in another order, and their square. */
const ROUNDING = 1e-3;

/** `count` such programs, drawn from `seed`, with names; `halves`: some with results in half precision. */
export function randomCases(seed: number, count: number, halves: boolean): readonly (readonly [string, () => Case])[] {
  const rng = createRng(seed);
  return Array.from({ length: count }, (_, i) => {
    const own = rng.fork();
    return [`random nest ${i}`, () => caseOfProgram(randomNests(own, halves), ROUNDING)] as const;
  });
}
