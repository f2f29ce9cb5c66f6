/**
 * A good schedule without measuring and without a model (level -O0), for CPU tasks: of the sketches the one that keeps sums in
 * registers until they are final, tiles of the size of the register file, weights in blocks that a cache holds, stages inside the
 * rows of their consumers, outer loops in parallel. Everything follows from extents and the machine's numbers.
 * Register tiles: Goto and van de Geijn 2008; what inlines, tiles and fuses: the sketch rules.
 */
import { commonOuterAxes } from '../dag/access.js';
import type { ComputeOp } from '../dag/op.js';
import { zeroGrids } from '../dag/zero-grid.js';
import { dtypeBytes } from '../ir/dtype.js';
import { visitExpr } from '../ir/walk.js';
import { replay, applyStep, withSteps } from '../schedule/apply.js';
import { attachmentOf, hasAttached } from '../schedule/attachments.js';
import { initialState } from '../schedule/initial.js';
import type { State } from '../schedule/state.js';
import { finalStageId } from '../schedule/stage-ids.js';
import type { TransformStep } from '../schedule/step.js';
import { createSketchContext, type SketchContext } from './context.js';
import { sketchesOf } from './generate.js';
import { parallelRoots } from './population/parallel.js';
import { unrollPragma } from './population/unroll.js';
import { DEFAULT_SKETCH_PARAMS } from './params.js';
import { dotProduct, isDotProduct } from './rules/dot-product.js';
import { fuseActivation } from './rules/fuse-activation.js';
import { inlinePadding } from './rules/inline-padding.js';
import { inlineSpread } from './rules/inline-spread.js';
import { hasPanel, inlinePermutation, packOperand } from './rules/pack-operand.js';
import { withLaneLoops } from './lane-loops.js';
import { dotTile, needsNoPanels, lanesAlongReduction, panelTile, registerTile, type RegisterFileSize } from './register-tile.js';
import { settle, unlessIllegal } from './settle.js';
import { hasReduceIter, isComputed, isMadeBy, isTiled, needsTiling, singleConsumer } from './stage-facts.js';
import type { SketchTask } from './task.js';
import { thinned } from './thinned.js';
import { annotate, computeAt, extentOf, stageOf } from './transform.js';

export interface DefaultScheduleOptions extends RegisterFileSize {
  /** Bytes of the second-level cache that a block of weights may fill. */
  readonly cacheBytes: number;
}

/** AVX2. */
export const DEFAULT_MACHINE: DefaultScheduleOptions = Object.freeze({ vectorBytes: 32, registers: 16, cacheBytes: 256 * 1024 });

/** Rules of our own, beside the original's. */
const OWN_RULES = [dotProduct, packOperand, inlinePermutation, inlineSpread, inlinePadding, fuseActivation];
const UNROLL = 64;
/** Parallel iterations per core that are enough to keep all cores busy to the end. */
const TASKS_PER_CORE = 4;

/** Does the last index of some load move with the last reduction axis, so that lanes should run along it? */
function readsAlongReduction(op: ComputeOp): boolean {
  const axis = op.reduceAxes.filter((candidate) => candidate.extent > 1).at(-1);
  if (axis === undefined || op.body.kind !== 'reduce') return false;
  let along = false;
  visitExpr(op.body.source, (e) => {
    if (e.kind === 'load' && e.indices.at(-1) === axis.var) along = true;
  });
  return along;
}

/** The task's operation whose reduction step `at` (RF) factors. */
function factoredOp(ctx: SketchContext, sketch: State, at: number): ComputeOp | undefined {
  const step = sketch.steps[at];
  const name = step === undefined ? undefined : sketch.stages[finalStageId(sketch.steps, step.stage, at + 1)]?.op.name.replace(/\.rf$/, '');
  const op = ctx.task.dag.ops.find((candidate) => candidate.name === name);
  return op?.kind === 'compute' ? op : undefined;
}

