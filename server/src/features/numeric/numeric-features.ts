/**
 * Features of complete states as functions of their numbers (tile sizes, unroll limits): states with the same steps but for the
 * numbers share a structure, which is lowered once, piece by piece as new numbers are met. Equal, number for number, to lowering
 * the state and walking its program; what is not covered is left to that.
 */
import type { HardwareParams } from '../../hardware/params.js';
import type { State } from '../../schedule/state.js';
import { ScheduleError } from '../../schedule/step.js';
import { FeatureRows } from '../rows.js';
import { NotCovered } from './not-covered.js';
import { Scratch } from './scratch.js';
import { ShapeTable, type Shape } from './shape.js';
import { Structure } from './structure.js';

/** Structures kept, some hundred KB each after many states; the least recently used are forgotten. */
const MOST_STRUCTURES = 512;
/** States after which a structure is made anew: what it remembers of numbers grows with them. */
const MOST_STATES = 16384;

export class NumericFeatures {
  readonly shapes = new ShapeTable();
  private readonly rows = new FeatureRows();
  private readonly scratch = new Scratch();
  /** By the name of their shape; undefined: not covered. */
  private readonly structures = new Map<string, Structure | undefined>();
  /** How often structures that are not made yet were asked for. */
  private readonly met = new Map<string, number>();

  /** `patience`: so many states of a structure are not covered, as many structures have few states. */
  constructor(private readonly hardware: HardwareParams, private readonly patience = 8) {}

  /** Gives structures back but for the `kept` used last: a network has many tasks, and they are made anew quickly. */
  forget(kept = 0): void {
    let over = this.structures.size - kept;
    for (const name of this.structures.keys()) {
      if (over-- <= 0) break;
      this.structures.delete(name);
    }
    this.shapes.forget((name) => this.structures.has(name));
    if (kept === 0) this.met.clear();
  }

  /** Its rows, or undefined where it is not covered or its structure is new. All states must stem from one DAG. */
  extract(state: State): Float32Array | undefined {
    const shape = this.shapes.read(state);
    return shape === undefined ? undefined : this.compute(shape, this.shapes.numbers, 1)?.transformed();
  }

  /**
   * As `extract`, of numbers: the rows are valid until the next call. `coming`: so many states of the shape are to be computed, this one
   * included, which decides whether a structure is worth making.
   */
  compute(shape: Shape, numbers: Float64Array, coming: number): FeatureRows | undefined {
    if (this.hardware.maxThreadsPerBlock > 0) return undefined;
    return this.structureOf(shape, coming)?.fill(numbers, this.hardware, this.rows) === true ? this.rows : undefined;
  }

  private structureOf({ name, template }: Shape, coming: number): Structure | undefined {
    const { structures } = this;
    let structure = structures.get(name);
    if (structure !== undefined && ++structure.states <= MOST_STATES) return structure;
    if (structure === undefined && structures.has(name)) return undefined;
    structures.delete(name);
    const met = this.met.get(name) ?? 0;
    if (met + coming <= this.patience) {
      this.met.set(name, met + 1);
      return undefined;
    }
    structure = structureOrNot(template, this.scratch);
    if (structures.size >= MOST_STRUCTURES) for (const first of structures.keys()) { structures.delete(first); break; }
    structures.set(name, structure);
    return structure;
  }

  /** Says that the shape is in use: its structure is among the last to be forgotten. */
  use({ name }: Shape): void {
    const structure = this.structures.get(name);
    if (structure === undefined) return;
    this.structures.delete(name);
    this.structures.set(name, structure);
  }
}

function structureOrNot(state: State, scratch: Scratch): Structure | undefined {
  try {
    return new Structure(state, scratch);
  } catch (error) {
    if (error instanceof NotCovered || error instanceof ScheduleError) return undefined;
    throw error;
  }
}
