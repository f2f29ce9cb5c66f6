/** RF: factors one loop of a reduction out into an axis of a new stage, so that partial results can be made in parallel. */
import type { Axis, ComputeOp, Op } from '../../dag/op.js';
import { createBuffer } from '../../ir/buffer.js';
import { load, variable } from '../../ir/expr.js';
import { dagChange, freshOpName, insertStage, type DagChange } from '../insert-stage.js';
import { stageAxes } from '../leaf-axes.js';
import { factoredSource } from '../rfactor-source.js';
import type { State } from '../state.js';
import { ScheduleError, type RfactorStep } from '../step.js';
import type { StepDefinition } from './definition.js';
import { ROW_SUM } from './example-operators.js';
import { readFields } from './fields.js';
import { computeStageAt, iterAt, iterWithExtent, stageName } from './parts.js';

const FIELDS = ['stage', 'iterator', 'position'];

function insertedAt<T>(list: readonly T[], at: number, item: T): T[] {
  return [...list.slice(0, at), item, ...list.slice(at)];
}

/** The DAG with the partial results, which the old operation's successor combines. */
export function rfactorChange(state: State, step: RfactorStep): DagChange {
  const { stage, op } = computeStageAt(state, 'RF', step.stage);
  const iter = iterAt(stage, 'RF', step.iter);
  if (op.body.kind !== 'reduce' || iter.kind !== 'reduction') throw new ScheduleError('RF', `iterator ${iter.name} of ${op.name} is not a reduction`);
  const combiner = op.body.combiner;
  if (step.factorIter < 0 || step.factorIter > op.axes.length) throw new ScheduleError('RF', `position ${step.factorIter} is outside the ${op.axes.length} axes of ${op.name}`);

  const axes = stageAxes(state.steps, step.stage, op);
  const asAxis = (leaf: (typeof axes.leaves)[number], kind: Axis['kind']): Axis => {
    if (leaf.extent === undefined) throw new ScheduleError('RF', `the extent of ${leaf.var.name} is not known: a split is open`);
    const root = op.reduceAxes.find((axis) => axis.var === leaf.var);
    return { var: leaf.var, min: root?.min ?? 0, extent: leaf.extent, kind };
  };
  const factored = axes.leaves[step.iter];
  if (factored === undefined) throw new ScheduleError('RF', `${op.name} has no iterator ${step.iter}`);
  const others: Axis[] = [];
  for (const leaf of axes.leaves) {
    if (leaf === factored || leaf.kind === 'spatial') continue;
    if (leaf.kind !== 'reduction') throw new ScheduleError('RF', `${leaf.var.name} of ${op.name} mixes reduction and other axes`);
    others.push(asAxis(leaf, 'reduce'));
  }
  const factor = asAxis(factored, 'spatial');
  if (factor.min !== 0) throw new ScheduleError('RF', `${factored.var.name} does not start at 0`);

  const source = factoredSource(op, combiner, op.body.source, axes);
  const rfName = freshOpName(state.dag, `${op.name}.rf`);
  const rf: ComputeOp = {
    kind: 'compute', name: rfName, axes: insertedAt(op.axes, step.factorIter, factor), reduceAxes: others, attrs: {},
    body: others.length > 0 ? { kind: 'reduce', combiner, source } : { kind: 'expr', value: source },
    output: createBuffer(rfName, insertedAt(op.output.shape, step.factorIter, factor.extent), op.output.dtype),
  };
  const rest: Axis[] = op.axes.map((axis, d) => ({ var: variable(`ax${d}`), min: axis.min, extent: axis.extent, kind: 'spatial' }));
  const last: Axis = { var: variable(`${factored.var.name}.v`), min: 0, extent: factor.extent, kind: 'reduce' };
  const repl: ComputeOp = {
    kind: 'compute', name: freshOpName(state.dag, `${op.name}.repl`), axes: rest, reduceAxes: [last], attrs: {}, output: op.output,
    body: { kind: 'reduce', combiner, source: load(rf.output, insertedAt(rest.map((axis) => axis.var), step.factorIter, last.var)) },
  };
  return dagChange(state.dag, step.stage, rf, new Map<number, Op>([[step.stage + 1, repl]]), step.stage + 1);
}

export const rfactorStep: StepDefinition<RfactorStep> = {
  kind: 'RF',
  title: 'rfactor',
  fields: FIELDS,
  summary: 'Splits a reduction in two stages: T.rf makes one partial result for each value of one reduction loop, T.repl combines them. The loop becomes an axis of T.rf.',
  apply: (state, step) => insertStage(state, step, rfactorChange(state, step)),
  print: (state, step, ctx) =>
    ctx.t('factor iterator {iterator} of the reduction {stage} out: partial results first, then their combination', {
      iterator: iterWithExtent(state, step.stage, step.iter), stage: stageName(state, step.stage),
    }),
  toRecord: (step) => ['RF', step.stage, step.iter, step.factorIter],
  fromRecord: (record) => readFields(record, FIELDS, (f) => ({ kind: 'RF', stage: f.int(1), iter: f.int(2), factorIter: f.int(3) })),
  example: {
    tc: ROW_SUM,
    prior: [['SP', 1, 1, 4096, [16], 1]],
    step: ['RF', 1, 2, 1],
    before: 'Placeholder: A\nfor i (0,8)\n  for k.0 (0,256)\n    for k.1 (0,16)\n      S = ...\n',
    after:
      'Placeholder: A\nfor i (0,8)\n  for k_i (0,16)\n    for k_o (0,256)\n      S.rf = ...\nfor ax0 (0,8)\n  for k_i_v (0,16)\n    S.repl = ...\n',
  },
};
