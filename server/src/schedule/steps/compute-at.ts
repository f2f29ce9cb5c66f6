/** CA: computes a stage inside a loop of one of its readers. */
import { attachmentOf, detached } from '../attachments.js';
import { ScheduleError, type ComputeAtStep } from '../step.js';
import type { StepDefinition } from './definition.js';
import { MATMUL_RELU } from './example-operators.js';
import { readFields } from './fields.js';
import { computeStageAt, iterAt, iterName, nextState, stageAt, stageName, withStage, withoutRanges } from './parts.js';

const FIELDS = ['stage', 'target stage', 'target iterator'];

export const computeAtStep: StepDefinition<ComputeAtStep> = {
  kind: 'CA',
  title: 'compute at',
  fields: FIELDS,
  summary: 'Moves the computation of a stage into a loop of a stage that reads it; only what that loop needs is computed there. Its ranges are unknown until bounds are inferred.',
  apply(state, step) {
    const { stage } = computeStageAt(state, 'CA', step.stage);
    const target = stageAt(state, 'CA', step.target);
    iterAt(target, 'CA', step.targetIter);
    for (let at: number | undefined = step.target; at !== undefined; at = attachmentOf(state, at)?.target) {
      if (at === step.stage) throw new ScheduleError('CA', `${stage.op.name} cannot be computed inside itself`);
    }
    const moved = { op: stage.op, iters: withoutRanges(stage.iters), computeAt: 'iter' as const, autoUnrollMaxStep: stage.autoUnrollMaxStep, storageOffset: stage.storageOffset };
    const attachments = [...detached(state.attachments, step.stage), { stage: step.stage, target: step.target, iter: step.targetIter }];
    return nextState(state, step, withStage(state.stages, step.stage, moved), attachments);
  },
  print: (state, step, ctx) =>
    ctx.t('compute {stage} at iterator {iterator} of {target}', {
      stage: stageName(state, step.stage), iterator: iterName(state, step.target, step.targetIter), target: stageName(state, step.target),
    }),
  toRecord: (step) => ['CA', step.stage, step.target, step.targetIter],
  fromRecord: (record) => readFields(record, FIELDS, (f) => ({ kind: 'CA', stage: f.int(1), target: f.int(2), targetIter: f.int(3) })),
  example: {
    tc: MATMUL_RELU,
    prior: [],
    step: ['CA', 2, 3, 0],
    before: 'Placeholder: A, B\nfor i (0,512)\n  for j (0,512)\n    for k (0,512)\n      C = ...\nfor i (0,512)\n  for j (0,512)\n    D = ...\n',
    after: 'Placeholder: A, B\nfor i (0,512)\n  for i (None)\n    for j (None)\n      for k (None)\n        C = ...\n  for j (0,512)\n    D = ...\n',
  },
};
