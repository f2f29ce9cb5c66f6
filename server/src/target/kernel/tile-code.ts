/** The code of a register tile: accumulators, the reduction loops around their updates, and the stores. */
import { binary, int, variable, type Expr, type Var } from '../../ir/expr.js';
import type { Buffer } from '../../ir/buffer.js';
import type { Store } from '../../ir/program.js';
import { fromRegister } from './epilogue.js';
import type { BuildContext } from './context.js';
import type { Cut } from './cuts.js';
import type { KernelStmt, Value } from './ir.js';
import type { Loop, Nest, Update } from './nest.js';
import { loopsWithGuards, type Guarded } from './guard.js';
import { prefetchNext } from './prefetch.js';
import { Block } from './registers.js';
import type { Tile } from './tile.js';
import { turnOf } from './tile-updates.js';
import type { Accumulator, Axis } from './update-order.js';
import { address, substitute, valueOf, type Lanes } from './value.js';

/** outer * factor + offset (+ lane). */
export function splitIndex(outer: Var | undefined, factor: number, offset: number, lane: Var | undefined): Expr {
  let e: Expr | undefined = outer === undefined ? undefined : factor === 1 ? outer : binary('mul', outer, int(factor));
  if (offset !== 0 || (e === undefined && lane === undefined)) e = e === undefined ? int(offset) : binary('add', e, int(offset));
  if (lane !== undefined) e = e === undefined ? lane : binary('add', e, lane);
  return e ?? int(offset);
}

/** The variable that counts the tiles of a cut; undefined where there is one tile only. */
export function outerOf(ctx: BuildContext, loop: Loop, cut: Cut): Var | undefined {
  if (cut.count === 1) return undefined;
  const outer = variable(`${loop.var.name}_t`);
  ctx.space.declare(outer, cut.count);
  return outer;
}

/** `initial`: the neutral value from which sums start, if not from what is stored. `epilogue`: what is stored instead of them. */
export interface TileStart { readonly initial: number | undefined; readonly epilogue: Store | undefined }

export function emitTile(ctx: BuildContext, nest: Nest, guarded: Guarded, tile: Tile, start: TileStart): KernelStmt[] | undefined {
  const { loops } = nest;
  const tiled = loops.flatMap((loop, i) => (i >= tile.regionStart && !tile.isReduce[i] ? [{ loop, cuts: tile.cuts[i] ?? [] }] : []));
  /** All tiles of the loops from the k-th on, one nest for each way to cut them. */
  const tilesFrom = (k: number, axes: readonly Axis[]): KernelStmt[] | undefined => {
    const at = tiled[k];
    if (at === undefined) return oneTile(ctx, nest, guarded, tile, axes, start);
    const stmts: KernelStmt[] = [];
    for (const cut of at.cuts) {
      const outer = outerOf(ctx, at.loop, cut);
      const inner = tilesFrom(k + 1, [...axes, { loop: at.loop, cut, outer }]);
      if (inner === undefined) return undefined;
      stmts.push(...ctx.wrap(outer === undefined ? [] : [{ var: outer, extent: cut.count }], inner));
    }
    return stmts;
  };
  const inner = tilesFrom(0, []);
  return inner === undefined ? undefined : ctx.wrap(loops.slice(0, tile.regionStart), inner);
}

