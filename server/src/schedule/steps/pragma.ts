/** PR: a hint to code generation. Two exist: the limit up to which inner loops are unrolled, and a debugging aid. */
import { detached } from '../attachments.js';
import { ScheduleError, type PragmaStep } from '../step.js';
import type { StepDefinition } from './definition.js';
import { MATMUL } from './example-operators.js';
import { readFields } from './fields.js';
import { computeStageAt, iterAt, nextState, stageName, withStage } from './parts.js';

const FIELDS = ['stage', 'iterator', 'pragma'];
const SKIP_REGION = 'debug_skip_region';

/** N of `auto_unroll_max_step$N`; undefined for another pragma. */
export function autoUnrollLimit(pragma: string): number | undefined {
  const match = /^auto_unroll_max_step\$(\d+)$/.exec(pragma);
  return match === null ? undefined : Number(match[1]);
}

export const pragmaStep: StepDefinition<PragmaStep> = {
  kind: 'PR',
  title: 'pragma',
  fields: FIELDS,
  summary: 'Sets how many statements the loops inside may grow to by unrolling (auto_unroll_max_step$N), or leaves the stage out (debug_skip_region).',
  apply(state, step) {
    const { stage } = computeStageAt(state, 'PR', step.stage);
    iterAt(stage, 'PR', step.iter);
    const limit = autoUnrollLimit(step.pragma);
    if (limit !== undefined) {
      const unrolled = { op: stage.op, iters: stage.iters, computeAt: stage.computeAt, autoUnrollMaxStep: limit, storageOffset: stage.storageOffset };
      return nextState(state, step, withStage(state.stages, step.stage, unrolled));
    }
    if (step.pragma === SKIP_REGION) return nextState(state, step, state.stages, detached(state.attachments, step.stage));
    throw new ScheduleError('PR', `unknown pragma ${JSON.stringify(step.pragma)}`);
  },
  print(state, step, ctx) {
    const stage = stageName(state, step.stage);
    const limit = autoUnrollLimit(step.pragma);
    if (limit === 0) return ctx.t('unroll no loops of {stage} automatically', { stage });
    if (limit !== undefined) return ctx.t('unroll loops of {stage} automatically up to {limit} steps', { stage, limit });
    return ctx.t('set pragma {pragma} on {stage}', { stage, pragma: step.pragma });
  },
  toRecord: (step) => ['PR', step.stage, step.iter, step.pragma],
  fromRecord: (record) => readFields(record, FIELDS, (f) => ({ kind: 'PR', stage: f.int(1), iter: f.int(2), pragma: f.text(3) })),
  example: {
    tc: MATMUL,
    prior: [],
    step: ['PR', 2, 0, 'auto_unroll_max_step$64'],
    before: 'Placeholder: A, B\nfor i (0,512)\n  for j (0,512)\n    for k (0,512)\n      C = ...\n',
    after: 'Placeholder: A, B\nC auto_unroll: 64\nfor i (0,512)\n  for j (0,512)\n    for k (0,512)\n      C = ...\n',
  },
};
