/**
 * Replays the steps of a state on iterators with relations, stage by stage: what TVM's TE schedule holds after the same
 * primitives. Only the steps since an operation entered the DAG count for it (CHW and RF give fresh axes).
 */
import type { Axis, ComputeOp, Op } from '../dag/op.js';
import { constantSum } from '../ir/affine.js';
import type { StorageScope } from '../ir/program.js';
import { splitLengths } from '../schedule/split-lengths.js';
import { ScheduleError, type FollowFusedSplitStep, type FollowSplitStep, type SplitStep, type TransformStep } from '../schedule/step.js';
import type { State } from '../schedule/state.js';
import { isThread, LoopVar, type Relation } from './loop-var.js';

/** One stage with its iterators, relations and location. */
export class StageSchedule {
  index = 0;
  op: Op;
  /** Root iterators: spatial axes, then reduce axes. */
  roots: LoopVar[] = [];
  vars: LoopVar[] = [];
  relations: Relation[] = [];
  /** Outermost first. */
  leaves: LoopVar[] = [];
  /** The last so many leaves are no iterators of the state: a fusion of nothing put its one loop around them. */
  hidden = 0;
  inlined = false;
  /** Where it is computed: under this leaf of that stage. */
  attachStage: StageSchedule | undefined = undefined;
  attachVar: LoopVar | undefined = undefined;
  /** Stages attached to this one. */
  attached: StageSchedule[] = [];
  /** Storage scope as given by the cache step; undefined: follows from the thread tags around it. */
  givenScope: StorageScope | undefined = undefined;
  scope: StorageScope = 'global';
  steps: number[] = [];
  attachStep = -1;

  constructor(op: Op) {
    this.op = op;
  }

  get compute(): ComputeOp {
    if (this.op.kind !== 'compute') throw new ScheduleError('bounds', `${this.op.name} is no computed stage`);
    return this.op;
  }
}

/** The stages of `state` with their relations. Throws ScheduleError for steps that name what is not there. */
export function stageSchedules(state: State): StageSchedule[] {
  const steps = state.steps;
  const movers: (StageSchedule | undefined)[] = [];
  const stages = distribute(state, movers);
  if (stages.length !== state.stages.length) throw new ScheduleError('bounds', 'steps and stages do not fit');
  for (let i = 0; i < stages.length; i++) {
    const stage = stages[i] as StageSchedule;
    stage.index = i;
    stage.op = (state.stages[i] as State['stages'][number]).op;
    if (stage.op.kind === 'placeholder') continue;
    addRoots(stage, stage.op);
    for (const index of stage.steps) applyStep(stage, steps, index, movers[index]);
    markThreads(stage);
  }
  for (const stage of stages) {
    if (stage.inlined || stage.attachStep < 0) continue;
    if (stage.attachStage === undefined) throw new ScheduleError('bounds', `${stage.op.name} is attached to an iterator that is gone`);
    while (stage.attachVar?.successor !== undefined) stage.attachVar = stage.attachVar.successor;
    stage.attachStage.attached.push(stage);
  }
  return stages;
}

/** Gives each stage the indices of the steps on it; `movers[i]`: the stage that CA step i moves. */
function distribute(state: State, movers: (StageSchedule | undefined)[]): StageSchedule[] {
  const stages = state.initialDag.ops.map((op) => new StageSchedule(op));
  const at = (id: number): StageSchedule => {
    const stage = stages[id];
    if (stage === undefined) throw new ScheduleError('bounds', `there is no stage ${id}`);
    return stage;
  };
  for (let i = 0; i < state.steps.length; i++) {
    const step = state.steps[i] as TransformStep;
    const stage = at(step.stage);
    switch (step.kind) {
      case 'CHR': {
        const cache = new StageSchedule(stage.op);
        cache.givenScope = scopeOf(step.scope);
        stages.splice(step.stage + 1, 0, cache);
        break;
      }
      case 'CHW': case 'RF': {
        const fresh = new StageSchedule(stage.op);
        if (step.kind === 'CHW') fresh.givenScope = scopeOf(step.scope);
        stages.splice(step.stage, 0, fresh);
        stage.steps = [];
        break;
      }
      case 'CA':
        stage.inlined = false;
        stage.attachStep = i;
        movers[i] = stage;
        at(step.target).steps.push(i);
        break;
      case 'CI':
        stage.inlined = true;
        stage.attachStep = -1;
        break;
      case 'CR':
        stage.inlined = false;
        stage.attachStep = -1;
        break;
      case 'SA': break;
      default: stage.steps.push(i);
    }
  }
  return stages;
}

function scopeOf(scope: string): StorageScope {
  if (scope === 'global' || scope === 'shared' || scope === 'local') return scope;
  throw new ScheduleError('bounds', `storage scope ${scope} is not known`);
}

function newVar(stage: StageSchedule, name: string, spatial: boolean, reduce: boolean): LoopVar {
  const v = new LoopVar(name, stage.vars.length);
  v.spatial = spatial;
  v.reduce = reduce;
  stage.vars.push(v);
  return v;
}

