/**
 * What states have in common whose steps differ in numbers only (lengths of splits, unroll limits), and how a state is made of numbers: with
 * it a candidate is a shape and a vector, and most mutations are arithmetic.
 */
import { withSteps } from '../../schedule/apply.js';
import type { Stage, State } from '../../schedule/state.js';
import { finalStageId } from '../../schedule/stage-ids.js';
import type { TransformStep } from '../../schedule/step.js';
import { isUnroll, numbersOf, StepNumbers, unrollWith } from './step-numbers.js';

/** A split: its lengths are `count` numbers from `offset` on. */
export interface SplitPlace {
  readonly step: number;
  readonly offset: number;
  readonly count: number;
  readonly extent: number;
  /** An RF step follows: the lengths are the shape of a stage, and belong to the state's shape too. */
  readonly shapesStage: boolean;
}

/** An unroll limit: the number at `offset`, which is said of `stage`. */
export interface UnrollPlace { readonly step: number; readonly offset: number; readonly stage: number }

export class Shape {
  readonly splits: readonly SplitPlace[];
  readonly unrolls: readonly UnrollPlace[];
  /** Numbers of a state. */
  readonly count: number;

  /** `id`: distinct among the shapes of a table, `name` for all its time, `hash` says as much as 32 bits can. The template must not have open splits. */
  constructor(readonly id: number, readonly name: string, readonly hash: number, readonly template: State) {
    const splits: SplitPlace[] = [];
    const unrolls: UnrollPlace[] = [];
    let offset = 0;
    const { steps } = template;
    steps.forEach((step, at) => {
      const count = numbersOf(step)?.length ?? 0;
      if (step.kind === 'SP') splits.push({ step: at, offset, count, extent: step.extent, shapesStage: steps[at + 1]?.kind === 'RF' });
      else if (isUnroll(step)) unrolls.push({ step: at, offset, stage: finalStageId(steps, step.stage, at) });
      offset += count;
    });
    this.splits = splits;
    this.unrolls = unrolls;
    this.count = offset;
  }

  /** The steps with these numbers. */
  steps(numbers: Float64Array): TransformStep[] {
    const steps: TransformStep[] = this.template.steps.slice();
    for (const { step: at, offset, count } of this.splits) {
      const step = steps[at];
      if (step?.kind === 'SP') steps[at] = { kind: 'SP', stage: step.stage, iter: step.iter, extent: step.extent, lengths: [...numbers.subarray(offset, offset + count)], innerToOuter: step.innerToOuter };
    }
    for (const { step: at, offset } of this.unrolls) {
      const step = steps[at];
      if (step !== undefined && isUnroll(step)) steps[at] = unrollWith(step, numbers[offset] ?? 0);
    }
    return steps;
  }

  /** The state with these numbers; its loops keep the ranges that the template has until bounds are inferred. */
  state(numbers: Float64Array): State {
    const state = withSteps(this.template, this.steps(numbers));
    if (this.unrolls.length === 0) return state;
    const stages: Stage[] = state.stages.slice();
    for (const { offset, stage } of this.unrolls) {
      const old = stages[stage];
      if (old !== undefined) stages[stage] = { ...old, autoUnrollMaxStep: numbers[offset] ?? 0 };
    }
    return { initialDag: state.initialDag, dag: state.dag, stages, attachments: state.attachments, steps: state.steps, concrete: state.concrete };
  }
}

/** The shapes met so far. */
export class ShapeTable {
  private readonly steps = new StepNumbers();
  private readonly shapes = new Map<string, Shape>();
  private made = 0;
  private lastSteps: readonly TransformStep[] | undefined = undefined;
  private last: Shape | undefined = undefined;

  /** The state's shape; its numbers stand in `numbers` until another state is read. Undefined if a split is open. */
  read(state: State): Shape | undefined {
    const { steps } = state;
    if (this.lastSteps === steps) return this.last;
    this.lastSteps = steps;
    this.last = undefined;
    const name = this.steps.read(steps);
    if (name === undefined) return undefined;
    let shape = this.shapes.get(name);
    if (shape === undefined) this.shapes.set(name, shape = new Shape(this.made++, name, this.steps.hash, state));
    return (this.last = shape);
  }

  /** Of the last state that was read; more may follow behind those of its shape. */
  get numbers(): Float64Array {
    return this.steps.numbers;
  }

  /** Forgets all shapes but these. */
  forget(kept: (shape: Shape) => boolean): void {
    for (const [name, shape] of this.shapes) if (!kept(shape)) this.shapes.delete(name);
    this.steps.forget();
    this.lastSteps = undefined;
    this.last = undefined;
  }
}

/** 53 bits of a shape and its numbers, the same in every table. */
export function hashOf(shape: Shape, numbers: Float64Array): number {
  let a = 0x9e3779b9 ^ shape.hash;
  let b = Math.imul(0x85ebca6b, shape.hash + 1);
  for (let i = 0; i < shape.count; i++) {
    const x = numbers[i]!;
    a = Math.imul(a ^ x, 0x85ebca77);
    a ^= a >>> 15;
    b = Math.imul(b ^ x, 0xc2b2ae3d);
    b ^= b >>> 13;
  }
  a = Math.imul(a ^ (a >>> 15), 0x735a2d97) ^ b;
  b = Math.imul(b ^ (b >>> 13), 0xcaf649a9) ^ a;
  return (b & 0x1fffff) * 2 ** 32 + (a >>> 0);
}
