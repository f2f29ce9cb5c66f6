/**
 * Reductions along contiguous memory (the maximum or the sum of a row, dot products): where no spatial loop can run in lanes, the reduction
 * itself does, in several vectors, and their lanes are combined at the end. Terms are added in another order than the program says, as the original
 * does only where a schedule factors the reduction (RF); tolerances of checks allow for it.
 */
import { defined } from '../../base/assert.js';
import { binary, int, variable, type Expr, type Var } from '../../ir/expr.js';
import { visitExpr } from '../../ir/walk.js';
import type { BuildContext } from './context.js';
import { isIndex } from './index-form.js';
import type { KernelStmt, Register, Value } from './ir.js';
import { coefficient, type Linear } from './linear.js';
import type { Loop, Nest, Update } from './nest.js';
import { Block } from './registers.js';
import { stepCycles } from './tile-cycles.js';
import { address, substitute, valueOf, type Lanes } from './value.js';

/** Vectors that are summed at the same time, so that their latencies overlap. */
const VECTORS = 4;
/** Cycles in which the lanes of one vector are combined. */
const ACROSS = 5;
/** Loops around the reduction that a tile of outputs may reach over. */
const TILE_LOOPS = 4;

/** The code, or undefined where the reduction has no such form or needs more cycles for a term than `1 / atLeast`. `initial` as for `emitReduction`: used if no reduction loop stays outside. */
export function emitRow(ctx: BuildContext, nest: Nest, update: Update, initial: number | undefined, atLeast: number): { readonly stmts: readonly KernelStmt[]; readonly usedInitial: boolean } | undefined {
  const { store, loops } = nest;
  const { op } = update;
  if (ctx.unit === undefined || store.buffer.dtype !== 'float32' || (op !== 'add' && op !== 'max' && op !== 'min')) return undefined;
  const flat = ctx.storage.flat(store.buffer, store.indices);
  const moves = loops.map((l) => coefficient(flat, l.var));
  const isReduce = moves.map((by) => by === 0);
  const from = isReduce.lastIndexOf(false) + 1;
  const inner = loops.slice(from);
  const row = rowLoop(ctx, update.source, inner, ctx.unit.bytes / 4);
  if (row === undefined) return undefined;
  const { loop, count } = row;
  const { factors, rate } = outputsAtOnce(ctx, ctx.unit.registers, nest, update.source, { from, isReduce, count, terms: inner.reduce((n, l) => n * l.extent, 1) });
  if (rate <= atLeast) return undefined;
  // Loops that are fused from both kinds come back to a sum, too.
  const covers = initial !== undefined && moves.slice(0, from).every((by) => by !== undefined && by !== 0);
  // All lanes start from it.
  const neutral = op === 'add' ? 0 : covers ? initial : op === 'max' ? -Infinity : Infinity;

  const lanes: Lanes = { var: variable('lane'), count };
  ctx.space.declare(lanes.var, count);
  const { outside, outputs } = split(ctx, loops.slice(0, from), factors);
  const vectors = Math.floor(loop.extent / count);
  const together = Math.min(Math.max(1, Math.floor(VECTORS / outputs.length)), vectors);
  const groups = Math.floor(vectors / together);
  const rest = loop.extent - vectors * count;
  const constant = (n: number): Value => ({ kind: 'const', value: neutral, lanes: n, dtype: 'float32' });
  const sums = outputs.map((by) => ({
    by, vectors: Array.from({ length: together }, () => ctx.registers.create(count, 'float32')), tail: rest > 0 ? ctx.registers.create(1, 'float32') : undefined,
  }));
  const combined = (a: Value, b: Value, n: number): Value => ({ kind: 'binary', op, a, b, lanes: n, dtype: 'float32' });
  const use = (register: Register): Value => ({ kind: 'register', register });

  /** One term of every output for each of the positions, into the register that belongs to it. */
  const terms = (positions: readonly Expr[], into: (sum: (typeof sums)[number], k: number) => Register, inLanes: Lanes | undefined): KernelStmt[] | undefined => {
    const block = new Block(ctx.registers, ctx.space);
    for (const [k, at] of positions.entries()) {
      for (const output of sums) {
        const source = valueOf(ctx, substitute(update.source, new Map<Var, Expr>([...output.by, [loop.var, at]])), inLanes);
        if (source === undefined) return undefined;
        const register = into(output, k);
        const term = block.hoistLoads(source);
        const sum = use(register);
        const value: Value = op === 'add' && term.kind === 'binary' && term.op === 'mul'
          ? { kind: 'fma', a: term.a, b: term.b, c: sum, lanes: register.lanes, dtype: 'float32' }
          : combined(sum, term, register.lanes);
        block.stmts.push({ kind: 'set', register, value });
      }
    }
    return block.stmts;
  };
  const lane = (base: Expr): Expr => binary('add', base, lanes.var);
  const vectorOf = (sum: (typeof sums)[number], k: number): Register => defined(sum.vectors[k], 'a vector');
  const outer = variable(`${loop.var.name}_v`);
  ctx.space.declare(outer, groups);
  const body = terms(Array.from({ length: together }, (_, k) => lane(binary('add', binary('mul', outer, int(together * count)), int(k * count)))), vectorOf, lanes);
  const left = terms(Array.from({ length: vectors - groups * together }, (_, k) => lane(int((groups * together + k) * count))), vectorOf, lanes);
  const last = terms(Array.from({ length: rest }, (_, k) => int(vectors * count + k)), (sum) => defined(sum.tail, 'a tail'), undefined);
  if (body === undefined || left === undefined || last === undefined) return undefined;

  const results: KernelStmt[] = [];
  for (const sum of sums) {
    const target = address(ctx, store.buffer, store.indices.map((i) => substitute(i, sum.by)), undefined);
    if (target === undefined) return undefined;
    const all = sum.vectors.map(use).reduce((a, b) => combined(a, b, count));
    let result: Value = { kind: 'across', op, a: all, lanes: 1, dtype: 'float32' };
    if (sum.tail !== undefined) result = combined(use(sum.tail), result, 1);
    if (covers && initial !== neutral) result = combined({ kind: 'const', value: initial, lanes: 1, dtype: 'float32' }, result, 1);
    if (!covers) result = combined({ kind: 'load', buffer: store.buffer, index: target.index, lanes: 1, stride: 0 }, result, 1);
    results.push({ kind: 'store', buffer: store.buffer, index: target.index, value: result, lanes: 1 });
  }
  const stmts: KernelStmt[] = [
    ...sums.flatMap((s) => s.vectors).map((register): KernelStmt => ({ kind: 'let', register, value: constant(count) })),
    ...sums.flatMap((s) => s.tail ?? []).map((register): KernelStmt => ({ kind: 'let', register, value: constant(1) })),
    ...ctx.wrap(inner.filter((l) => l !== loop), [...ctx.wrap([{ var: outer, extent: groups }], body), ...left, ...last]),
    ...results,
  ];
  return { stmts: ctx.wrap(outside, stmts), usedInitial: covers };
}

