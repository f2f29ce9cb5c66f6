/**
 * InlinePadding (of our own; default schedules and their variants only): a padded tensor that a reduction reads in windows, each element by as many
 * outputs only as windows overlap (depthwise convolutions, pools), is not made: that would be a second pass through memory for a few operations per element.
 *   before: pad = inside ? x : 0    out += pad[y + r, c] * w[r, c]      after: out += (inside ? x[y + r - 1, c] : 0) * w[r, c]
 * The code generator leaves out the terms outside (target/kernel/guard.ts).
 */
import type { ComputeOp } from '../../dag/op.js';
import { choiceOf } from '../../ir/choice.js';
import { visitExpr } from '../../ir/walk.js';
import type { State } from '../../schedule/state.js';
import type { SketchContext } from '../context.js';
import type { SketchRule } from '../rule.js';
import { consumersOf, hasReduceIter, readsDirectly } from '../stage-facts.js';
import { computeInline, stageOf } from '../transform.js';

/** Is `op` a tensor's elements where a condition on places holds, and a number elsewhere? */
function isPadding(op: ComputeOp): boolean {
  const { body } = op;
  if (body.kind !== 'expr') return false;
  const choice = choiceOf(body.value);
  return choice?.then.kind === 'load' && choice.otherwise.kind === 'float';
}

/** Does every spatial axis of `op` move the only read of `pad`, the last one along contiguous elements? */
function slidesOver(op: ComputeOp, pad: ComputeOp): boolean {
  const lane = op.axes.filter((axis) => axis.extent > 1).at(-1);
  if (op.body.kind !== 'reduce' || lane === undefined) return false;
  let loads = 0;
  let fits = true;
  visitExpr(op.body.source, (e) => {
    if (e.kind !== 'load' || e.buffer !== pad.output) return;
    loads++;
    const used = new Set<unknown>();
    for (const index of e.indices) visitExpr(index, (x) => used.add(x));
    if (e.indices.at(-1) !== lane.var || op.axes.some((axis) => axis.extent > 1 && !used.has(axis.var))) fits = false;
  });
  return loads === 1 && fits;
}

function readerOf(ctx: SketchContext, state: State, id: number): ComputeOp | undefined {
  const [reader, other] = consumersOf(ctx, state, id);
  if (ctx.gpu || reader === undefined || other !== undefined || !readsDirectly(ctx, state, reader, id)) return undefined;
  const stage = stageOf(state, reader);
  return stage.op.kind === 'compute' && hasReduceIter(stage) ? stage.op : undefined;
}

export const inlinePadding: SketchRule = {
  name: 'InlinePadding',
  condition(ctx, state, stage) {
    const { op } = stageOf(state, stage);
    const reader = readerOf(ctx, state, stage);
    return op.kind === 'compute' && reader !== undefined && isPadding(op) && slidesOver(reader, op) ? 'only' : 'skip';
  },
  apply: (_ctx, state, stage) => [{ state: computeInline(state, stage), stage: stage - 1 }],
};
