/**
 * The statements of a schedule's stages: loop nests with stores, with what is attached to their loops inside, and the regions
 * in which tensors live (TVM: ScheduleOps, MakeLoopNest, MakeReduction).
 */
import type { Analysis } from '../bounds/analyse.js';
import { LoopVar, threadRank } from '../bounds/loop-var.js';
import type { StageSchedule } from '../bounds/stage-schedule.js';
import { constantSum, sumToExpr, type Sum } from '../ir/affine.js';
import { KNOWN_RANGES, normalise, type Knowledge } from '../ir/affine-division.js';
import { load, type Expr, type Var } from '../ir/expr.js';
import type { Region, StorageScope, Stmt, ThreadTag } from '../ir/program.js';
import { crossThreadReduction } from './cross-thread.js';
import { BodyLowering, Environment, type BodyOptions } from './environment.js';
import { boundChecks, completeValues, rootValues, type Checks, type Values } from './iterator-values.js';
import { combine, guarded, identity, loopKind, sequence, threadTag } from './statements.js';

const ZERO = constantSum(0);
const RANK: Readonly<Record<StorageScope, number>> = { global: 0, shared: 1, local: 3 };
const everything = (): boolean => true;

/** A leaf in a nest: its own variable, or the copy of an init nest. */
export interface NestLoop { readonly leaf: LoopVar; readonly variable: LoopVar }

export class StageNests {
  readonly body: BodyLowering;

  constructor(readonly analysis: Analysis, options: BodyOptions) {
    this.body = new BodyLowering(analysis.stages, analysis.producers, options);
  }

  /** The statement that computes `stage`, with all stages attached to it. */
  provide(stage: StageSchedule): Stmt {
    const op = stage.compute;
    const loops = stage.leaves.map((leaf): NestLoop => ({ leaf, variable: leaf }));
    if (op.body.kind === 'expr') {
      const { env, checks } = this.inside(stage, loops, everything);
      const store: Stmt = { kind: 'store', buffer: op.output, indices: this.target(env, checks.know), value: this.body.value(op.body.value, env, checks.know) };
      return this.wrap(stage, loops, guarded(checks.conditions, store), true);
    }
    if (stage.leaves.some((v) => v.reduce && threadTag(v.annotation) !== undefined)) return crossThreadReduction(this, stage, loops);
    const found = stage.leaves.findIndex((v) => v.reduce);
    const first = found < 0 ? loops.length : found;
    const common = loops.slice(0, first);
    const init = this.init(stage, common, loops.slice(first));
    const { env, checks } = this.inside(stage, loops, everything);
    const indices = this.target(env, checks.know);
    const value = combine(op.body.combiner, load(op.output, indices), this.body.value(op.body.source, env, checks.know));
    const update = this.wrap(stage, loops.slice(first), guarded(checks.conditions, { kind: 'store', buffer: op.output, indices, value }), true);
    return this.wrap(stage, common, sequence(init, update), true);
  }

  /** The stores of the neutral value, in copies of the spatial loops inside the first reduce loop. */
  private init(stage: StageSchedule, common: readonly NestLoop[], inner: readonly NestLoop[]): Stmt {
    const op = stage.compute;
    const copies: NestLoop[] = [];
    for (const { leaf } of inner) {
      if (!leaf.spatial) continue;
      const variable = new LoopVar(`${leaf.name}_init`, leaf.slot);
      variable.lo = leaf.lo;
      variable.hi = leaf.hi;
      copies.push({ leaf, variable });
    }
    const { env, checks } = this.inside(stage, [...common, ...copies], (v) => v.spatial);
    const combiner = op.body.kind === 'reduce' ? op.body.combiner : 'add';
    const store: Stmt = { kind: 'store', buffer: op.output, indices: this.target(env, checks.know), value: identity(combiner, op) };
    return this.wrap(stage, copies, guarded(checks.conditions, store), false);
  }

  /** Where a body stands inside `loops`: the values of its axes, and the checks that it needs. */
  inside(stage: StageSchedule, loops: readonly NestLoop[], takes: (v: LoopVar) => boolean): { readonly env: Environment; readonly checks: Checks } {
    const values: Values = [];
    for (const { leaf, variable } of loops) values[leaf.slot] = leafValue(stage, leaf, variable);
    completeValues(stage, values);
    return { env: new Environment(stage.compute, rootValues(stage, values)), checks: boundChecks(stage, values, takes) };
  }

  /** The element that is stored. */
  target(env: Environment, know: Knowledge): Expr[] {
    return env.op.axes.map((_, i) => env.axisExpr(i, know));
  }

  /** Puts loops around `inner`, and the attached stages inside them (in init nests none). */
  wrap(stage: StageSchedule, loops: readonly NestLoop[], inner: Stmt, attach: boolean): Stmt {
    let body = inner;
    for (let i = loops.length - 1; i >= 0; i--) {
      const { leaf, variable } = loops[i] as NestLoop;
      if (attach && stage.attached.length > 0) body = this.withAttached(stage, leaf, body);
      body = loopAround(leaf, variable, body);
    }
    return body;
  }

  /** Stages computed at `leaf` come before `body`, earlier stages first. */
  private withAttached(stage: StageSchedule, leaf: LoopVar, body: Stmt): Stmt {
    let result = body;
    let below = Infinity;
    for (;;) {
      let next: StageSchedule | undefined;
      for (const s of stage.attached) if (s.attachVar === leaf && s.index < below && (next === undefined || s.index > next.index)) next = s;
      if (next === undefined) return result;
      below = next.index;
      result = this.realize(next, sequence(this.provide(next), result));
    }
  }

  /** The region of a stage's tensor around `body`. */
  realize(stage: StageSchedule, body: Stmt): Stmt {
    const op = stage.compute;
    const region = op.axes.map((_, i): Region => {
      const v = stage.roots[i] as LoopVar;
      return { min: sumToExpr(normalise(v.min, KNOWN_RANGES)), extent: v.extent };
    });
    return { kind: 'realize', buffer: op.output, region, scope: stage.scope, body };
  }
}

/** The value of a leaf, counted from 0; axes of coarser rank than the storage count as one point. */
function leafValue(stage: StageSchedule, leaf: LoopVar, variable: LoopVar): Sum {
  if (leaf.extent === 1) return ZERO;
  if (threadTag(leaf.annotation) !== undefined && RANK[stage.scope] > threadRank(leaf.annotation)) return ZERO;
  return variable.self;
}

/** The loop or thread axis of one leaf, its pragma outside; nothing for a plain leaf of extent 1. */
function loopAround(leaf: LoopVar, variable: LoopVar, body: Stmt): Stmt {
  const tag: ThreadTag | undefined = threadTag(leaf.annotation);
  const v = variable.expr as Var;
  if (tag !== undefined) return { kind: 'thread', var: v, extent: leaf.extent, tag, body };
  const loop: Stmt = leaf.extent === 1 ? body : { kind: 'for', var: v, extent: leaf.extent, loop: loopKind(leaf.annotation), body };
  return leaf.pragma === undefined ? loop : { kind: 'pragma', autoUnrollMaxStep: leaf.pragma, body: loop };
}

