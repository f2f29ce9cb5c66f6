/** Element-wise nests as code: every output element on its own, so that the contiguous loop may go innermost and into lanes. */
import { dtypeBytes } from '../../ir/dtype.js';
import { binary, int, variable, type Expr, type Var } from '../../ir/expr.js';
import { visitExpr } from '../../ir/walk.js';
import type { BuildContext } from './context.js';
import type { KernelStmt } from './ir.js';
import { collapse } from './collapse.js';
import { hoistInvariant } from './invariant.js';
import { coefficient } from './linear.js';
import { iterationsOf, type Loop, type Nest } from './nest.js';
import { meets } from './addresses.js';
import { Block } from './registers.js';
import { segmentsOf, testedOutside } from './segments.js';
import { address, substitute, valueOf, type Lanes } from './value.js';

/** Vectors of one loop that are unrolled at most. */
const UNROLL = 4;
/** Iterations of loops that choose between values which are written out at most. */
const MOST_CHOICES = 16;
/** Single elements that are unrolled at most. */
const MOST_ELEMENTS = 8;

/** The code of a nest whose store does not read its own buffer. */
export function emitMap(ctx: BuildContext, nest: Nest): KernelStmt[] | undefined {
  // Of several iterations that write one element, the last one must stay the last.
  if (ctx.unit === undefined || meets(ctx.storage.flat(nest.store.buffer, nest.store.indices), nest.loops)) return scalarNest(ctx, nest.loops, nest, new Map());
  const stmts: KernelStmt[] = [];
  for (const part of segmentsOf(ctx, nest)) {
    const code = testedOutside(ctx, part, (inner) => emitPart(ctx, collapse(ctx, inner, () => true)));
    if (code === undefined) return undefined;
    stmts.push(...code);
  }
  return stmts;
}

function emitPart(ctx: BuildContext, nest: Nest): KernelStmt[] | undefined {
  const lane = laneLoop(ctx, nest);
  if (lane === undefined) return unrolledNest(ctx, nest);
  const { loop, count } = lane;
  const choosing = choosingLoops(nest, loop);
  const rest = nest.loops.filter((l) => l !== loop && !choosing.includes(l));
  const vectors = Math.floor(loop.extent / count);
  const tail = loop.extent - vectors * count;
  const lanes: Lanes = { var: variable('lane'), count };
  ctx.space.declare(lanes.var, count);
  const body: KernelStmt[] = [];
  if (vectors <= UNROLL) {
    for (let k = 0; k < vectors; k++) {
      const code = elements(ctx, nest, choosing, new Map<Var, Expr>([[loop.var, binary('add', int(k * count), lanes.var)]]), lanes);
      if (code === undefined) return undefined;
      body.push(...code);
    }
  } else {
    const outer = variable(`${loop.var.name}_v`);
    ctx.space.declare(outer, vectors);
    const code = elements(ctx, nest, choosing, new Map<Var, Expr>([[loop.var, binary('add', binary('mul', outer, int(count)), lanes.var)]]), lanes);
    if (code === undefined) return undefined;
    const { before, inside } = hoistInvariant(code, outer, nest.store.buffer, ctx.registers);
    body.push(...before, ...ctx.wrap([{ var: outer, extent: vectors }], inside));
  }
  const edge = tail === 0 ? [] : edgeOf(ctx, nest, choosing, loop, lanes, tail);
  return edge === undefined ? undefined : ctx.wrap(rest, [...body, ...edge]);
}

/** The last `tail` elements: a vector that reaches back over elements that are computed already, or else number by number. */
function edgeOf(ctx: BuildContext, nest: Nest, choosing: readonly Loop[], loop: Loop, lanes: Lanes, tail: number): KernelStmt[] | undefined {
  const again = tail === 1 ? undefined : elements(ctx, nest, choosing, new Map<Var, Expr>([[loop.var, binary('add', int(loop.extent - lanes.count), lanes.var)]]), lanes);
  if (again !== undefined) return again;
  const code: KernelStmt[] = [];
  for (let k = loop.extent - tail; k < loop.extent; k++) {
    const one = elements(ctx, nest, choosing, new Map<Var, Expr>([[loop.var, int(k)]]), undefined);
    if (one === undefined) return undefined;
    code.push(...one);
  }
  return code;
}