/** Accumulators, the reduction loops around their updates, and the stores. */
function oneTile(ctx: BuildContext, nest: Nest, guarded: Guarded, tile: Tile, axes: readonly Axis[], { initial, epilogue }: TileStart): KernelStmt[] | undefined {
  const { store, loops } = nest;
  const count = axes.reduce((n, axis) => Math.max(n, axis.cut.lanes), 1);
  const lanes: Lanes | undefined = count === 1 ? undefined : { var: variable('lane'), count };
  if (lanes) ctx.space.declare(lanes.var, lanes.count);
  const reduceLoops: Loop[] = [];
  const unrolledLoops: Loop[] = [];
  loops.forEach((loop, i) => {
    if (i >= tile.regionStart && tile.isReduce[i]) (tile.unrolled.includes(i) ? unrolledLoops : reduceLoops).push(loop);
  });
  const stored = store.buffer.dtype;
  const dtype = initial !== undefined && needsDouble(ctx, nest, guarded.update, tile) ? 'float64' : stored;
  const accumulators: Accumulator[] = [];
  const body: KernelStmt[] = [];
  for (const by of tileInstances(axes, lanes)) {
    const at = address(ctx, store.buffer, store.indices.map((i) => substitute(i, by)), lanes);
    if (at === undefined) return undefined;
    const register = ctx.registers.create(count, dtype);
    const value: Value = initial !== undefined
      ? { kind: 'const', value: initial, lanes: count, dtype }
      : { kind: 'load', buffer: store.buffer, index: at.index, lanes: count, stride: 1 };
    body.push({ kind: 'let', register, value });
    accumulators.push({ register, index: at.index, by });
  }
  const turn = turnOf(ctx, guarded, { axes, accumulators, lanes }, reduceLoops, unrolledLoops, stored);
  if (turn === undefined) return undefined;
  const around = [...loops.slice(0, tile.regionStart), ...axes.flatMap(({ cut, outer }) => (outer === undefined ? [] : [{ var: outer, extent: cut.count }])), ...turn.loops];
  body.push(...turn.before, ...loopsWithGuards(ctx, turn.loops, turn.guards, [...prefetchNext(ctx, around, turn.updates), ...turn.updates]), ...turn.behind);
  const stores = epilogue === undefined ? undefined : epilogueStores(ctx, epilogue, store.buffer, accumulators, lanes);
  if (epilogue !== undefined) return stores === undefined ? undefined : [...body, ...stores];
  for (const { register, index } of accumulators) {
    const value: Value = { kind: 'register', register };
    body.push({ kind: 'store', buffer: store.buffer, index, value: dtype === stored ? value : { kind: 'cast', a: value, lanes: count, dtype: stored }, lanes: count });
  }
  return body;
}

/** What is stored instead of the sums. */
function epilogueStores(ctx: BuildContext, epilogue: Store, sums: Buffer, accumulators: readonly Accumulator[], lanes: Lanes | undefined): KernelStmt[] | undefined {
  const block = new Block(ctx.registers, ctx.space);
  for (const { register, by } of accumulators) {
    const value = valueOf(ctx, substitute(epilogue.value, by), lanes);
    const at = address(ctx, epilogue.buffer, epilogue.indices.map((i) => substitute(i, by)), lanes);
    if (value === undefined || at === undefined || (lanes !== undefined && at.stride !== 1)) return undefined;
    const result = block.hoistLoads(fromRegister(value, sums, register));
    block.stmts.push({ kind: 'store', buffer: epilogue.buffer, index: at.index, value: result, lanes: register.lanes });
  }
  return block.stmts;
}

/** Terms from which on a plain running sum in single precision is off by more than the tolerances of checks. */
const LONG_SUM = 1 << 16;

/** The naive program is what others are compared with: it adds long sums in double precision. */
function needsDouble(ctx: BuildContext, nest: Nest, update: Update, tile: Tile): boolean {
  const terms = nest.loops.reduce((n, l, i) => (tile.isReduce[i] ? n * l.extent : n), 1);
  return ctx.unit === undefined && update.op === 'add' && nest.store.buffer.dtype === 'float32' && terms >= LONG_SUM;
}

/** One substitution per register of the tile; the first axis moves slowest. */
function tileInstances(axes: readonly Axis[], lanes: Lanes | undefined): Map<Var, Expr>[] {
  let instances: Map<Var, Expr>[] = [new Map()];
  for (const { loop, cut, outer } of axes) {
    const lane = cut.lanes > 1 ? lanes?.var : undefined;
    instances = instances.flatMap((by) => cut.offsets.map((offset) => new Map(by).set(loop.var, splitIndex(outer, cut.step, offset, lane))));
  }
  return instances;
}
