/** SA: pads the rows of a stage's storage, against bank conflicts. */
import type { StorageAlignStep } from '../step.js';
import type { StepDefinition } from './definition.js';
import { MATMUL } from './example-operators.js';
import { readFields } from './fields.js';
import { computeStageAt, iterAt, iterName, nextState, stageName, withStage } from './parts.js';

const FIELDS = ['stage', 'iterator', 'factor', 'offset'];

export const storageAlignStep: StepDefinition<StorageAlignStep> = {
  kind: 'SA',
  title: 'align storage',
  fields: FIELDS,
  summary: 'Pads the storage of a stage so that the stride of one axis is a multiple of factor, plus offset.',
  apply(state, step) {
    const { stage } = computeStageAt(state, 'SA', step.stage);
    iterAt(stage, 'SA', step.iter);
    const aligned = { op: stage.op, iters: stage.iters, computeAt: stage.computeAt, autoUnrollMaxStep: stage.autoUnrollMaxStep, storageOffset: step.offset };
    return nextState(state, step, withStage(state.stages, step.stage, aligned));
  },
  print: (state, step, ctx) =>
    ctx.t('align the storage of {stage} at {iterator}: stride a multiple of {factor}, plus {offset}', {
      stage: stageName(state, step.stage), iterator: iterName(state, step.stage, step.iter), factor: step.factor, offset: step.offset,
    }),
  toRecord: (step) => ['SA', step.stage, step.iter, step.factor, step.offset],
  fromRecord: (record) => readFields(record, FIELDS, (f) => ({ kind: 'SA', stage: f.int(1), iter: f.int(2), factor: f.int(3), offset: f.int(4) })),
  example: {
    tc: MATMUL,
    prior: [['CHW', 2, 'shared']],
    step: ['SA', 2, 0, 32, 8],
    before: 'Placeholder: A, B\nfor i_c (0,512)\n  for j_c (0,512)\n    for k (0,512)\n      C.shared = ...\nfor i (0,512)\n  for j (0,512)\n    C = ...\n',
    after:
      'Placeholder: A, B\nC.shared storage_offset: 8\nfor i_c (0,512)\n  for j_c (0,512)\n    for k (0,512)\n      C.shared = ...\nfor i (0,512)\n  for j (0,512)\n    C = ...\n',
  },
};
