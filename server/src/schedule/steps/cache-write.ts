/** CHW: computes a tensor in a cache first; the tensor's own stage becomes a copy from there. */
import type { ComputeOp, Op } from '../../dag/op.js';
import { createBuffer } from '../../ir/buffer.js';
import { load, variable, type Expr, type Var } from '../../ir/expr.js';
import { dagChange, freshOpName, insertStage, substituted, type DagChange } from '../insert-stage.js';
import type { State } from '../state.js';
import type { CacheWriteStep } from '../step.js';
import type { StepDefinition } from './definition.js';
import { MATMUL } from './example-operators.js';
import { readFields } from './fields.js';
import { computeStageAt, stageName } from './parts.js';

const FIELDS = ['stage', 'scope'];

/** The DAG with the cache, from which the old operation copies. */
export function cacheWriteChange(state: State, step: CacheWriteStep): DagChange {
  const { op } = computeStageAt(state, 'CHW', step.stage);
  const name = freshOpName(state.dag, `${op.name}.${step.scope}`);
  const values = new Map<Var, Expr>();
  const axes = op.axes.map((axis) => {
    const cached = variable(`${axis.var.name}.c`, axis.var.dtype);
    values.set(axis.var, cached);
    return { var: cached, min: axis.min, extent: axis.extent, kind: axis.kind };
  });
  const cache: ComputeOp = {
    kind: 'compute', name, axes, reduceAxes: op.reduceAxes, body: substituted(op.body, values), attrs: op.attrs,
    output: createBuffer(name, op.output.shape, op.output.dtype),
  };
  const copy: ComputeOp = {
    kind: 'compute', name: op.name, axes: op.axes, reduceAxes: [], attrs: op.attrs, output: op.output,
    body: { kind: 'expr', value: load(cache.output, op.axes.map((axis) => axis.var)) },
  };
  return dagChange(state.dag, step.stage, cache, new Map<number, Op>([[step.stage + 1, copy]]), step.stage + 1);
}

export const cacheWriteStep: StepDefinition<CacheWriteStep> = {
  kind: 'CHW',
  title: 'cache write',
  fields: FIELDS,
  summary: 'Adds a stage that computes the tensor in another memory (local, shared); the old stage, one number later, copies it out. Both have fresh loops.',
  apply: (state, step) => insertStage(state, step, cacheWriteChange(state, step)),
  print: (state, step, ctx) => ctx.t('compute {stage} in {scope} memory first, then copy it', { stage: stageName(state, step.stage), scope: step.scope }),
  toRecord: (step) => ['CHW', step.stage, step.scope],
  fromRecord: (record) => readFields(record, FIELDS, (f) => ({ kind: 'CHW', stage: f.int(1), scope: f.text(2) })),
  example: {
    tc: MATMUL,
    prior: [],
    step: ['CHW', 2, 'local'],
    before: 'Placeholder: A, B\nfor i (0,512)\n  for j (0,512)\n    for k (0,512)\n      C = ...\n',
    after:
      'Placeholder: A, B\nfor i_c (0,512)\n  for j_c (0,512)\n    for k (0,512)\n      C.local = ...\nfor i (0,512)\n  for j (0,512)\n    C = ...\n',
  },
};
