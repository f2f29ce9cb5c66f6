/** FSP: splits a loop with the lengths of an earlier split, so that two stages tile alike. */
import { followSplitLengths } from '../split-lengths.js';
import type { FollowSplitStep } from '../step.js';
import type { StepDefinition } from './definition.js';
import { MATMUL_RELU } from './example-operators.js';
import { readFields } from './fields.js';
import { computeStageAt, iterWithExtent, stageName } from './parts.js';
import { partsText, splitIterator } from './split-iterator.js';

const FIELDS = ['stage', 'iterator', 'source step', 'number of splits'];

export const followSplitStep: StepDefinition<FollowSplitStep> = {
  kind: 'FSP',
  title: 'follow split',
  fields: FIELDS,
  summary: 'Splits a loop as an earlier split step did, with its inner parts taken together: with p splits the outer p loops match. When the earlier step changes, this one follows.',
  apply(state, step) {
    computeStageAt(state, 'FSP', step.stage);
    return splitIterator(state, step, step.stage, step.iter, followSplitLengths(state.steps, step), true);
  },
  print: (state, step, ctx) =>
    ctx.t('split iterator {iterator} of {stage} into {parts}, following step {source}', {
      iterator: iterWithExtent(state, step.stage, step.iter),
      stage: stageName(state, step.stage),
      parts: partsText(state.stages[step.stage]?.iters[step.iter]?.range, followSplitLengths(state.steps, step), true),
      source: step.source,
    }),
  toRecord: (step) => ['FSP', step.stage, step.iter, step.source, step.nSplit],
  fromRecord: (record) => readFields(record, FIELDS, (f) => ({ kind: 'FSP', stage: f.int(1), iter: f.int(2), source: f.int(3), nSplit: f.int(4) })),
  example: {
    tc: MATMUL_RELU,
    prior: [['SP', 2, 0, 512, [2, 4, 4], 1]],
    step: ['FSP', 3, 0, 0, 2],
    before:
      'Placeholder: A, B\nfor i.0 (0,16)\n  for i.1 (0,2)\n    for i.2 (0,4)\n      for i.3 (0,4)\n        for j (0,512)\n          for k (0,512)\n            C = ...\n' +
      'for i (0,512)\n  for j (0,512)\n    D = ...\n',
    after:
      'Placeholder: A, B\nfor i.0 (0,16)\n  for i.1 (0,2)\n    for i.2 (0,4)\n      for i.3 (0,4)\n        for j (0,512)\n          for k (0,512)\n            C = ...\n' +
      'for i.0 (0,16)\n  for i.1 (0,2)\n    for i.2 (0,16)\n      for j (0,512)\n        D = ...\n',
  },
};
