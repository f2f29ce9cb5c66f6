/** CHR: a copy of a tensor in faster memory, which the listed readers read instead. */
import type { ComputeOp, Op } from '../../dag/op.js';
import { createBuffer } from '../../ir/buffer.js';
import { load, variable } from '../../ir/expr.js';
import { dagChange, freshOpName, insertStage, withLoadsRedirected, type DagChange } from '../insert-stage.js';
import type { State } from '../state.js';
import { ScheduleError, type CacheReadStep } from '../step.js';
import type { StepDefinition } from './definition.js';
import { MATMUL } from './example-operators.js';
import { readFields } from './fields.js';
import { computeStageAt, stageAt, stageName } from './parts.js';

const FIELDS = ['stage', 'scope', 'reader stages'];

/** The DAG with the copy, read by the listed readers. */
export function cacheReadChange(state: State, step: CacheReadStep): DagChange {
  const { op: source } = stageAt(state, 'CHR', step.stage);
  const { shape, dtype } = source.output;
  const name = freshOpName(state.dag, `${source.name}.${step.scope}`);
  const axes = shape.map((extent, d) => ({ var: variable(`ax${d}`), min: 0, extent, kind: 'spatial' as const }));
  const copy: ComputeOp = {
    kind: 'compute', name, axes, reduceAxes: [], attrs: {},
    body: { kind: 'expr', value: load(source.output, axes.map((axis) => axis.var)) },
    output: createBuffer(name, shape, dtype),
  };
  const changed = new Map<number, Op>();
  for (const reader of step.readers) {
    const { op } = computeStageAt(state, 'CHR', reader);
    const redirected = withLoadsRedirected(op, source.output, copy.output);
    if (redirected === undefined) throw new ScheduleError('CHR', `${op.name} does not read ${source.name}`);
    changed.set(reader > step.stage ? reader + 1 : reader, redirected);
  }
  return dagChange(state.dag, step.stage + 1, copy, changed);
}

export const cacheReadStep: StepDefinition<CacheReadStep> = {
  kind: 'CHR',
  title: 'cache read',
  fields: FIELDS,
  summary: 'Adds a stage that copies a tensor to another memory (shared, local); the listed stages read the copy. The new stage comes right after the one it copies.',
  apply: (state, step) => insertStage(state, step, cacheReadChange(state, step)),
  print: (state, step, ctx) =>
    ctx.t('copy {stage} to {scope} memory for {readers}', {
      stage: stageName(state, step.stage), scope: step.scope, readers: step.readers.map((id) => stageName(state, id)).join(', '),
    }),
  toRecord: (step) => ['CHR', step.stage, step.scope, step.readers],
  fromRecord: (record) => readFields(record, FIELDS, (f) => ({ kind: 'CHR', stage: f.int(1), scope: f.text(2), readers: f.ints(3) })),
  example: {
    tc: MATMUL,
    prior: [],
    step: ['CHR', 0, 'shared', [2]],
    before: 'Placeholder: A, B\nfor i (0,512)\n  for j (0,512)\n    for k (0,512)\n      C = ...\n',
    after:
      'Placeholder: A, B\nfor ax0 (0,512)\n  for ax1 (0,512)\n    A.shared = ...\nfor i (0,512)\n  for j (0,512)\n    for k (0,512)\n      C = ...\n',
  },
};
