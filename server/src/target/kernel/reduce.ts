/** A reduction's nest as code: outer loops, accumulators in registers, reduction loops, stores. */
import { dtypeBytes } from '../../ir/dtype.js';
import { binary, int, variable, type Expr, type Var } from '../../ir/expr.js';
import { visitExpr } from '../../ir/walk.js';
import type { BuildContext } from './context.js';
import type { Cut } from './cuts.js';
import type { KernelStmt, Register, Value } from './ir.js';
import type { Linear } from './linear.js';
import { asUpdate, type Loop, type Nest, type Update } from './nest.js';
import { isIndex } from './index-form.js';
import { phasesOf, type Phase } from './phases.js';
import { prefetches } from './prefetch.js';
import { Block } from './registers.js';
import { emitRow } from './row-reduce.js';
import { chooseTile, type Tile } from './tile.js';
import { address, substitute, valueOf, type Lanes } from './value.js';

/** `initial`: the neutral value that the store before this nest wrote, if the nest may write it itself. */
export interface ReduceCode { readonly stmts: readonly KernelStmt[]; readonly usedInitial: boolean }

export function emitReduction(ctx: BuildContext, nest: Nest, update: Update, initial: number | undefined): ReduceCode | undefined {
  const phases = ctx.unit === undefined ? undefined : phasesOf(ctx, nest, ctx.zeros);
  return phases === undefined ? emitNest(ctx, nest, update, initial) : emitPhases(ctx, phases, initial);
}

/** Each phase on its own; the phases write their neutral values themselves where all of them can. */
function emitPhases(ctx: BuildContext, phases: readonly Phase[], initial: number | undefined): ReduceCode | undefined {
  const start = phases.some((phase) => phase.nest === undefined) ? undefined : initial;
  const stmts: KernelStmt[] = [];
  for (const { nest, when } of phases) {
    if (nest === undefined) continue;
    const update = asUpdate(nest.store, (e) => ctx.space.text(e));
    const code = update === undefined ? undefined : emitNest(ctx, nest, update, start);
    if (code === undefined) return undefined;
    if (start !== undefined && !code.usedInitial) return emitPhases(ctx, phases, undefined);
    stmts.push(...(when === undefined ? code.stmts : [{ kind: 'if', cond: when, body: code.stmts } as const]));
  }
  return { stmts, usedInitial: start !== undefined };
}

function emitNest(ctx: BuildContext, nest: Nest, update: Update, initial: number | undefined): ReduceCode | undefined {
  const tile = tileFor(ctx, nest, update, initial !== undefined);
  const row = emitRow(ctx, nest, update, initial, tile.laneLoop === undefined ? 0 : tile.rate);
  if (row !== undefined) return row;
  const start = initial !== undefined && tile.coversReduction ? initial : undefined;
  const stmts = emitTile(ctx, nest, update, tile, start);
  return stmts === undefined ? undefined : { stmts, usedInitial: start !== undefined };
}

function tileFor(ctx: BuildContext, nest: Nest, update: Update, initKnown: boolean): Tile {
  const { store, loops } = nest;
  const loads: Linear[] = [];
  visitExpr(update.source, (e) => {
    if (e.kind === 'load' && e.indices.every(isIndex)) loads.push(ctx.storage.flat(e.buffer, e.indices));
  });
  const vectorizable = (loop: Loop, cuts: readonly Cut[]): boolean => cuts.every((cut) => {
    if (cut.lanes === 1) return true;
    const lane = variable('lane');
    ctx.space.declare(lane, cut.lanes);
    const lanes = { var: lane, count: cut.lanes };
    const outer = outerOf(ctx, loop, cut);
    return (outer === undefined ? cut.offsets : cut.offsets.slice(0, 1)).every((offset) => {
      const by = new Map([[loop.var, splitIndex(outer, cut.step, offset, lane)]]);
      return valueOf(ctx, substitute(update.source, by), lanes) !== undefined
        && address(ctx, store.buffer, store.indices.map((i) => substitute(i, by)), lanes)?.stride === 1;
    });
  });
  const floats = store.buffer.dtype === 'float32' && ctx.unit !== undefined;
  return chooseTile({
    loops, store: ctx.storage.flat(store.buffer, store.indices), loads, initKnown,
    unit: ctx.unit ?? { bytes: 0, registers: 8 },
    elementBytes: dtypeBytes(store.buffer.dtype),
    vectorizable: floats ? vectorizable : () => false,
    uneven: ctx.unit !== undefined,
    unrollLimit: ctx.unit === undefined ? 1 : Math.max(24, Math.min(nest.autoUnroll, 96)),
  });
}