function addRoots(stage: StageSchedule, op: ComputeOp): void {
  const root = (axis: Axis): void => {
    const name = axis.var.name.includes('.') ? axis.var.name.replaceAll('.', '_') : axis.var.name;
    const v = newVar(stage, name, axis.kind === 'spatial', axis.kind === 'reduce');
    v.extent = axis.extent;
    if (axis.min !== 0) v.min = constantSum(axis.min);
    stage.roots.push(v);
  };
  op.axes.forEach(root);
  op.reduceAxes.forEach(root);
  stage.leaves = stage.roots.slice();
}

function leafAt(stage: StageSchedule, id: number): LoopVar {
  const leaf = stage.leaves[id];
  if (leaf === undefined) throw new ScheduleError('bounds', `${stage.op.name} has no iterator ${id}`);
  return leaf;
}

function applyStep(stage: StageSchedule, steps: readonly TransformStep[], index: number, moved: StageSchedule | undefined): void {
  const step = steps[index] as TransformStep;
  switch (step.kind) {
    case 'AN': {
      const leaf = leafAt(stage, step.iter);
      if (step.annotation !== 'none') leaf.annotation = step.annotation;
      return;
    }
    case 'PR': {
      const leaf = leafAt(stage, step.iter);
      const value = /^auto_unroll_max_step\$(\d+)$/.exec(step.pragma);
      if (value !== null) leaf.pragma = Number(value[1]);
      return;
    }
    case 'RE': {
      const old = stage.leaves;
      stage.leaves = [...step.order.map((id) => leafAt(stage, id)), ...old.slice(old.length - stage.hidden)];
      if (stage.leaves.length !== old.length) throw new ScheduleError('bounds', 'a reorder must list all iterators');
      return;
    }
    case 'FU': fuse(stage, step.iters); return;
    case 'SP': case 'FSP': case 'FFSP': split(stage, steps, step); return;
    case 'CA':
      if (moved !== undefined && moved.attachStep === index) {
        moved.attachStage = stage;
        moved.attachVar = leafAt(stage, step.targetIter);
      }
      return;
    default: return;
  }
}

function split(stage: StageSchedule, steps: readonly TransformStep[], step: SplitStep | FollowSplitStep | FollowFusedSplitStep): void {
  const { lengths, innerToOuter } = splitLengths(steps, step);
  let rest = leafAt(stage, step.iter);
  const whole = rest;
  const parts: LoopVar[] = [];
  const n = lengths.length;
  for (let k = 0; k < n; k++) {
    const length = lengths[innerToOuter ? n - 1 - k : k] ?? null;
    if (length === null) throw new ScheduleError('bounds', 'a split is open: ranges cannot be inferred');
    const outer = newVar(stage, `${rest.name}_outer`, rest.spatial, rest.reduce);
    const inner = newVar(stage, `${rest.name}_inner`, rest.spatial, rest.reduce);
    stage.relations.push({ kind: 'split', parent: rest, outer, inner, length, byParts: !innerToOuter });
    parts.push(innerToOuter ? inner : outer);
    rest = innerToOuter ? outer : inner;
  }
  parts.push(rest);
  if (innerToOuter) parts.reverse();
  stage.leaves.splice(step.iter, 1, ...parts);
  whole.successor = parts[parts.length - 1];
}

function fuse(stage: StageSchedule, ids: readonly number[]): void {
  if (ids.length === 0) {
    const fused = newVar(stage, 'singleton', true, false);
    stage.relations.push({ kind: 'singleton', fused });
    stage.hidden = stage.leaves.length;
    stage.leaves.unshift(fused);
    return;
  }
  const first = ids[0] as number;
  let whole = leafAt(stage, first);
  for (let k = 1; k < ids.length; k++) {
    if (ids[k] !== first + k) throw new ScheduleError('bounds', 'only neighbours can be fused');
    const inner = leafAt(stage, first + k);
    const fused = newVar(stage, `${whole.name}_${inner.name}_fused`, whole.spatial || inner.spatial, whole.reduce || inner.reduce);
    stage.relations.push({ kind: 'fuse', outer: whole, inner, fused });
    inner.successor = fused;
    whole = fused;
  }
  stage.leaves.splice(first, ids.length, whole);
}

/** Marks the iterators below which a leaf is bound to a thread, from the leaves up. */
function markThreads(stage: StageSchedule): void {
  let any = false;
  for (const leaf of stage.leaves) {
    if (!isThread(leaf.annotation)) continue;
    leaf.threadBelow = true;
    any = true;
  }
  if (!any) return;
  for (let i = stage.relations.length - 1; i >= 0; i--) {
    const r = stage.relations[i] as Relation;
    if (r.kind === 'split') r.parent.threadBelow = r.outer.threadBelow || r.inner.threadBelow;
    else if (r.kind === 'fuse') r.outer.threadBelow = r.inner.threadBelow = r.fused.threadBelow;
  }
}
