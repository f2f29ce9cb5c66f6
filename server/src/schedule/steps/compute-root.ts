/** CR: computes a stage before the others, in loops of its own. */
import { detached } from '../attachments.js';
import type { ComputeRootStep } from '../step.js';
import type { StepDefinition } from './definition.js';
import { MATMUL_RELU } from './example-operators.js';
import { readFields } from './fields.js';
import { computeStageAt, nextState, stageName, withStage, withoutRanges } from './parts.js';

const FIELDS = ['stage'];

export const computeRootStep: StepDefinition<ComputeRootStep> = {
  kind: 'CR',
  title: 'compute at root',
  fields: FIELDS,
  summary: 'Takes a stage out of the loop it was computed at: it is computed whole, in loops of its own. Its ranges are unknown until bounds are inferred.',
  apply(state, step) {
    const { stage } = computeStageAt(state, 'CR', step.stage);
    const moved = { op: stage.op, iters: withoutRanges(stage.iters), computeAt: 'root' as const, autoUnrollMaxStep: stage.autoUnrollMaxStep, storageOffset: stage.storageOffset };
    return nextState(state, step, withStage(state.stages, step.stage, moved), detached(state.attachments, step.stage));
  },
  print: (state, step, ctx) => ctx.t('compute {stage} whole, in loops of its own', { stage: stageName(state, step.stage) }),
  toRecord: (step) => ['CR', step.stage],
  fromRecord: (record) => readFields(record, FIELDS, (f) => ({ kind: 'CR', stage: f.int(1) })),
  example: {
    tc: MATMUL_RELU,
    prior: [['CA', 2, 3, 0]],
    step: ['CR', 2],
    before: 'Placeholder: A, B\nfor i (0,512)\n  for i (None)\n    for j (None)\n      for k (None)\n        C = ...\n  for j (0,512)\n    D = ...\n',
    after: 'Placeholder: A, B\nfor i (None)\n  for j (None)\n    for k (None)\n      C = ...\nfor i (0,512)\n  for j (0,512)\n    D = ...\n',
  },
};
