/** Steps that add a stage: the DAG with the new operation, its readers rewritten, and the stages and attachments to match it. */
import type { ComputeDag } from '../dag/compute-dag.js';
import type { Body, ComputeOp, Op } from '../dag/op.js';
import type { Buffer } from '../ir/buffer.js';
import { load, type Expr, type Var } from '../ir/expr.js';
import { rewriteExpr } from '../ir/walk.js';
import { hasAttached, shiftedStages } from './attachments.js';
import { freshStage } from './initial.js';
import type { Stage, State } from './state.js';
import { ScheduleError, type TransformStep } from './step.js';
import { appended } from './steps/parts.js';

/** A stage name that the DAG does not have yet; the original appends `.d` until it is new. */
export function freshOpName(dag: ComputeDag, wanted: string): string {
  let name = wanted;
  while (dag.ops.some((op) => op.name === name)) name += '.d';
  return name;
}

function mapBody(body: Body, change: (e: Expr) => Expr): Body {
  return body.kind === 'expr' ? { kind: 'expr', value: change(body.value) } : { kind: 'reduce', combiner: body.combiner, source: change(body.source) };
}

/** `body` with variables replaced. */
export function substituted(body: Body, values: ReadonlyMap<Var, Expr>): Body {
  return mapBody(body, (e) => rewriteExpr(e, (node) => (node.kind === 'var' ? values.get(node) ?? node : node)));
}

/** `op` with its loads of `from` made loads of `to`; undefined if it has none. */
export function withLoadsRedirected(op: ComputeOp, from: Buffer, to: Buffer): ComputeOp | undefined {
  let found = false;
  const body = mapBody(op.body, (e) =>
    rewriteExpr(e, (node) => {
      if (node.kind !== 'load' || node.buffer !== from) return node;
      found = true;
      return load(to, node.indices);
    }),
  );
  return found ? { kind: 'compute', name: op.name, axes: op.axes, reduceAxes: op.reduceAxes, body, output: op.output, attrs: op.attrs } : undefined;
}

/** What a stage-creating step does to the DAG. */
export interface DagChange {
  /** The new DAG; all operations that it shares with the old one are the same objects. */
  readonly dag: ComputeDag;
  /** Number of the new stage. */
  readonly at: number;
  /** Number, after the insertion, of a stage whose loops are made anew; undefined if all keep theirs. */
  readonly renewed: number | undefined;
}

/** `dag` with `inserted` at number `at` and operations exchanged (`changed`: by their numbers after the insertion). */
export function dagChange(dag: ComputeDag, at: number, inserted: Op, changed: ReadonlyMap<number, Op>, renewed?: number): DagChange {
  const ops: Op[] = [...dag.ops.slice(0, at), inserted, ...dag.ops.slice(at)];
  for (const [id, op] of changed) ops[id] = op;
  return { dag: { ops, outputs: dag.outputs }, at, renewed };
}

/** The state after a stage-creating step. Throws where loops that others are computed at would be lost. */
export function insertStage(state: State, step: TransformStep, change: DagChange): State {
  const { dag, at, renewed } = change;
  if (renewed !== undefined && hasAttached(state, step.stage)) {
    throw new ScheduleError(step.kind, `a stage is computed at a loop of ${state.stages[step.stage]?.op.name}, whose loops this step makes anew`);
  }
  const stages = dag.ops.map((op, id): Stage => {
    if (id === at) return freshStage(op);
    const stage = state.stages[id > at ? id - 1 : id] as Stage;
    if (id === renewed) return { ...freshStage(op), computeAt: stage.computeAt };
    if (stage.op === op) return stage;
    return { op, iters: stage.iters, computeAt: stage.computeAt, autoUnrollMaxStep: stage.autoUnrollMaxStep, storageOffset: stage.storageOffset };
  });
  return { initialDag: state.initialDag, dag, stages, attachments: shiftedStages(state.attachments, at), steps: appended(state.steps, step), concrete: state.concrete };
}
