/** Predicates on the stages of a state (spec sketch-rules, section 1; TVM: search_policy/utils). */
import { consumers, elementwiseMatch, producers } from '../dag/access.js';
import { attachmentOf } from '../schedule/attachments.js';
import type { Iterator, Stage, State } from '../schedule/state.js';
import { insertedStage } from '../schedule/stage-ids.js';
import type { StepKind } from '../schedule/step.js';
import type { SketchContext } from './context.js';
import { stageOf } from './transform.js';

export function isPlaceholder(stage: Stage): boolean {
  return stage.op.kind === 'placeholder';
}

/** Has loops of its own: neither an input nor inlined. */
export function isComputed(stage: Stage): boolean {
  return stage.op.kind === 'compute' && stage.computeAt !== 'inlined';
}

export function isTiled(stage: Stage): boolean {
  return stage.op.kind === 'compute' && stage.iters.length !== stage.op.axes.length + stage.op.reduceAxes.length;
}

export function hasReduceIter(stage: Stage): boolean {
  return stage.iters.some((it) => it.kind !== 'spatial');
}

export function hasAnnotated(stage: Stage, annotation: Iterator['annotation']): boolean {
  return stage.iters.some((it) => it.annotation === annotation);
}

export function needsTiling(ctx: SketchContext, state: State, id: number): boolean {
  return (ctx.access(state.dag).ops[id]?.needsMultiLevelTiling ?? false) && !takesTilesOfProducer(ctx, state, id);
}

/**
 * A last stage that reads several vectors per channel (bias, scale, shift) counts as one that reads its inputs many times. Where the stage
 * before it can give it its tiles (MultiLevelTilingWithFusion) it is not tiled by itself: the original stops with an error there. What will be
 * inlined may stand between the two (the scaled scores of a masked attention).
 */
function takesTilesOfProducer(ctx: SketchContext, state: State, id: number): boolean {
  if (hasReduceIter(stageOf(state, id))) return false;
  const { ops } = ctx.access(state.dag);
  return producersOf(ctx, state, id).some((producer) => {
    const between = stageOf(state, producer);
    if (singleElementwiseConsumer(ctx, state, producer) !== id) return false;
    if (hasReduceIter(between)) return ops[producer]?.needsMultiLevelTiling ?? false;
    return isAlwaysInlined(ctx, state, producer) && takesTilesOfProducer(ctx, state, producer);
  });
}

/** Was stage `id` made by a step of this kind (as the cache, or the stage of partial results)? */
export function isMadeBy(state: State, id: number, kind: StepKind): boolean {
  let then = id;
  for (let i = state.steps.length - 1; i >= 0; i--) {
    const step = state.steps[i];
    if (step === undefined) continue;
    const at = insertedStage(step);
    if (at === undefined) continue;
    if (step.kind === kind && at === then) return true;
    if (then > step.stage) then--;
  }
  return false;
}

/** A reduction loop of the stage, or of a stage attached to it, runs over threads. */
export function hasCrossThreadReduction(state: State, id: number): boolean {
  const own = (stage: number): boolean => stageOf(state, stage).iters.some((it) => it.kind === 'reduction' && it.annotation === 'threadIdx.x');
  return own(id) || state.attachments.some((a) => a.target === id && own(a.stage));
}

function isInlined(state: State): (id: number) => boolean {
  return (id) => stageOf(state, id).computeAt === 'inlined';
}

/** Stages that read stage `id`, ascending; an inlined reader is replaced by its own readers. */
export function consumersOf(ctx: SketchContext, state: State, id: number): readonly number[] {
  return consumers(ctx.access(state.dag), id, isInlined(state));
}

/** Stages that stage `id` reads, ascending; an inlined one is replaced by what it reads. */
export function producersOf(ctx: SketchContext, state: State, id: number): readonly number[] {
  return producers(ctx.access(state.dag), id, isInlined(state));
}

/** Does stage `reader` itself (not by way of an inlined stage) read stage `id`? */
export function readsDirectly(ctx: SketchContext, state: State, reader: number, id: number): boolean {
  return ctx.access(state.dag).ops[reader]?.reads.has(id) ?? false;
}

/** The one consumer; of several the root stage in which all of them are computed. Undefined if there is none such. */
export function singleConsumer(ctx: SketchContext, state: State, id: number): number | undefined {
  const readers = consumersOf(ctx, state, id);
  if (readers.length <= 1) return readers[0];
  let common: number | undefined;
  for (const consumer of readers) {
    const stage = stageOf(state, consumer);
    const root = stage.computeAt === 'root' ? consumer : attachmentOf(state, consumer)?.target;
    if (root === undefined || (common !== undefined && common !== root)) return undefined;
    common = root;
  }
  return common;
}

/** The only consumer, if it goes over the stage's elements one by one, so that the two can share tiles. */
export function singleElementwiseConsumer(ctx: SketchContext, state: State, id: number): number | undefined {
  const readers = consumersOf(ctx, state, id);
  const consumer = readers[0];
  if (consumer === undefined || readers.length !== 1) return undefined;
  const stage = stageOf(state, id);
  const target = stageOf(state, consumer);
  if (hasReduceIter(stage) && hasReduceIter(target)) return undefined;
  if (target.op.name.endsWith('.shared')) return undefined;
  return elementwiseMatch(ctx.access(state.dag), id, consumer) ? consumer : undefined;
}

/** Would AlwaysInline inline it? On a CPU only what costs next to nothing to compute again; on a GPU everything that can be. */
export function isAlwaysInlined(ctx: SketchContext, state: State, id: number): boolean {
  const stage = stageOf(state, id);
  const access = ctx.access(state.dag).ops[id];
  if (access === undefined || isPlaceholder(stage) || access.isOutput || hasReduceIter(stage)) return false;
  return ctx.gpu || access.strictlyInlineable;
}

/** Products of the extents of the root axes. */
export function axisProducts(stage: Stage): { readonly spatial: number; readonly reduce: number } {
  if (stage.op.kind === 'placeholder') return { spatial: 1, reduce: 1 };
  return {
    spatial: stage.op.axes.reduce((n, axis) => n * axis.extent, 1),
    reduce: stage.op.reduceAxes.reduce((n, axis) => n * axis.extent, 1),
  };
}

/** Indices of all splits (SP) made on stage `id`, newest first, whether or not its axes were made anew since. */
export function splitStepsOf(state: State, id: number): number[] {
  const found: number[] = [];
  let then = id;
  for (let i = state.steps.length - 1; i >= 0; i--) {
    const step = state.steps[i];
    if (step === undefined) continue;
    if (step.kind === 'SP' && step.stage === then) found.push(i);
    if (insertedStage(step) !== undefined && then > step.stage) then--;
  }
  return found;
}