/** Rank of a sketch: the higher the better. */
function rank(ctx: SketchContext, sketch: State): number {
  let points = 0;
  sketch.stages.forEach((stage, id) => {
    if (stage.op.kind !== 'compute' || stage.computeAt === 'inlined') return;
    if (!needsTiling(ctx, sketch, id) || !isTiled(stage)) return;
    if (stage.op.reduceAxes.length === 0) points -= 3;
    const at = sketch.attachments.find((a) => a.stage === id);
    if (at === undefined) return;
    const axes = stage.op.axes.length;
    points += at.iter === 2 * axes - 1 ? 4 : 2;
  });
  sketch.steps.forEach((step, i) => {
    if (step.kind !== 'RF') return;
    const before = sketch.steps[i - 1];
    const inner = before?.kind === 'SP' && step.iter === before.iter + 1;
    const op = factoredOp(ctx, sketch, i);
    points += inner && op !== undefined && readsAlongReduction(op) ? 3 : -9;
  });
  return points;
}

/** What the rules assume of the machine. `panels`: blocks of the lane operand are kept in the first-level cache where they do not fit it whole; `otherwise`: where they do. */
interface Assumed extends DefaultScheduleOptions { readonly panels?: 'otherwise' }

/** The steps with all open lengths filled in. */
function filled(ctx: SketchContext, sketch: State, machine: Assumed): TransformStep[] {
  const tileOf = new Map<number, (number | null)[]>();
  const tasks = TASKS_PER_CORE * ctx.task.hardware.numCores;
  const zeros = zeroGrids(ctx.task.dag);
  const constants = new Set(ctx.task.dag.ops.flatMap((op) => (op.kind === 'placeholder' && op.constant ? [op.output] : [])));
  sketch.stages.forEach((stage, id) => {
    if (stage.op.kind !== 'compute') return;
    const op = stage.op;
    const splits = sketch.steps.flatMap((step, i) =>
      step.kind === 'SP' && step.lengths.length === 3 && finalStageId(sketch.steps, step.stage, i) === id ? [i] : []);
    if (splits.length !== op.axes.length) return;
    const divisors = (n: number): readonly number[] => ctx.tiles.divisors(n);
    const depths = sketch.steps.flatMap((step, i) => (step.kind === 'SP' && step.lengths.length === 1 && finalStageId(sketch.steps, step.stage, i) === id ? [i] : []));
    if (lanesAlongReduction(op, (buffer) => constants.has(buffer)) && depths.length === op.reduceAxes.length) {
      const outputs = dotTile(op, machine, divisors);
      splits.forEach((at, axis) => tileOf.set(at, [1, outputs[axis] ?? 1, 1]));
      depths.forEach((at, axis) => tileOf.set(at, [op.reduceAxes[axis]?.extent ?? 1]));
      return;
    }
    const thin = thinned(op, zeros);
    const tiles = registerTile(thin.op, machine, ctx.task.hardware.numCores, tasks, machine.cacheBytes, divisors);
    const registers = thin.steps.map((step, axis) => step * (tiles.registers[axis] ?? 1));
    if (!hasPanel(sketch, id) && needsNoPanels(thin.op, tiles, machine, machine.cacheBytes) !== (machine.panels === 'otherwise')) {
      splits.forEach((at, axis) => tileOf.set(at, [tiles.block[axis] ?? 1, 1, registers[axis] ?? 1]));
      return;
    }
    const panel = panelTile(thin.op, tiles, machine.cacheBytes, divisors);
    splits.forEach((at, axis) => tileOf.set(at, [panel.outside[axis] ?? 1, panel.inside[axis] ?? 1, registers[axis] ?? 1]));
    if (depths.length === op.reduceAxes.length) depths.forEach((at, axis) => tileOf.set(at, [(panel.depth[axis] ?? 1) * (thin.taps[axis] ?? 1)]));
  });
  const lanes = machine.vectorBytes / 4;
  return sketch.steps.map((step, i): TransformStep => {
    if (step.kind !== 'SP' || !step.lengths.includes(null)) return step;
    const tile = tileOf.get(i);
    if (tile !== undefined) return { ...step, lengths: tile };
    // The part of a factored reduction that becomes lanes; the tiles of a transform by constant matrices; inner reductions.
    // Dot products have other sums at the same time to fill the pipeline; a lone sum needs several vectors.
    const op = sketch.steps[i + 1]?.kind === 'RF' ? factoredOp(ctx, sketch, i + 1) : undefined;
    const most = op !== undefined ? (isDotProduct(ctx.task.dag, op) ? lanes : 4 * lanes) : step.lengths.length === 1 && isSpatialSplit(sketch, i) ? lanes : 1;
    const length = ctx.tiles.divisors(step.extent).filter((d) => d <= most).at(-1) ?? 1;
    return { ...step, lengths: step.lengths.map((_, k) => (k === step.lengths.length - 1 ? length : 1)) };
  });
}

