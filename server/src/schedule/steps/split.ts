/** SP: splits a loop into a nest of several (tiling). */
import { err } from '../../base/result.js';
import type { SplitStep } from '../step.js';
import { computeStageAt, iterWithExtent, stageName } from './parts.js';
import type { StepDefinition } from './definition.js';
import { MATMUL } from './example-operators.js';
import { readFields } from './fields.js';
import { partsText, splitIterator } from './split-iterator.js';

const FIELDS = ['stage', 'iterator', 'extent', 'lengths', 'inner to outer'];

export const splitStep: StepDefinition<SplitStep> = {
  kind: 'SP',
  title: 'split',
  fields: FIELDS,
  summary: 'Splits a loop into a nest of loops. The lengths are those of the inner loops (counted from the inside); the outermost gets what is left, rounded up.',
  apply(state, step) {
    computeStageAt(state, 'SP', step.stage);
    return splitIterator(state, step, step.stage, step.iter, step.lengths, step.innerToOuter);
  },
  print: (state, step, ctx) =>
    ctx.t('split iterator {iterator} of {stage} into {parts}', {
      iterator: iterWithExtent(state, step.stage, step.iter),
      stage: stageName(state, step.stage),
      parts: partsText(state.stages[step.stage]?.iters[step.iter]?.range, step.lengths, step.innerToOuter),
    }),
  toRecord(step) {
    const lengths = step.lengths.map((length) => {
      if (length === null) throw new Error('a split with an open length cannot be recorded');
      return length;
    });
    return ['SP', step.stage, step.iter, step.extent, lengths, step.innerToOuter ? 1 : 0];
  },
  fromRecord(record) {
    const lengths = record[4];
    if (Array.isArray(lengths) && lengths.some((x) => typeof x === 'number' && x < 1)) return err({ field: 4, message: 'lengths of SP must be at least 1' });
    return readFields(record, FIELDS, (f) => ({ kind: 'SP', stage: f.int(1), iter: f.int(2), extent: f.int(3), lengths: f.ints(4), innerToOuter: f.bool(5) }));
  },
  example: {
    tc: MATMUL,
    prior: [],
    step: ['SP', 2, 0, 512, [2, 4, 4], 1],
    before: 'Placeholder: A, B\nfor i (0,512)\n  for j (0,512)\n    for k (0,512)\n      C = ...\n',
    after:
      'Placeholder: A, B\nfor i.0 (0,16)\n  for i.1 (0,2)\n    for i.2 (0,4)\n      for i.3 (0,4)\n        for j (0,512)\n          for k (0,512)\n            C = ...\n',
  },
};
