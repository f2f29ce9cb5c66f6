/**
 * Bound inference (TVM: te::InferBound): from consumers to producers, which region of each stage is needed at the place where it
 * is computed, and from that the range of every iterator.
 */
import { addConstant, constantOf, constantSum, subtract, type Sum } from '../ir/affine.js';
import type { StorageScope } from '../ir/program.js';
import type { State } from '../schedule/state.js';
import { ScheduleError } from '../schedule/step.js';
import { accessesOf, producersOf, type Access, type Producers } from './accesses.js';
import { isThread, threadRank, type LoopVar } from './loop-var.js';
import { paritySimplified, passUp, pushDown, setExtent, wholeRegion } from './propagate.js';
import { atLeast, atMost, pointRegion, regionOf, relaxRegion, type Region } from './region.js';
import { stageSchedules, type StageSchedule } from './stage-schedule.js';

/** All stages of a state with the ranges of their iterators; what lowering starts from. */
export interface Analysis {
  readonly state: State;
  readonly stages: readonly StageSchedule[];
  readonly producers: Producers;
  /** Who reads each stage, as bound inference sees it. */
  readonly readers: readonly (readonly Reader[])[];
}

const RANK: Readonly<Record<StorageScope, number>> = { global: 0, shared: 1, local: 3 };

/** Replays the steps of `state` on iterators and infers all ranges. Throws ScheduleError for invalid attachments. */
export function analyseSchedule(state: State): Analysis {
  const stages = stageSchedules(state);
  const producers = producersOf(stages);
  const readers: Reader[][] = stages.map(() => []);
  for (const stage of stages) setScope(stage);
  for (const stage of stages) {
    if (stage.op.kind === 'placeholder' || stage.inlined) continue;
    for (const access of accessesOf(stage.op, stages, producers)) {
      const list = readers[access.producer] as Reader[];
      const last = list[list.length - 1];
      if (last !== undefined && last.stage === stage) last.accesses.push(access);
      else list.push({ stage, accesses: [access] });
    }
  }
  for (let i = stages.length - 1; i >= 0; i--) {
    const stage = stages[i] as StageSchedule;
    if (stage.op.kind === 'placeholder' || stage.inlined) continue;
    if (!state.dag.outputs.includes(stage.op.output)) inferRoots(stage, readers[i] as Reader[]);
    pushDown(stage);
  }
  return { state, stages, producers, readers };
}

/** A stage with its loads of another one. */
export interface Reader { readonly stage: StageSchedule; readonly accesses: Access[] }

/** An unnamed scope follows from the thread tags around the stage: none global, blocks only shared, else local. */
function setScope(stage: StageSchedule): void {
  if (stage.givenScope !== undefined) {
    stage.scope = stage.givenScope;
    return;
  }
  let rank = -1;
  forPath(stage, (v) => {
    if (isThread(v.annotation)) rank = Math.max(rank, threadRank(v.annotation));
  });
  stage.scope = rank < 0 ? 'global' : rank === 0 ? 'shared' : 'local';
}

/** The iterators around a stage, innermost first. */
function forPath(stage: StageSchedule, visit: (v: LoopVar) => void): void {
  let at: StageSchedule = stage;
  while (at.attachStage !== undefined && at.attachVar !== undefined) {
    const leaves = at.attachStage.leaves;
    for (let i = leaves.indexOf(at.attachVar); i >= 0; i--) visit(leaves[i] as LoopVar);
    at = at.attachStage;
  }
}

/** Sets the ranges of a stage's spatial axes from what its readers need; theirs are known. */
export function inferRoots(stage: StageSchedule, readers: readonly Reader[]): void {
  const op = stage.compute;
  const n = op.axes.length;
  const need: (Need | undefined)[] = [];
  for (const reader of readers) gather(stage, reader, need);
  for (let d = 0; d < n; d++) {
    const axis = stage.roots[d] as LoopVar;
    const domain = op.axes[d] as { min: number; extent: number };
    const wanted = need[d];
    if (wanted === undefined || wanted === 'all') continue;
    axis.min = wanted.lo;
    if (wanted.hi === wanted.lo) setExtent(axis, 1, undefined);
    else setExtent(axis, domain.extent, addConstant(subtract(wanted.hi, wanted.lo), 1));
  }
}

/** What is needed of one axis so far; 'all' is its whole domain. */
type Need = 'all' | { readonly lo: Sum; readonly hi: Sum };

function gather(stage: StageSchedule, reader: Reader, need: (Need | undefined)[]): void {
  const consumer = reader.stage;
  const rank = RANK[stage.scope];
  const attachVar = stage.attachStep >= 0 && !stage.inlined ? stage.attachVar : undefined;
  let found = false;
  const relaxes = (v: LoopVar): boolean => (isThread(v.annotation) ? rank <= threadRank(v.annotation) : !found);
  const regions: Region[] = [];
  for (let i = consumer.leaves.length - 1; i >= 0; i--) {
    const v = consumer.leaves[i] as LoopVar;
    if (v === attachVar) found = true;
    regions[v.slot] = (v.extent === 1 && v.symbolic === undefined) || relaxes(v) ? wholeRegion(v) : pointRegion(v.self);
  }
  const relaxed: LoopVar[] = [];
  forPath(consumer, (v) => {
    if (v === attachVar) found = true;
    if (!relaxes(v)) return;
    v.relaxed = true;
    relaxed.push(v);
  });
  if (attachVar !== undefined && !found) {
    for (const v of relaxed) v.relaxed = false;
    throw new ScheduleError('bounds', `${stage.op.name} is computed at ${attachVar.name}, where its reader ${consumer.op.name} does not pass`);
  }
  passUp(consumer, regions);
  const op = consumer.compute;
  for (const v of consumer.roots) {
    const region = regions[v.slot];
    if (relaxed.length > 0 && region !== undefined) regions[v.slot] = relaxRegion(region);
  }
  for (const v of relaxed) v.relaxed = false;
  const shape = stage.op.output.shape;
  for (const access of reader.accesses) {
    for (let d = 0; d < shape.length; d++) {
      const index = access.indices[d];
      if (index === undefined || need[d] === 'all') continue;
      need[d] = widened(need[d], regionOf(index, op.axes, op.reduceAxes, regions), shape[d] as number);
    }
  }
}

/** The need with one more region taken in; the whole domain where ends are not comparable. */
function widened(need: Need | undefined, region: Region, extent: number): Need {
  let { lo, hi } = region;
  if (lo === undefined || hi === undefined || (!region.point && atMost(lo, 0) && atLeast(hi, extent - 1))) {
    lo = constantSum(0);
    hi = constantSum(extent - 1);
  } else if (region.point && lo.terms.length > 0 && extent === 1 && atMost(lo, 0) && atLeast(lo, 0)) {
    lo = hi = constantSum(0);
  }
  if (need === undefined || need === 'all') return { lo, hi };
  const low = signOf(subtract(lo, need.lo));
  const high = signOf(subtract(hi, need.hi));
  if (low === undefined || high === undefined) return 'all';
  return { lo: low < 0 ? lo : need.lo, hi: high > 0 ? hi : need.hi };
}

/** Negative, zero or positive (or zero) as `d` is for all values of its variables; undefined if that cannot be told. */
function signOf(d: Sum): number | undefined {
  const constant = constantOf(d);
  if (constant !== undefined) return constant;
  const simple = paritySimplified(d);
  return atMost(simple, 0) ? -1 : atLeast(simple, 0) ? 1 : undefined;
}