/** Is the loop that step `at` splits a spatial one? */
function isSpatialSplit(sketch: State, at: number): boolean {
  const step = sketch.steps[at];
  if (step?.kind !== 'SP') return false;
  const before = replay(sketch.initialDag, sketch.steps.slice(0, at).map((s): TransformStep => (s.kind === 'SP' ? { ...s, lengths: s.lengths.map((l) => l ?? 1) } : s)));
  return stageOf(before, step.stage).iters[step.iter]?.kind === 'spatial';
}

/**
 * The loop of `target`, which is computed at root, in which stage `id` may be computed: enough parallel work is left around it, and
 * what it holds of the stage fits in `bytes`, if any loop does.
 */
function sharedLoop(ctx: SketchContext, state: State, id: number, target: number, bytes: number, laned: ReadonlySet<number>): number | undefined {
  const enough = TASKS_PER_CORE * ctx.task.hardware.numCores;
  const consumer = stageOf(state, target);
  if ((isTiled(consumer) && !laned.has(target)) || consumer.computeAt !== 'root') return undefined;
  const common = commonOuterAxes(ctx.access(state.dag), id, target);
  const { output } = stageOf(state, id).op;
  const held = (loop: number): number => output.shape.slice(loop + 1).reduce((n, extent) => n * extent, dtypeBytes(output.dtype));
  let degree = 1;
  let found: number | undefined;
  for (let i = 0; i < common; i++) {
    degree *= extentOf(consumer.iters[i]);
    if (degree >= enough) found = i;
    if (hasAttached(state, target, i)) return i;
    if (found !== undefined && held(found) <= bytes) break;
  }
  // The loop around the lanes.
  return found ?? (laned.has(target) && common === stageOf(state, target).iters.length - 1 ? common - 1 : undefined);
}

/**
 * Stages that are not tiled move into the outer loops that they share with their consumer, or with the stage in whose loops that is
 * computed. From the last stage to the first, so that whole chains (softmax) end up in one row.
 */
function withLocations(ctx: SketchContext, state: State, machine: DefaultScheduleOptions): State {
  const { state: laned, stages } = withLaneLoops(ctx, state, TASKS_PER_CORE * ctx.task.hardware.numCores, machine.vectorBytes);
  let now = laned;
  for (let id = state.stages.length - 1; id >= 0; id--) {
    const stage = stageOf(now, id);
    if (!isComputed(stage) || isTiled(stage) || stage.computeAt !== 'root') continue;
    if (needsTiling(ctx, now, id) && !isMadeBy(now, id, 'RF')) continue;
    const consumer = singleConsumer(ctx, now, id);
    if (consumer === undefined) continue;
    const target = attachmentOf(now, consumer)?.target ?? consumer;
    const loop = sharedLoop(ctx, now, id, target, machine.cacheBytes / 8, stages);
    if (loop === undefined) continue;
    const before = now;
    now = unlessIllegal(() => {
      const moved = computeAt(before, id, target, loop);
      settle(moved);
      return moved;
    }) ?? before;
  }
  return now;
}

