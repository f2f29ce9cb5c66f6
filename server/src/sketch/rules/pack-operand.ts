/**
 * PackOperand (of our own; default schedules and their variants only): copies the part of an operand that a block of a reduction reads into
 * a dense panel, so that the innermost loops walk through memory without strides (GotoBLAS: Goto and van de Geijn 2008). An operand that is
 * a cheap stage, such as a transpose, is computed into the panel instead of inlined.
 *   before: for i.0, j.0, k.0 { for i.1, k.1, i.2, j.1 { C += A * B } }
 *   after:  for i.0, j.0, k.0 { for ax0, ax1 { B.local = B }  for i.1, k.1, i.2, j.1 { C += A * B.local } }
 * Constants are left alone: they are packed before the program runs.
 */
import type { ComputeOp } from '../../dag/op.js';
import { visitExpr } from '../../ir/walk.js';
import type { State } from '../../schedule/state.js';
import type { SketchContext } from '../context.js';
import type { SketchRule } from '../rule.js';
import { consumersOf, hasReduceIter, isAlwaysInlined, isTiled, readsDirectly } from '../stage-facts.js';
import { lastOfOutermostReduceTile } from '../tiling.js';
import { cacheRead, computeAt, computeInline, stageOf } from '../transform.js';

/** Is `operand` read once, along the lane axis of `op`, and by several steps of some other axis? */
function isPanel(op: ComputeOp, operand: State['stages'][number]): boolean {
  const lane = op.axes.filter((axis) => axis.extent > 1).at(-1);
  if (op.body.kind !== 'reduce' || lane === undefined) return false;
  const { output } = operand.op;
  let loads = 0;
  let fits = true;
  const used = new Set<unknown>();
  visitExpr(op.body.source, (e) => {
    if (e.kind !== 'load' || e.buffer !== output) return;
    loads++;
    if (e.indices.at(-1) !== lane.var) fits = false;
    for (const index of e.indices) visitExpr(index, (x) => used.add(x));
  });
  return loads === 1 && fits && op.axes.some((axis) => axis.extent > 1 && !used.has(axis.var)) && op.reduceAxes.some((axis) => axis.extent > 1 && used.has(axis.var));
}

/** Only puts elements of one tensor in another order: each index is an axis. */
function isPermutation(op: ComputeOp): boolean {
  const { body } = op;
  if (body.kind !== 'expr' || body.value.kind !== 'load' || op.axes.length !== body.value.indices.length) return false;
  const vars: readonly unknown[] = op.axes.map((axis) => axis.var);
  return body.value.indices.every((index) => vars.includes(index));
}

/** May stage `id` be computed again, or elsewhere, for next to nothing? */
function isCheap(ctx: SketchContext, state: State, id: number): boolean {
  const { op } = stageOf(state, id);
  return op.kind === 'compute' && (isPermutation(op) || isAlwaysInlined(ctx, state, id));
}

/** A copy of an input that a reduction of fewer terms reads pays nothing: its rows are near enough to each other. */
const LEAST_TERMS = 256;

function terms(op: ComputeOp): number {
  return op.reduceAxes.reduce((n, axis) => n * axis.extent, 1);
}

/** The tiled reduction that alone reads stage `id`. */
function tiledReader(ctx: SketchContext, state: State, id: number): number | undefined {
  const [reader, other] = consumersOf(ctx, state, id);
  if (ctx.gpu || reader === undefined || other !== undefined || !readsDirectly(ctx, state, reader, id)) return undefined;
  const stage = stageOf(state, reader);
  return stage.op.kind === 'compute' && hasReduceIter(stage) && isTiled(stage) ? reader : undefined;
}

/** The tiled reduction that reads stage `id` in panels. */
function panelReader(ctx: SketchContext, state: State, id: number): number | undefined {
  const stage = stageOf(state, id);
  const reader = tiledReader(ctx, state, id);
  const { op } = stageOf(state, reader ?? id);
  if (op.kind !== 'compute' || op.output.dtype !== 'float32') return undefined;
  if (stage.op.kind === 'placeholder' ? stage.op.constant || terms(op) < LEAST_TERMS : !isCheap(ctx, state, id)) return undefined;
  return reader !== undefined && isPanel(op, stage) ? reader : undefined;
}

/** Does some stage lie in a panel inside the outermost reduction tile of stage `id`? */
export function hasPanel(state: State, id: number): boolean {
  const at = lastOfOutermostReduceTile(state, id);
  return at !== undefined && state.attachments.some((a) => a.target === id && a.iter === at);
}

export const packOperand: SketchRule = {
  name: 'PackOperand',
  condition: (ctx, state, stage) => (panelReader(ctx, state, stage) === undefined ? 'skip' : 'apply'),
  apply(ctx, state, stage) {
    const reader = panelReader(ctx, state, stage);
    const at = reader === undefined ? undefined : lastOfOutermostReduceTile(state, reader);
    if (reader === undefined || at === undefined) return [];
    const packed = stageOf(state, stage).op.kind === 'placeholder'
      ? computeAt(cacheRead(state, stage, 'local', [reader]), stage + 1, reader + 1, at)
      : computeAt(state, stage, reader, at);
    return [{ state: packed, stage: stage - 1 }];
  },
};

/** Is the tensor that stage `id` permutes contiguous along a reduction of `op`, where `op` reads the stage? */
function alongReduction(op: ComputeOp, permutation: ComputeOp): boolean {
  const { body } = permutation;
  if (op.body.kind !== 'reduce' || body.kind !== 'expr' || body.value.kind !== 'load') return false;
  const last = body.value.indices.at(-1);
  const dimension = permutation.axes.findIndex((axis) => axis.var === last);
  let fits = false;
  visitExpr(op.body.source, (e) => {
    if (e.kind === 'load' && e.buffer === permutation.output) fits = op.reduceAxes.some((axis) => axis.var === e.indices[dimension]);
  });
  return fits;
}

/** A permutation that a reduction reads number by number, along its terms, is not made at all: `A_T[h, i, k]` reads `A[i, h, k]`. */
export const inlinePermutation: SketchRule = {
  name: 'InlinePermutation',
  condition(ctx, state, stage) {
    const { op } = stageOf(state, stage);
    const reader = tiledReader(ctx, state, stage);
    const target = reader === undefined ? undefined : stageOf(state, reader).op;
    return op.kind === 'compute' && target?.kind === 'compute' && isPermutation(op) && !isPanel(target, stageOf(state, stage)) && alongReduction(target, op) ? 'apply' : 'skip';
  },
  apply: (_ctx, state, stage) => [{ state: computeInline(state, stage), stage: stage - 1 }],
};
