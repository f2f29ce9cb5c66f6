/** Things looked up by the numbers of some axes. Scratch of the numeric evaluation. */
import { TupleTable } from './tuple-table.js';

/** The number of an axis: equal ones have equal index expressions. */
export interface AxisNumbers { idOf(root: number): number }

export class Lookup<T> {
  private readonly found: (T | undefined)[] = [];
  private table: TupleTable | undefined = undefined;
  private tuple: Float64Array | undefined = undefined;
  private at = 0;

  /** `roots`: the places of the axes in the list of numbers. */
  constructor(private readonly roots: readonly number[]) {}

  get(ids: AxisNumbers): T | undefined {
    const { roots } = this;
    if (roots.length === 0) this.at = 0;
    else if (roots.length === 1) this.at = ids.idOf(roots[0]!);
    else {
      const tuple = (this.tuple ??= new Float64Array(roots.length));
      for (let k = 0; k < roots.length; k++) tuple[k] = ids.idOf(roots[k]!);
      this.at = (this.table ??= new TupleTable(roots.length)).idOf(tuple);
    }
    return this.found[this.at];
  }

  /** Keeps `value` for the numbers of the last `get`. */
  set(value: T): T {
    while (this.found.length < this.at) this.found.push(undefined);
    this.found[this.at] = value;
    return value;
  }
}
