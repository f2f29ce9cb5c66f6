/** CI: computes a stage's elements where they are read, without storage. */
import { detached, hasAttached } from '../attachments.js';
import { ScheduleError, type ComputeInlineStep } from '../step.js';
import type { StepDefinition } from './definition.js';
import { SCALE_RELU } from './example-operators.js';
import { readFields } from './fields.js';
import { computeStageAt, nextState, stageName, withStage } from './parts.js';

const FIELDS = ['stage'];

export const computeInlineStep: StepDefinition<ComputeInlineStep> = {
  kind: 'CI',
  title: 'compute inline',
  fields: FIELDS,
  summary: 'Computes the elements of a stage where they are read, so that it needs no loops and no storage. Not for reductions and outputs.',
  apply(state, step) {
    const { stage, op } = computeStageAt(state, 'CI', step.stage);
    if (op.body.kind === 'reduce') throw new ScheduleError('CI', `${op.name} is a reduction, which cannot be computed where it is read`);
    if (state.dag.outputs.includes(op.output)) throw new ScheduleError('CI', `${op.name} is an output, which must be stored`);
    if (hasAttached(state, step.stage)) throw new ScheduleError('CI', `a stage is computed at a loop of ${op.name}`);
    const inlined = { op, iters: stage.iters, computeAt: 'inlined' as const, autoUnrollMaxStep: stage.autoUnrollMaxStep, storageOffset: stage.storageOffset };
    return nextState(state, step, withStage(state.stages, step.stage, inlined), detached(state.attachments, step.stage));
  },
  print: (state, step, ctx) => ctx.t('compute {stage} where it is read', { stage: stageName(state, step.stage) }),
  toRecord: (step) => ['CI', step.stage],
  fromRecord: (record) => readFields(record, FIELDS, (f) => ({ kind: 'CI', stage: f.int(1) })),
  example: {
    tc: SCALE_RELU,
    prior: [],
    step: ['CI', 1],
    before: 'Placeholder: A\nfor i (0,512)\n  for j (0,512)\n    B = ...\nfor i (0,512)\n  for j (0,512)\n    C = ...\n',
    after: 'Placeholder: A\nfor i (0,512)\n  for j (0,512)\n    C = ...\n',
  },
};
