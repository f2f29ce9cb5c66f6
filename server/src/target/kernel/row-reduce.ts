/**
 * Reductions along contiguous memory (the maximum or the sum of a row, dot products): where no spatial loop can run in lanes, the reduction
 * itself does, in several vectors, and their lanes are combined at the end. Terms are added in another order than the program says, as the original
 * does only where a schedule factors the reduction (RF); tolerances of checks allow for it.
 */
import { binary, int, variable, type Expr, type Var } from '../../ir/expr.js';
import { visitExpr } from '../../ir/walk.js';
import type { BuildContext } from './context.js';
import type { KernelStmt, Register, Value } from './ir.js';
import { coefficient } from './linear.js';
import type { Loop, Nest, Update } from './nest.js';
import { Block } from './registers.js';
import { address, substitute, valueOf, type Lanes } from './value.js';

/** Vectors that are summed at the same time, so that their latencies overlap. */
const VECTORS = 4;

/** The code, or undefined where the reduction has no such form. `initial` as for `emitReduction`: used if no reduction loop stays outside. */
export function emitRow(ctx: BuildContext, nest: Nest, update: Update, initial: number | undefined): { readonly stmts: readonly KernelStmt[]; readonly usedInitial: boolean } | undefined {
  const { store, loops } = nest;
  const { op } = update;
  if (ctx.unit === undefined || store.buffer.dtype !== 'float32' || (op !== 'add' && op !== 'max' && op !== 'min')) return undefined;
  const flat = ctx.storage.flat(store.buffer, store.indices);
  const isReduce = loops.map((l) => coefficient(flat, l.var) === 0);
  const from = isReduce.lastIndexOf(false) + 1;
  const inner = loops.slice(from);
  const row = rowLoop(ctx, update.source, inner, ctx.unit.bytes / 4);
  if (row === undefined) return undefined;
  const { loop, count } = row;
  const covers = initial !== undefined && !isReduce.slice(0, from).includes(true);
  const neutral = covers ? initial : op === 'add' ? 0 : op === 'max' ? -Infinity : Infinity;

  const lanes: Lanes = { var: variable('lane'), count };
  ctx.space.declare(lanes.var, count);
  const vectors = Math.floor(loop.extent / count);
  const together = Math.min(VECTORS, vectors);
  const groups = Math.floor(vectors / together);
  const rest = loop.extent - vectors * count;
  const constant = (n: number): Value => ({ kind: 'const', value: neutral, lanes: n, dtype: 'float32' });
  const sums = Array.from({ length: together }, () => ctx.registers.create(count, 'float32'));
  const tail = rest > 0 ? ctx.registers.create(1, 'float32') : undefined;
  const combined = (a: Value, b: Value, n: number): Value => ({ kind: 'binary', op, a, b, lanes: n, dtype: 'float32' });
  const use = (register: Register): Value => ({ kind: 'register', register });

  /** One term for each of the positions into the register that belongs to it. */
  const terms = (positions: readonly { readonly at: Expr; readonly into: Register }[], inLanes: Lanes | undefined): KernelStmt[] | undefined => {
    const block = new Block(ctx.registers, ctx.space);
    for (const { at, into } of positions) {
      const source = valueOf(ctx, substitute(update.source, new Map<Var, Expr>([[loop.var, at]])), inLanes);
      if (source === undefined) return undefined;
      const term = block.hoistLoads(source);
      const sum = use(into);
      const value: Value = op === 'add' && term.kind === 'binary' && term.op === 'mul'
        ? { kind: 'fma', a: term.a, b: term.b, c: sum, lanes: into.lanes, dtype: 'float32' }
        : combined(sum, term, into.lanes);
      block.stmts.push({ kind: 'set', register: into, value });
    }
    return block.stmts;
  };
  const lane = (base: Expr): Expr => binary('add', base, lanes.var);
  const outer = variable(`${loop.var.name}_v`);
  ctx.space.declare(outer, groups);
  const body = terms(sums.map((into, k) => ({ at: lane(binary('add', binary('mul', outer, int(together * count)), int(k * count))), into })), lanes);
  const left = terms(Array.from({ length: vectors - groups * together }, (_, k) => ({ at: lane(int((groups * together + k) * count)), into: sums[k] ?? never() })), lanes);
  const last = tail === undefined ? [] : terms(Array.from({ length: rest }, (_, k) => ({ at: int(vectors * count + k), into: tail })), undefined);
  const target = address(ctx, store.buffer, store.indices, undefined);
  if (body === undefined || left === undefined || last === undefined || target === undefined) return undefined;

  const all = sums.map(use).reduce((a, b) => combined(a, b, count));
  let result: Value = { kind: 'across', op, a: all, lanes: 1, dtype: 'float32' };
  if (tail !== undefined) result = combined(use(tail), result, 1);
  if (!covers) result = combined({ kind: 'load', buffer: store.buffer, index: target.index, lanes: 1, stride: 0 }, result, 1);
  const stmts: KernelStmt[] = [
    ...sums.map((register): KernelStmt => ({ kind: 'let', register, value: constant(count) })),
    ...(tail === undefined ? [] : [{ kind: 'let' as const, register: tail, value: constant(1) }]),
    ...ctx.wrap(inner.filter((l) => l !== loop), [...ctx.wrap([{ var: outer, extent: groups }], body), ...left, ...last]),
    { kind: 'store', buffer: store.buffer, index: target.index, value: result, lanes: 1 },
  ];
  return { stmts: ctx.wrap(loops.slice(0, from), stmts), usedInitial: covers };
}

function never(): never {
  throw new Error('assertion failed: there is a register for each vector');
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
      const stride = coefficient(ctx.storage.flat(e.buffer, e.indices), loop.var);
      if (stride === 1) contiguous = true;
      else if (stride !== 0) even = false;
    });
    if (contiguous && even) return { loop, count };
  }
  return undefined;
}