interface Rows { readonly from: number; readonly isReduce: readonly boolean[]; readonly count: number; readonly terms: number }

/** How many outputs along each of the spatial loops around the reduction are summed at the same time, so that they share loads; and terms per cycle. */
function outputsAtOnce(ctx: BuildContext, registers: number, nest: Nest, source: Expr, rows: Rows): { readonly factors: ReadonlyMap<Loop, number>; readonly rate: number } {
  const { from, isReduce, count, terms } = rows;
  const near = nest.loops.slice(isReduce.lastIndexOf(true, from - 1) + 1, from).filter((l) => l.extent > 1).slice(-TILE_LOOPS);
  const loads: Linear[] = [];
  visitExpr(source, (e) => { if (e.kind === 'load') loads.push(ctx.storage.flat(e.buffer, e.indices)); });
  const moves = loads.map((l) => near.map((loop) => coefficient(l, loop.var) !== 0));
  // One load for each output would gain nothing.
  const budget = loads.length > 1 ? registers - 3 : 1;
  const chosen = near.map(() => 1);
  let best = { factors: new Map<Loop, number>(), rate: -1 };
  const visit = (k: number, outputs: number): void => {
    const loop = near[k];
    if (loop === undefined) {
      const together = Math.max(1, Math.floor(VECTORS / outputs));
      const loaded = together * moves.reduce((sum, by) => sum + by.reduce((n, moved, i) => (moved ? n * (chosen[i] ?? 1) : n), 1), 0);
      // A step has `together` vectors of each output.
      const steps = terms / (count * together);
      const rate = (outputs * terms) / (stepCycles(outputs * together, loaded) * steps + outputs * ACROSS + 4);
      if (rate > best.rate * 1.0001) best = { factors: new Map(near.map((l, i) => [l, chosen[i] ?? 1])), rate };
      return;
    }
    for (let f = 1; f <= loop.extent && outputs * f <= budget; f++) {
      if (loop.extent % f !== 0) continue;
      chosen[k] = f;
      visit(k + 1, outputs * f);
    }
    chosen[k] = 1;
  };
  visit(0, 1);
  return best;
}

/** The loops with the given factors taken out of them, and one substitution for each output in the tile. */
function split(ctx: BuildContext, loops: readonly Loop[], factors: ReadonlyMap<Loop, number>): { readonly outside: readonly Loop[]; readonly outputs: readonly ReadonlyMap<Var, Expr>[] } {
  const outside: Loop[] = [];
  let outputs: ReadonlyMap<Var, Expr>[] = [new Map()];
  for (const loop of loops) {
    const factor = factors.get(loop) ?? 1;
    if (factor === 1) {
      outside.push(loop);
      continue;
    }
    const outer = loop.extent === factor ? undefined : variable(`${loop.var.name}_t`);
    if (outer !== undefined) {
      ctx.space.declare(outer, loop.extent / factor);
      outside.push({ var: outer, extent: loop.extent / factor });
    }
    const base = outer === undefined ? int(0) : binary('mul', outer, int(factor));
    outputs = outputs.flatMap((by) => Array.from({ length: factor }, (_, k) => new Map([...by, [loop.var, binary('add', base, int(k))]])));
  }
  return { outside, outputs };
}

/** The loop along which the source's loads are contiguous or stand still, with its number of lanes: two vectors at least. */
function rowLoop(ctx: BuildContext, source: Expr, inner: readonly Loop[], widest: number): { loop: Loop; count: number } | undefined {
  for (const loop of inner.toReversed()) {
    let count = widest;
    while (count > 4 && loop.extent < 2 * count) count /= 2;
    if (loop.extent < 2 * count || count < 4) continue;
    let contiguous = false;
    let even = true;
    visitExpr(source, (e) => {
      if (e.kind !== 'load') return;
      const stride = e.indices.every(isIndex) ? coefficient(ctx.storage.flat(e.buffer, e.indices), loop.var) : undefined;
      if (stride === 1) contiguous = true;
      else if (stride !== 0) even = false;
    });
    if (contiguous && even) return { loop, count };
  }
  return undefined;
}