/** outer * factor + offset (+ lane). */
function splitIndex(outer: Var | undefined, factor: number, offset: number, lane: Var | undefined): Expr {
  let e: Expr | undefined = outer === undefined ? undefined : factor === 1 ? outer : binary('mul', outer, int(factor));
  if (offset !== 0 || (e === undefined && lane === undefined)) e = e === undefined ? int(offset) : binary('add', e, int(offset));
  if (lane !== undefined) e = e === undefined ? lane : binary('add', e, lane);
  return e ?? int(offset);
}

/** The variable that counts the tiles of a cut; undefined where there is one tile only. */
function outerOf(ctx: BuildContext, loop: Loop, cut: Cut): Var | undefined {
  if (cut.count === 1) return undefined;
  const outer = variable(`${loop.var.name}_t`);
  ctx.space.declare(outer, cut.count);
  return outer;
}

/** One loop inside a tile: the values that it takes there. */
interface Axis { readonly loop: Loop; readonly cut: Cut; readonly outer: Var | undefined }

function emitTile(ctx: BuildContext, nest: Nest, update: Update, tile: Tile, initial: number | undefined): KernelStmt[] | undefined {
  const { loops } = nest;
  const tiled = loops.flatMap((loop, i) => (i >= tile.regionStart && !tile.isReduce[i] ? [{ loop, cuts: tile.cuts[i] ?? [] }] : []));
  /** All tiles of the loops from the k-th on, one nest for each way to cut them. */
  const tilesFrom = (k: number, axes: readonly Axis[]): KernelStmt[] | undefined => {
    const at = tiled[k];
    if (at === undefined) return oneTile(ctx, nest, update, tile, axes, initial);
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
function oneTile(ctx: BuildContext, nest: Nest, update: Update, tile: Tile, axes: readonly Axis[], initial: number | undefined): KernelStmt[] | undefined {
  const { store, loops } = nest;
  const count = axes.reduce((n, axis) => Math.max(n, axis.cut.lanes), 1);
  const lanes: Lanes | undefined = count === 1 ? undefined : { var: variable('lane'), count };
  if (lanes) ctx.space.declare(lanes.var, lanes.count);
  const reduceLoops: Loop[] = [];
  const unrolledLoops: Loop[] = [];
  loops.forEach((loop, i) => {
    if (i >= tile.regionStart && tile.isReduce[i]) (tile.unrolled.includes(i) ? unrolledLoops : reduceLoops).push(loop);
  });
  const instances = tileInstances(axes, lanes);
  const stored = store.buffer.dtype;
  const dtype = initial !== undefined && needsDouble(ctx, nest, update, tile) ? 'float64' : stored;
  const accumulators: { register: Register; index: Linear; by: Map<Var, Expr> }[] = [];
  const body: KernelStmt[] = [];
  for (const by of instances) {
    const at = address(ctx, store.buffer, store.indices.map((i) => substitute(i, by)), lanes);
    if (at === undefined) return undefined;
    const register = ctx.registers.create(count, dtype);
    const value: Value = initial !== undefined
      ? { kind: 'const', value: initial, lanes: count, dtype }
      : { kind: 'load', buffer: store.buffer, index: at.index, lanes: count, stride: 1 };
    body.push({ kind: 'let', register, value });
    accumulators.push({ register, index: at.index, by });
  }
  const block = new Block(ctx.registers, ctx.space);
  for (const reduceBy of unrolledInstances(unrolledLoops)) {
    for (const { register, by } of accumulators) {
      const source = valueOf(ctx, substitute(substitute(update.source, by), reduceBy), lanes);
      if (source === undefined) return undefined;
      block.stmts.push({ kind: 'set', register, value: accumulate(update, register, dtype === stored ? block.hoistLoads(source) : { kind: 'cast', a: block.hoistLoads(source), lanes: count, dtype }) });
    }
  }
  body.push(...ctx.wrap(reduceLoops, [...prefetches(ctx, reduceLoops.at(-1), block.stmts), ...block.stmts]));
  for (const { register, index } of accumulators) {
    const value: Value = { kind: 'register', register };
    body.push({ kind: 'store', buffer: store.buffer, index, value: dtype === stored ? value : { kind: 'cast', a: value, lanes: count, dtype: stored }, lanes: count });
  }
  return body;
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

function unrolledInstances(loops: readonly Loop[]): Map<Var, Expr>[] {
  let instances: Map<Var, Expr>[] = [new Map()];
  for (const loop of loops) {
    instances = instances.flatMap((by) => Array.from({ length: loop.extent }, (_, i) => new Map(by).set(loop.var, int(i))));
  }
  return instances;
}
