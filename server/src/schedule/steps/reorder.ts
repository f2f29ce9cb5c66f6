/** RE: a new order of all loops of a stage. */
import { ScheduleError, type ReorderStep } from '../step.js';
import type { StepDefinition } from './definition.js';
import { MATMUL } from './example-operators.js';
import { readFields } from './fields.js';
import { computeStageAt, iterAt, iterName, nextState, stageName, withIters, withStage } from './parts.js';

const FIELDS = ['stage', 'order'];

export const reorderStep: StepDefinition<ReorderStep> = {
  kind: 'RE',
  title: 'reorder',
  fields: FIELDS,
  summary: 'Puts all loops of a stage into a new order, outermost first. Stages computed at a loop number stay at that number.',
  apply(state, step) {
    const { stage } = computeStageAt(state, 'RE', step.stage);
    const seen = new Set<number>();
    const iters = step.order.map((id) => {
      if (seen.has(id)) throw new ScheduleError('RE', `iterator ${id} of ${stage.op.name} stands twice in the order`);
      seen.add(id);
      return iterAt(stage, 'RE', id);
    });
    if (iters.length !== stage.iters.length) {
      throw new ScheduleError('RE', `the order lists ${iters.length} of the ${stage.iters.length} iterators of ${stage.op.name}`);
    }
    return nextState(state, step, withStage(state.stages, step.stage, withIters(stage, iters)));
  },
  print: (state, step, ctx) =>
    ctx.t('reorder the loops of {stage}: {order}', {
      stage: stageName(state, step.stage),
      order: step.order.map((id) => iterName(state, step.stage, id)).join(', '),
    }),
  toRecord: (step) => ['RE', step.stage, step.order],
  fromRecord: (record) => readFields(record, FIELDS, (f) => ({ kind: 'RE', stage: f.int(1), order: f.ints(2) })),
  example: {
    tc: MATMUL,
    prior: [],
    step: ['RE', 2, [0, 2, 1]],
    before: 'Placeholder: A, B\nfor i (0,512)\n  for j (0,512)\n    for k (0,512)\n      C = ...\n',
    after: 'Placeholder: A, B\nfor i (0,512)\n  for k (0,512)\n    for j (0,512)\n      C = ...\n',
  },
};
