/**
 * Features of one part of programs (stage-groups.ts) by its numbers: those met lately are kept, others are computed by the part's structure once there are
 * enough of them to make one for. Scratch of the numeric evaluation.
 */
import type { HardwareParams } from '../../hardware/params.js';
import type { State } from '../../schedule/state.js';
import { ScheduleError } from '../../schedule/step.js';
import type { FeatureRows } from '../rows.js';
import { NotCovered } from './not-covered.js';
import type { Scratch } from './scratch.js';
import type { StageGroup } from './stage-groups.js';
import { Structure } from './structure.js';
import { TupleTable } from './tuple-table.js';

/** States after which a structure is made anew: what it remembers of numbers grows with them. */
const MOST_STATES = 16384;

export class PartFeatures {
  /** How often it was asked for while it had no structure. */
  private met = 0;
  private structure: Structure | undefined = undefined;
  private uncovered = false;
  private readonly tuple: Float64Array;
  /** Numbers of a state like the template's, of which those of the part are set. */
  private readonly numbers: Float64Array;
  private table: TupleTable;
  /** Rows by number of their tuple. */
  private rows: (Float32Array | undefined)[] = [];

  /** `group`: of the template. */
  constructor(private readonly group: StageGroup, private readonly template: State, count: number) {
    this.tuple = new Float64Array(group.places.length);
    this.numbers = new Float64Array(count);
    this.table = new TupleTable(group.places.length);
  }

  get hasStructure(): boolean {
    return this.structure !== undefined;
  }

  /** Sets the numbers of which the other methods speak; `places`: those of the part among them (`StageGroup.places`). */
  read(numbers: Float64Array, places: Int32Array): void {
    const { tuple } = this;
    for (let k = 0; k < places.length; k++) tuple[k] = numbers[places[k]!]!;
  }

  /** The rows for these numbers, if they are kept. */
  kept(): Float32Array | undefined {
    return this.rows[this.table.idOf(this.tuple)];
  }

  keep(rows: Float32Array): void {
    const id = this.table.idOf(this.tuple);
    while (this.rows.length < id) this.rows.push(undefined);
    this.rows[id] = rows;
  }

  forgetRows(): void {
    if (this.rows.length === 0) return;
    this.rows = [];
    this.table = new TupleTable(this.tuple.length);
  }

  /** Fills `rows`. False: not covered, or, for the first `patience` of those `coming`, not worth a structure yet. */
  fill(rows: FeatureRows, hardware: HardwareParams, scratch: Scratch, patience: number, coming: number): boolean {
    if (this.uncovered) return false;
    if (this.structure === undefined || ++this.structure.states > MOST_STATES) {
      if (this.structure === undefined && this.met + coming <= patience) {
        this.met++;
        return false;
      }
      this.structure = this.made(scratch);
      if (this.structure === undefined) return false;
    }
    const { places } = this.group;
    for (let k = 0; k < places.length; k++) this.numbers[places[k]!] = this.tuple[k]!;
    return this.structure.fill(this.numbers, hardware, rows) && rows.level;
  }

  private made(scratch: Scratch): Structure | undefined {
    try {
      return new Structure(this.template, this.group.stages, scratch);
    } catch (error) {
      if (!(error instanceof NotCovered || error instanceof ScheduleError)) throw error;
      this.uncovered = true;
      return undefined;
    }
  }
}