/** Innermost spatial loops that lanes can run along, and the limit up to which reductions are unrolled. */
function withAnnotations(ctx: SketchContext, state: State, machine: DefaultScheduleOptions): State {
  let now = parallelRoots(state, TASKS_PER_CORE * ctx.task.hardware.numCores - 1);
  for (let id = 0; id < state.stages.length; id++) {
    const stage = stageOf(now, id);
    if (!isComputed(stage)) continue;
    if (hasReduceIter(stage)) now = applyStep(now, { kind: 'PR', stage: id, iter: 0, pragma: unrollPragma(UNROLL) });
    const last = stage.iters.length - 1;
    const inner = stage.iters[last];
    const extent = extentOf(inner);
    const most = (4 * machine.vectorBytes) / dtypeBytes(stage.op.output.dtype);
    if (inner?.kind === 'spatial' && inner.annotation === 'none' && extent > 1 && extent <= most && !hasAttached(now, id, last)) now = annotate(now, id, last, 'vectorize');
  }
  return now;
}

/** The state of a sketch by the default rules; undefined where they do not fit it. */
function completed(ctx: SketchContext, sketch: State, machine: Assumed): State | undefined {
  return unlessIllegal(() => {
    const tiled = settle(withSteps(sketch, filled(ctx, sketch, machine)));
    return settle(withAnnotations(ctx, settle(withLocations(ctx, tiled, machine)), machine));
  });
}

/** Sketches, the most promising first. */
function rankedSketches(ctx: SketchContext): State[] {
  return sketchesOf(ctx).map((sketch) => ({ sketch, points: rank(ctx, sketch) })).sort((a, b) => b.points - a.points).map(({ sketch }) => sketch);
}

/** A bound, complete state for any CPU task. The same for the same task and machine. */
export function defaultSchedule(task: SketchTask, machine: DefaultScheduleOptions = DEFAULT_MACHINE): State {
  const ctx = createSketchContext(task, { ...DEFAULT_SKETCH_PARAMS, customRules: OWN_RULES });
  for (const sketch of rankedSketches(ctx)) {
    const state = completed(ctx, sketch, machine);
    if (state !== undefined) return state;
  }
  return settle(initialState(task.dag));
}

/** Parts of the register file and multiples of the cache that a variant assumes. */
const VARIANTS: readonly (readonly [registers: number, cache: number, panels?: 'otherwise'])[] = [[1, 1], [1, 1, 'otherwise'], [1, 4], [0.75, 1], [1, 0.25], [0.5, 1], [0.75, 4], [0.5, 0.25]];

/**
 * Further states by the same rules, distinct and other than the default: with smaller register tiles, larger and smaller blocks, of the two best sketches.
 * They are good starts for a search that measures.
 */
export function defaultVariants(task: SketchTask, machine: DefaultScheduleOptions, most: number): State[] {
  const ctx = createSketchContext(task, { ...DEFAULT_SKETCH_PARAMS, customRules: OWN_RULES });
  const sketches = rankedSketches(ctx).slice(0, 2);
  const seen = new Set([JSON.stringify(defaultSchedule(task, machine).steps)]);
  const found: State[] = [];
  const assumed = VARIANTS.map(([registers, cache, panels]): Assumed => ({
    ...machine, registers: Math.max(4, Math.round(machine.registers * registers)), cacheBytes: machine.cacheBytes * cache, ...(panels === undefined ? {} : { panels }),
  }));
  for (const options of assumed) {
    for (const sketch of sketches) {
      const state = found.length < most ? completed(ctx, sketch, options) : undefined;
      const text = JSON.stringify(state?.steps);
      if (state === undefined || seen.has(text)) continue;
      seen.add(text);
      found.push(state);
    }
  }
  return found;
}
