/** FFSP: splits a fused loop by the product of lengths of earlier splits, e.g. the number of GPU threads. */
import { followFusedSplitLengths } from '../split-lengths.js';
import type { FollowFusedSplitStep } from '../step.js';
import type { StepDefinition } from './definition.js';
import { MATMUL_RELU } from './example-operators.js';
import { readFields } from './fields.js';
import { computeStageAt, iterWithExtent, stageName } from './parts.js';
import { partsText, splitIterator } from './split-iterator.js';

const FIELDS = ['stage', 'iterator', 'source steps', 'level', 'factor or parts'];

export const followFusedSplitStep: StepDefinition<FollowFusedSplitStep> = {
  kind: 'FFSP',
  title: 'follow fused split',
  fields: FIELDS,
  summary: 'Splits a loop in two. One part is as long as the product of one length of several earlier splits; so the threads that fetch data are those that compute with it.',
  apply(state, step) {
    computeStageAt(state, 'FFSP', step.stage);
    return splitIterator(state, step, step.stage, step.iter, followFusedSplitLengths(state.steps, step), step.factorOrNparts);
  },
  print: (state, step, ctx) =>
    ctx.t('split iterator {iterator} of {stage} into {parts}, following level {level} of steps {sources}', {
      iterator: iterWithExtent(state, step.stage, step.iter),
      stage: stageName(state, step.stage),
      parts: partsText(state.stages[step.stage]?.iters[step.iter]?.range, followFusedSplitLengths(state.steps, step), step.factorOrNparts),
      level: step.level,
      sources: step.sources.join(', '),
    }),
  toRecord: (step) => ['FFSP', step.stage, step.iter, step.sources, step.level, step.factorOrNparts ? 1 : 0],
  fromRecord: (record) =>
    readFields(record, FIELDS, (f) => ({ kind: 'FFSP', stage: f.int(1), iter: f.int(2), sources: f.ints(3), level: f.int(4), factorOrNparts: f.bool(5) })),
  example: {
    tc: MATMUL_RELU,
    prior: [['SP', 2, 0, 512, [8, 4], 1], ['SP', 2, 3, 512, [8, 4], 1], ['FU', 3, [0, 1]]],
    step: ['FFSP', 3, 0, [0, 1], 1, 1],
    before:
      'Placeholder: A, B\nfor i.0 (0,16)\n  for i.1 (0,8)\n    for i.2 (0,4)\n      for j.0 (0,16)\n        for j.1 (0,8)\n          for j.2 (0,4)\n            for k (0,512)\n              C = ...\n' +
      'for i@j@ (0,262144)\n  D = ...\n',
    after:
      'Placeholder: A, B\nfor i.0 (0,16)\n  for i.1 (0,8)\n    for i.2 (0,4)\n      for j.0 (0,16)\n        for j.1 (0,8)\n          for j.2 (0,4)\n            for k (0,512)\n              C = ...\n' +
      'for i@j@.0 (0,16384)\n  for i@j@.1 (0,16)\n    D = ...\n',
  },
};
