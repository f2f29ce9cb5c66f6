/** AN: how a loop is executed: unrolled, vectorised, in parallel, or bound to a GPU thread axis. */
import { ANNOTATIONS } from '../state.js';
import { ScheduleError, type AnnotationStep } from '../step.js';
import { MATMUL } from './example-operators.js';
import type { StepDefinition } from './definition.js';
import { readFields } from './fields.js';
import { computeStageAt, iterAt, iterWithExtent, nextState, stageName, withIters, withStage } from './parts.js';

const FIELDS = ['stage', 'iterator', 'annotation'];

export const annotationStep: StepDefinition<AnnotationStep> = {
  kind: 'AN',
  title: 'annotate',
  fields: FIELDS,
  summary: 'Sets how one loop is executed: unroll, vectorize, parallel, a virtual thread, or a block or thread axis of a GPU. The loop must not be annotated yet.',
  apply(state, step) {
    const { stage } = computeStageAt(state, 'AN', step.stage);
    const iter = iterAt(stage, 'AN', step.iter);
    if (step.annotation === 'tensorize') throw new ScheduleError('AN', 'tensorize cannot be replayed');
    if (iter.annotation !== 'none') throw new ScheduleError('AN', `iterator ${iter.name} of ${stage.op.name} is ${iter.annotation} already`);
    const iters = stage.iters.slice();
    iters[step.iter] = { name: iter.name, origins: iter.origins, kind: iter.kind, annotation: step.annotation, range: iter.range };
    return nextState(state, step, withStage(state.stages, step.stage, withIters(stage, iters)));
  },
  print(state, step, ctx) {
    const values = { iterator: iterWithExtent(state, step.stage, step.iter), stage: stageName(state, step.stage), annotation: step.annotation };
    switch (step.annotation) {
      case 'none': return ctx.t('leave iterator {iterator} of {stage} a plain loop', values);
      case 'unroll': return ctx.t('unroll iterator {iterator} of {stage}', values);
      case 'vectorize': return ctx.t('vectorize iterator {iterator} of {stage}', values);
      case 'parallel': return ctx.t('run iterator {iterator} of {stage} in parallel', values);
      default: return ctx.t('bind iterator {iterator} of {stage} to {annotation}', values);
    }
  },
  toRecord: (step) => ['AN', step.stage, step.iter, ANNOTATIONS.indexOf(step.annotation)],
  fromRecord(record) {
    const number = record[3];
    if (typeof number === 'number' && Number.isInteger(number) && ANNOTATIONS[number] === undefined) {
      return { ok: false, error: { field: 3, message: `annotation ${number} of AN is unknown: it is 0 to ${ANNOTATIONS.length - 1}` } };
    }
    return readFields(record, FIELDS, (f) => ({ kind: 'AN', stage: f.int(1), iter: f.int(2), annotation: ANNOTATIONS[f.int(3)] ?? 'none' }));
  },
  example: {
    tc: MATMUL,
    prior: [],
    step: ['AN', 2, 0, 3],
    before: 'Placeholder: A, B\nfor i (0,512)\n  for j (0,512)\n    for k (0,512)\n      C = ...\n',
    after: 'Placeholder: A, B\nparallel i (0,512)\n  for j (0,512)\n    for k (0,512)\n      C = ...\n',
  },
};
