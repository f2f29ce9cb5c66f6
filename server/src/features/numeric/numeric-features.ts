/**
 * Features of complete states as functions of their numbers (tile sizes, unroll limits): states with the same steps but for the
 * numbers share a structure, which is lowered once, piece by piece as new numbers are met. Equal, number for number, to lowering
 * the state and walking its program; what is not covered is left to that.
 */
import type { HardwareParams } from '../../hardware/params.js';
import type { State } from '../../schedule/state.js';
import { ScheduleError, type TransformStep } from '../../schedule/step.js';
import { FeatureRows } from '../rows.js';
import { NotCovered } from './not-covered.js';
import { Scratch } from './scratch.js';
import { StepNumbers } from './step-numbers.js';
import { Structure } from './structure.js';

/** Structures kept until `forget`, some hundred KB each after many states; the oldest are forgotten. */
const MOST_STRUCTURES = 512;

export class NumericFeatures {
  private readonly rows = new FeatureRows();
  private readonly scratch = new Scratch();
  private readonly steps = new StepNumbers();
  private lastSteps: readonly TransformStep[] | undefined = undefined;
  private lastName: string | undefined = undefined;
  private readonly structures = new Map<string, Structure | undefined>();

  /** How often structures that are not made yet were asked for. */
  private readonly met = new Map<string, number>();

  /** `patience`: so many states of a structure are not covered, as many structures have few states. */
  constructor(private readonly hardware: HardwareParams, private readonly patience = 2) {}

  /** The state's identity by value: states with one key have the same steps. Throws ScheduleError for open splits. */
  key(state: State): string {
    const name = this.read(state);
    if (name === undefined) throw new ScheduleError('bounds', 'a split is open: ranges cannot be inferred');
    return `${name}|${this.steps.text()}`;
  }

  /** Names the structure; undefined for open splits. The numbers stay until other steps are read. */
  private read({ steps }: State): string | undefined {
    if (this.lastSteps !== steps) {
      this.lastName = this.steps.read(steps);
      this.lastSteps = steps;
    }
    return this.lastName;
  }

  /** Gives structures back: a network has many tasks, and they are made anew quickly. */
  forget(): void {
    this.structures.clear();
    this.met.clear();
    this.steps.forget();
    this.lastSteps = undefined;
  }

  /** Its rows, or undefined where it is not covered or its structure is new. All states must stem from one DAG. */
  extract(state: State): Float32Array | undefined {
    if (this.hardware.maxThreadsPerBlock > 0) return undefined;
    const { steps, structures } = this;
    const name = this.read(state);
    if (name === undefined) return undefined;
    let structure = structures.get(name);
    if (structure === undefined && !structures.has(name)) {
      const met = this.met.get(name) ?? 0;
      if (met < this.patience) {
        this.met.set(name, met + 1);
        return undefined;
      }
      structure = structureOf(state, this.scratch);
      if (structures.size >= MOST_STRUCTURES) for (const first of structures.keys()) { structures.delete(first); break; }
      structures.set(name, structure);
    }
    return structure?.features(steps.numbers, this.hardware, this.rows);
  }
}

function structureOf(state: State, scratch: Scratch): Structure | undefined {
  try {
    return new Structure(state, scratch);
  } catch (error) {
    if (error instanceof NotCovered || error instanceof ScheduleError) return undefined;
    throw error;
  }
}
