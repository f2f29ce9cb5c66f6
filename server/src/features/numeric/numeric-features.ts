/**
 * Features of complete states as functions of their numbers (tile sizes, unroll limits). A program falls into parts that share no loop (stage-groups.ts);
 * parts with the same steps but for the numbers share a structure, which is lowered once, piece by piece as new numbers are met, and rows of parts are kept
 * for a round. Equal, number for number, to lowering the state and walking its program; what is not covered is left to that.
 */
import type { HardwareParams } from '../../hardware/params.js';
import type { State } from '../../schedule/state.js';
import { FeatureArena } from '../feature-arena.js';
import { FeatureRows } from '../rows.js';
import { PartFeatures } from './part-features.js';
import { PartWalk } from './part-walk.js';
import { Scratch } from './scratch.js';
import { ShapeTable, type Shape } from './shape.js';
import { StageGroups, type StageGroup } from './stage-groups.js';

/** Parts kept, with structures of some hundred KB each after many states; the least recently used are forgotten. */
const MOST_PARTS = 512;

/** How the features of a state were had: from numbers alone, or some parts of it by lowering them. */
export type Source = 'numbers' | 'lowered';

export class NumericFeatures {
  readonly shapes = new ShapeTable();
  private readonly groups = new StageGroups();
  private readonly groupsOf = new WeakMap<Shape, readonly StageGroup[]>();
  private readonly rows = new FeatureRows();
  private readonly scratch = new Scratch();
  private readonly walk = new PartWalk();
  private readonly own = new FeatureArena();
  /** By name. */
  private readonly parts = new Map<string, PartFeatures>();

  /** `patience`: so many states of a part are lowered before it gets a structure, as many parts have few states. */
  constructor(private readonly hardware: HardwareParams, private readonly patience = 1) {}

  /** Gives parts back but for the `kept` used last: a network has many tasks, and they are made anew quickly. */
  forget(kept = 0): void {
    let over = this.parts.size - kept;
    for (const [name, part] of this.parts) {
      part.forgetRows();
      if (over-- > 0 || !part.hasStructure) this.parts.delete(name);
    }
    // Of several parts there are as many shapes as ways to combine them.
    this.shapes.forget((shape) => {
      const groups = this.groupsOf.get(shape) ?? [];
      return groups.length === 1 && this.parts.has(groups[0]!.name);
    });
  }

  /** Its rows, or undefined where it is not covered. All states must stem from one DAG. */
  extract(state: State): Float32Array | undefined {
    const shape = this.shapes.read(state);
    return shape === undefined ? undefined : this.rowsOf(shape, this.shapes.numbers);
  }

  /** As `extract`, of numbers. */
  rowsOf(shape: Shape, numbers: Float64Array): Float32Array | undefined {
    return this.compute(shape, numbers, 1, this.own) === undefined ? undefined : this.own.taken();
  }

  /**
   * Adds the rows to `out`, or nothing where the state is not covered. `coming`: so many states of the shape are to be computed, this one included, which
   * helps to decide whether a structure is worth making.
   */
  compute(shape: Shape, numbers: Float64Array, coming: number, out: FeatureArena): Source | undefined {
    if (this.hardware.maxThreadsPerBlock > 0) return undefined;
    const groups = this.groupsIn(shape);
    const [only] = groups;
    if (only !== undefined && groups.length === 1) {
      const part = this.partOf(only, shape);
      part.read(numbers, only.places);
      if (!part.fill(this.rows, this.hardware, this.scratch, this.patience, coming)) return undefined;
      out.addRows(this.rows);
      return 'numbers';
    }
    const parts = groups.map((group) => this.partOf(group, shape));
    const found = parts.map((part, i) => this.found(part, groups[i]!, numbers, coming));
    const missing = groups.flatMap((_, i) => (found[i] === undefined ? [i] : []));
    if (missing.length > 0) {
      const lowered = this.walk.rowsOf(shape.state(numbers), missing.map((i) => groups[i]!.stages), this.hardware);
      if (lowered === undefined) return undefined;
      missing.forEach((i, k) => {
        found[i] = lowered[k];
        parts[i]!.keep(lowered[k]!);
      });
    }
    // The buffer that is written last comes first.
    for (let i = groups.length - 1; i >= 0; i--) out.add(found[i]!);
    return missing.length === 0 ? 'numbers' : 'lowered';
  }

  private found(part: PartFeatures, group: StageGroup, numbers: Float64Array, coming: number): Float32Array | undefined {
    part.read(numbers, group.places);
    const kept = part.kept();
    if (kept !== undefined) return kept;
    if (!part.fill(this.rows, this.hardware, this.scratch, this.patience, coming)) return undefined;
    const rows = this.rows.transformed();
    part.keep(rows);
    return rows;
  }

  private groupsIn(shape: Shape): readonly StageGroup[] {
    let groups = this.groupsOf.get(shape);
    if (groups === undefined) this.groupsOf.set(shape, groups = this.groups.of(shape.template, shape.name));
    return groups;
  }

  private partOf(group: StageGroup, shape: Shape): PartFeatures {
    const { parts } = this;
    let part = parts.get(group.name);
    if (part !== undefined) return part;
    part = new PartFeatures(group, shape.template, shape.count);
    if (parts.size >= MOST_PARTS) for (const first of parts.keys()) { parts.delete(first); break; }
    parts.set(group.name, part);
    return part;
  }

  /** Says that the shape is in use: its parts are among the last to be forgotten. */
  use(shape: Shape): void {
    for (const group of this.groupsIn(shape)) {
      const part = this.parts.get(group.name);
      if (part === undefined) continue;
      this.parts.delete(group.name);
      this.parts.set(group.name, part);
    }
  }
}
