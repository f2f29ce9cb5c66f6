/** FU: makes one loop of neighbouring loops. */
import { hasAttached, movedIterators } from '../attachments.js';
import { multiplyBounds } from '../bound-arithmetic.js';
import type { Bound, Iterator, IteratorKind } from '../state.js';
import { ScheduleError, type FuseStep } from '../step.js';
import type { StepDefinition } from './definition.js';
import { MATMUL } from './example-operators.js';
import { readFields } from './fields.js';
import { computeStageAt, iterAt, iterName, nextState, stageName, withIters, withStage } from './parts.js';

const FIELDS = ['stage', 'iterators'];

/** The fusion of neighbours; of none: the single iteration of a scalar, around its reduction. */
function fused(iters: readonly Iterator[]): Iterator {
  let name = '';
  let kind: IteratorKind = iters[0]?.kind ?? 'special';
  let extent: Bound | undefined = 1;
  const origins: string[] = [];
  for (const it of iters) {
    name += `${it.name}@`;
    if (it.kind !== kind) kind = 'mixed';
    extent = extent === undefined || it.range === undefined ? undefined : multiplyBounds(extent, it.range.extent);
    for (const origin of it.origins) if (!origins.includes(origin)) origins.push(origin);
  }
  return { name, origins, kind, annotation: 'none', range: extent === undefined ? undefined : { min: 0, extent } };
}

export const fuseStep: StepDefinition<FuseStep> = {
  kind: 'FU',
  title: 'fuse',
  fields: FIELDS,
  summary: 'Makes one loop of neighbouring loops; its extent is their product. Used to get long parallel loops, thread bindings and vectors.',
  apply(state, step) {
    const { stage } = computeStageAt(state, 'FU', step.stage);
    const ids = step.iters;
    const first = ids[0];
    const last = ids[ids.length - 1];
    if (first === undefined || last === undefined) {
      // Loops that are there (reductions, for a scalar has no others) stay inside, and no later step can name them: so the original.
      if (stage.iters.some((_, id) => hasAttached(state, step.stage, id))) throw new ScheduleError('FU', `a stage is computed at a loop of ${stage.op.name}, which a fusion of nothing would hide`);
      return nextState(state, step, withStage(state.stages, step.stage, withIters(stage, [fused([])])));
    }
    for (let k = 0; k < ids.length; k++) {
      const id = ids[k] as number;
      iterAt(stage, 'FU', id);
      if (id !== first + k) throw new ScheduleError('FU', `iterators ${ids.join(', ')} of ${stage.op.name} are not neighbours in order`);
      if (id !== last && hasAttached(state, step.stage, id)) {
        throw new ScheduleError('FU', `a stage is computed at ${iterName(state, step.stage, id)} of ${stage.op.name}, which is not the last of the fused iterators`);
      }
    }
    const iters = [...stage.iters.slice(0, first), fused(stage.iters.slice(first, last + 1)), ...stage.iters.slice(last + 1)];
    const attachments = movedIterators(state.attachments, step.stage, (id) => (id > last ? id - last + first : id > first ? first : id));
    return nextState(state, step, withStage(state.stages, step.stage, withIters(stage, iters)), attachments);
  },
  print(state, step, ctx) {
    const names = step.iters.map((id) => iterName(state, step.stage, id)).join(', ');
    const stage = stageName(state, step.stage);
    if (step.iters.length === 0) return ctx.t('give the scalar {stage} a loop of one iteration', { stage });
    const range = fused(step.iters.flatMap((id) => state.stages[step.stage]?.iters[id] ?? [])).range;
    if (typeof range?.extent !== 'number') return ctx.t('fuse iterators {names} of {stage}', { names, stage });
    return ctx.t('fuse iterators {names} of {stage} into one loop of {extent}', { names, stage, extent: range.extent });
  },
  toRecord: (step) => ['FU', step.stage, step.iters],
  fromRecord: (record) => readFields(record, FIELDS, (f) => ({ kind: 'FU', stage: f.int(1), iters: f.ints(2) })),
  example: {
    tc: MATMUL,
    prior: [],
    step: ['FU', 2, [0, 1]],
    before: 'Placeholder: A, B\nfor i (0,512)\n  for j (0,512)\n    for k (0,512)\n      C = ...\n',
    after: 'Placeholder: A, B\nfor i@j@ (0,262144)\n  for k (0,512)\n    C = ...\n',
  },
};
