/** Steps that add a stage: the DAG with the new operation, its readers rewritten, and the stages and attachments to match. */
import type { ComputeDag } from '../dag/compute-dag.js';
import type { Body, ComputeOp, Op } from '../dag/op.js';
import type { Buffer } from '../ir/buffer.js';
import { load, type Expr, type Var } from '../ir/expr.js';
import { rewriteExpr } from '../ir/walk.js';
import { hasAttached, shiftedStages } from './attachments.js';
import { freshStage } from './initial.js';
import type { Stage, State } from './state.js';
import { ScheduleError, type StepKind, type TransformStep } from './step.js';
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

/** Stages computed at loops of a stage whose loops are about to be made anew would be lost. */
export function refuseAttached(state: State, kind: StepKind, stage: number): void {
  if (hasAttached(state, stage)) {
    throw new ScheduleError(kind, `a stage is computed at a loop of ${state.stages[stage]?.op.name}, whose loops this step makes anew`);
  }
}

/**
 * The state after `step` put `inserted` at stage number `at`; `changed` holds operations that got a new definition, by their
 * numbers after the insertion. Stages in `renewed` (numbers after the insertion) start with fresh loops where they are.
 */
export function insertStage(
  state: State, step: TransformStep, at: number, inserted: Op, changed: ReadonlyMap<number, Op>, renewed?: number,
): State {
  const ops: Op[] = [...state.dag.ops.slice(0, at), inserted, ...state.dag.ops.slice(at)];
  const stages: Stage[] = [...state.stages.slice(0, at), freshStage(inserted), ...state.stages.slice(at)];
  for (const [id, op] of changed) {
    const stage = stages[id] as Stage;
    ops[id] = op;
    stages[id] = id === renewed
      ? { ...freshStage(op), computeAt: stage.computeAt }
      : { op, iters: stage.iters, computeAt: stage.computeAt, autoUnrollMaxStep: stage.autoUnrollMaxStep, storageOffset: stage.storageOffset };
  }
  return {
    initialDag: state.initialDag,
    dag: { ops, outputs: state.dag.outputs },
    stages,
    attachments: shiftedStages(state.attachments, at),
    steps: appended(state.steps, step),
    concrete: state.concrete,
  };
}
