/** The code of a register tile: accumulators, the reduction loops around their updates, and the stores. */
import { binary, int, variable, type Expr, type Var } from '../../ir/expr.js';
import type { Buffer } from '../../ir/buffer.js';
import type { Store } from '../../ir/program.js';
import { mentions } from '../../ir/walk.js';
import { fromRegister } from './epilogue.js';
import type { BuildContext } from './context.js';
import type { Cut } from './cuts.js';
import { conditionOf, address, substitute, valueOf, type Lanes } from './value.js';
import type { Condition, KernelStmt, Register, Value } from './ir.js';
import type { Loop, Nest, Update } from './nest.js';
import type { Guarded } from './guard.js';
import { prefetchNext } from './prefetch.js';
import { pressure } from './pressure.js';
import { Block } from './registers.js';
import type { Tile } from './tile.js';
import { byColumns, ordered, type Accumulator, type Axis, type Step } from './update-order.js';

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

/** The outputs of a tile: one for each combination of the values that the axes take in it. */
interface Outputs { readonly axes: readonly Axis[]; readonly accumulators: readonly Accumulator[]; readonly lanes: Lanes | undefined }

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
  const inside = [...axes.map((axis) => axis.loop), ...unrolledLoops];
  const within = guarded.guards.filter((g) => inside.some((l) => mentions(g, l.var)));
  const updates = updatesOf(ctx, { ...guarded, guards: within }, { axes, accumulators, lanes }, unrolledLoops, stored);
  if (updates === undefined) return undefined;
  const around = [...loops.slice(0, tile.regionStart), ...axes.flatMap(({ cut, outer }) => (outer === undefined ? [] : [{ var: outer, extent: cut.count }])), ...reduceLoops];
  body.push(...loopsWithGuards(ctx, reduceLoops, guarded.guards.filter((g) => !within.includes(g)), [...prefetchNext(ctx, around, updates), ...updates]));
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

/** `body` in the loops, each guard tested as far outside as it can be. */
function loopsWithGuards(ctx: BuildContext, loops: readonly Loop[], guards: readonly Expr[], body: readonly KernelStmt[]): KernelStmt[] {
  const depth = (g: Expr): number => loops.findLastIndex((l) => mentions(g, l.var));
  let inner = body.slice();
  for (let at = loops.length - 1; at >= -1; at--) {
    const tests = guards.filter((g) => depth(g) === at).map((g) => conditionOf(ctx, g, undefined)).filter((c) => c !== true);
    if (tests.includes(false)) inner = [];
    const open = tests.filter((c) => typeof c === 'object');
    if (open.length > 0) inner = [{ kind: 'if', cond: all(open), body: inner }];
    const loop = loops[at];
    if (loop !== undefined) inner = ctx.wrap([loop], inner);
  }
  return inner;
}

function all(conditions: readonly Condition[]): Condition {
  return conditions.reduce((a, b) => ({ kind: 'and', a, b }));
}

/**
 * The updates of all accumulators for all steps of the unrolled loops: row by row, or if that needs more registers than there are, column by column
 * where it needs fewer. Each sum keeps the order of its terms.
 */
function updatesOf(ctx: BuildContext, guarded: Guarded, outputs: Outputs, unrolled: readonly Loop[], stored: Register['dtype']): KernelStmt[] | undefined {
  const { axes, accumulators, lanes } = outputs;
  const inOrder = (sums: readonly Accumulator[]): KernelStmt[] | undefined => updatesInOrder(ctx, guarded, ordered(ctx, guarded.update, axes, sums, unrolled), lanes, stored);
  const rows = inOrder(accumulators);
  if (rows === undefined || lanes === undefined || ctx.unit === undefined || accumulators.length + pressure(rows) <= ctx.unit.registers) return rows;
  const columns = inOrder(byColumns(axes, accumulators));
  return columns !== undefined && pressure(columns) < pressure(rows) ? columns : rows;
}

/** Updates in this order; neighbours under the same open conditions share one test. */
function updatesInOrder(ctx: BuildContext, { update, guards }: Guarded, steps: readonly Step[], lanes: Lanes | undefined, stored: Register['dtype']): KernelStmt[] | undefined {
  const groups: { readonly key: string; readonly tests: readonly Condition[]; readonly block: Block }[] = [];
  for (const { accumulator: { register, by }, step } of steps) {
    const placed = (e: Expr): Expr => substitute(substitute(e, by), step);
    const tests = guards.map((g) => conditionOf(ctx, placed(g), undefined)).filter((c) => c !== true);
    if (tests.includes(false)) continue;
    const source = valueOf(ctx, placed(update.source), lanes);
    if (source === undefined) return undefined;
    const open = tests.filter((c) => typeof c === 'object');
    const key = open.map((c) => (c.kind === 'index' ? ctx.space.text(c.expr) : '')).join(' ');
    let group = groups.at(-1);
    if (group?.key !== key) {
      group = { key, tests: open, block: new Block(ctx.registers, ctx.space) };
      groups.push(group);
    }
    const { block } = group;
    const term = block.hoistLoads(source);
    block.stmts.push({ kind: 'set', register, value: accumulate(update, register, register.dtype === stored ? term : { kind: 'cast', a: term, lanes: register.lanes, dtype: register.dtype }) });
  }
  return groups.flatMap(({ tests, block }): readonly KernelStmt[] => (tests.length === 0 ? block.stmts : [{ kind: 'if', cond: all(tests), body: block.stmts }]));
}

/** Terms from which on a plain running sum in single precision is off by more than the tolerances of checks. */
const LONG_SUM = 1 << 16;

/** The naive program is what others are compared with: it adds long sums in double precision. */
function needsDouble(ctx: BuildContext, nest: Nest, update: Update, tile: Tile): boolean {
  const terms = nest.loops.reduce((n, l, i) => (tile.isReduce[i] ? n * l.extent : n), 1);
  return ctx.unit === undefined && update.op === 'add' && nest.store.buffer.dtype === 'float32' && terms >= LONG_SUM;
}

function accumulate(update: Update, register: Register, source: Value): Value {
  const acc: Value = { kind: 'register', register };
  const { lanes, dtype } = register;
  if (update.op === 'add' && source.kind === 'binary' && source.op === 'mul') return { kind: 'fma', a: source.a, b: source.b, c: acc, lanes, dtype };
  return { kind: 'binary', op: update.op, a: acc, b: source, lanes, dtype };
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
