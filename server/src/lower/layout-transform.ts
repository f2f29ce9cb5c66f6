/**
 * The original's three ways with constant weights (option in a record's task): as they are, copied into the layout of the loops by
 * a stage of the program itself, or packed beforehand by the caller (layout-rewrite.ts). Facts: spec sketch-rules, section 8.
 */
import type { ComputeDag } from '../dag/compute-dag.js';
import type { Axis, ComputeOp, Op } from '../dag/op.js';
import { createBuffer } from '../ir/buffer.js';
import { binary, int, load, variable, type Expr } from '../ir/expr.js';
import { replay } from '../schedule/apply.js';
import type { State } from '../schedule/state.js';
import type { TransformStep } from '../schedule/step.js';
import { layoutRewritesOf, readPacked, rewriteConstantLayouts, type LayoutRewrite, type RewrittenState } from './layout-rewrite.js';

/** The record's numbers: none, a transform stage, pre-transformed weights. */
export type LayoutOption = 0 | 1 | 2;

const STAGE_NAME = 'auto_scheduler_layout_transform';

/** `state` with constants in the layouts that the option says; `rewrites` are what the caller must pack. Throws ScheduleError as bound inference does. */
export function rewriteLayouts(state: State, option: LayoutOption): RewrittenState {
  switch (option) {
    case 0: return { state, rewrites: [] };
    case 1: return { state: insertTransformStages(state), rewrites: [] };
    case 2: return rewriteConstantLayouts(state);
  }
}

/** One stage after each rewritten placeholder, computed in parallel at the root, before all that reads it. */
function insertTransformStages(state: State): State {
  let dag = state.initialDag;
  let { steps } = state;
  for (const found of layoutRewritesOf(state)) {
    const rewrite = { ...found, rewritten: createBuffer(STAGE_NAME, found.rewritten.shape, found.rewritten.dtype) };
    const position = dag.ops.findIndex((op) => op.output === rewrite.placeholder) + 1;
    dag = withTransformStage(dag, position, rewrite);
    steps = withStepsFor(steps, position, rewrite.rewritten.shape.length);
  }
  return dag === state.initialDag ? state : replay(dag, steps);
}

function withTransformStage(dag: ComputeDag, position: number, rewrite: LayoutRewrite): ComputeDag {
  const ops = dag.ops.map((op): Op => (op.kind === 'compute' ? readPacked(op, [rewrite]) : op));
  return Object.freeze({ ops: Object.freeze([...ops.slice(0, position), transformStage(rewrite), ...ops.slice(position)]), outputs: dag.outputs });
}

/** packed[ax0, ax1, ...] = placeholder[sums of the parts of each dimension]. */
function transformStage({ placeholder, rewritten, dimensions }: LayoutRewrite): ComputeOp {
  const axes = rewritten.shape.map((extent, i): Axis => Object.freeze({ var: variable(`ax${i}`), min: 0, extent, kind: 'spatial' }));
  const value = load(placeholder, placeholder.shape.map((_, d) => sumOf(axes.flatMap((axis, i) => {
    const part = dimensions[i];
    if (part?.dimension !== d) return [];
    return [part.stride === 1 ? axis.var : binary('mul', axis.var, int(part.stride))];
  }))));
  return Object.freeze<ComputeOp>({ kind: 'compute', name: STAGE_NAME, axes: Object.freeze(axes), reduceAxes: Object.freeze([]), body: { kind: 'expr', value }, output: rewritten, attrs: {} });
}

function sumOf(terms: readonly Expr[]): Expr {
  return terms.reduce<Expr | undefined>((sum, term) => (sum === undefined ? term : binary('add', sum, term)), undefined) ?? int(0);
}

/** The steps with a stage more at `position` of the initial DAG, and at their end those of the new stage. */
function withStepsFor(steps: readonly TransformStep[], position: number, rank: number): readonly TransformStep[] {
  let at = position;
  const moved = steps.map((step): TransformStep => {
    const here = at;
    const id = (stage: number): number => (stage >= here ? stage + 1 : stage);
    // Where the step inserts a stage of its own, counted without the new one.
    if ((step.kind === 'CHW' || step.kind === 'RF') && step.stage < here) at++;
    if (step.kind === 'CHR' && step.stage + 1 < here) at++;
    switch (step.kind) {
      case 'CA': return { ...step, stage: id(step.stage), target: id(step.target) };
      case 'CHR': return { ...step, stage: id(step.stage), readers: step.readers.map(id) };
      default: return { ...step, stage: id(step.stage) };
    }
  });
  const fused = rank >= 5 ? 3 : rank >= 3 ? 2 : 0;
  const fuse: TransformStep[] = fused === 0 ? [] : [{ kind: 'FU', stage: at, iters: Array.from({ length: fused }, (_, i) => i) }];
  return [...moved, ...fuse, { kind: 'AN', stage: at, iter: 0, annotation: 'parallel' }];
}