/** The loop whose step moves the store by one element, if values can be formed along it; the innermost such. */
function laneLoop(ctx: BuildContext, nest: Nest): { loop: Loop; count: number } | undefined {
  const { store } = nest;
  if (ctx.unit === undefined || store.buffer.dtype !== 'float32') return undefined;
  const flat = ctx.storage.flat(store.buffer, store.indices);
  for (let i = nest.loops.length - 1; i >= 0; i--) {
    const loop = nest.loops[i];
    if (loop === undefined || loop.extent < 4 || coefficient(flat, loop.var) !== 1) continue;
    const widest = ctx.unit.bytes / dtypeBytes(store.buffer.dtype);
    let count = widest;
    while (count > 4 && (loop.extent % count !== 0 || count > loop.extent)) count /= 2;
    if (loop.extent % count !== 0) {
      count = widest;
      while (count > loop.extent) count /= 2;
    }
    const lane = variable('lane');
    ctx.space.declare(lane, count);
    const outer = variable('outer');
    ctx.space.declare(outer, Math.ceil(loop.extent / count));
    const by = new Map<Var, Expr>([[loop.var, binary('add', binary('mul', outer, int(count)), lane)]]);
    const value = valueOf(ctx, substitute(store.value, by), { var: lane, count });
    const at = address(ctx, store.buffer, store.indices.map((x) => substitute(x, by)), { var: lane, count });
    if (value !== undefined && at?.stride === 1) return { loop, count };
  }
  return undefined;
}

/**
 * Loops whose variable is compared with numbers (`eps == 0 ? .. : eps == 1 ? ..`): written out inside the lanes, every iteration is one of the values, and what
 * they read is loaded once. The order of iterations is free here.
 *   before: for eps { for ci { t[eps, ci] = eps == 0 ? d[0, ci] + d[1, ci] : d[0, ci] - d[1, ci] } }
 *   after:  for ci { t[0, ci] = d[0, ci] + d[1, ci]; t[1, ci] = d[0, ci] - d[1, ci] }
 */
function choosingLoops({ loops, store }: Nest, lane: Loop): readonly Loop[] {
  const compared = new Set<Expr>();
  visitExpr(store.value, (e) => {
    if (e.kind === 'select' && e.cond.kind === 'binary' && e.cond.op === 'eq' && e.cond.b.kind === 'int') compared.add(e.cond.a);
  });
  let count = 1;
  return loops.filter((loop) => {
    if (loop === lane || !compared.has(loop.var) || count * loop.extent > MOST_CHOICES) return false;
    count *= loop.extent;
    return true;
  });
}

/** One block for all iterations of `choosing`. */
function elements(ctx: BuildContext, nest: Nest, choosing: readonly Loop[], by: ReadonlyMap<Var, Expr>, lanes: Lanes | undefined): KernelStmt[] | undefined {
  const block = new Block(ctx.registers, ctx.space);
  return iterationsOf(choosing, by).every((one) => addElement(ctx, block, nest, one, lanes)) ? block.stmts : undefined;
}

/** Stores one element; false if its value has no form with these lanes. */
function addElement(ctx: BuildContext, block: Block, { store }: Nest, by: ReadonlyMap<Var, Expr>, lanes: Lanes | undefined): boolean {
  const value = valueOf(ctx, substitute(store.value, by), lanes);
  const at = address(ctx, store.buffer, store.indices.map((x) => substitute(x, by)), lanes);
  if (value === undefined || at === undefined) return false;
  const hoisted = block.hoistLoads(value);
  block.stmts.push({ kind: 'store', buffer: store.buffer, index: at.index, value: hoisted, lanes: lanes?.count ?? 1 });
  return true;
}

/** Single elements, the innermost loops unrolled: what an element costs is mostly the loop. */
function unrolledNest(ctx: BuildContext, nest: Nest): KernelStmt[] | undefined {
  let from = nest.loops.length;
  let count = 1;
  while (from > 0 && count * (nest.loops[from - 1]?.extent ?? 1) <= MOST_ELEMENTS) count *= nest.loops[--from]?.extent ?? 1;
  const body: KernelStmt[] = [];
  for (const by of iterationsOf(nest.loops.slice(from))) {
    const code = elements(ctx, nest, [], by, undefined);
    if (code === undefined) return undefined;
    body.push(...code);
  }
  return ctx.wrap(nest.loops.slice(0, from), body);
}

export function scalarNest(ctx: BuildContext, loops: readonly Loop[], nest: Nest, by: ReadonlyMap<Var, Expr>): KernelStmt[] | undefined {
  const code = elements(ctx, nest, [], by, undefined);
  return code === undefined ? undefined : ctx.wrap(loops, code);
}
