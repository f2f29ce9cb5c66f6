/** Lowers single expressions of one store, for candidates whose numbers were not met before. */
import type { Analysis } from '../../bounds/analyse.js';
import type { LoopVar } from '../../bounds/loop-var.js';
import { constantSum, Sum } from '../../ir/affine.js';
import { KNOWN_RANGES, type Fact, type Knowledge } from '../../ir/affine-division.js';
import { Environment, type BodyLowering } from '../../lower/environment.js';
import { completeValues, rootValues, type Values } from '../../lower/iterator-values.js';
import { OP_COLUMNS } from '../layout.js';
import type { Inlined, Item } from './body-plan.js';
import { IndexForm } from './index-form.js';
import { addLoops, noLoops, opsOf, type LoweredPiece, type PieceMaker, type Verdict } from './piece.js';
import type { Scratch } from './scratch.js';
import type { StoreSite } from './skeleton.js';
import type { StructureRanges } from './structure-ranges.js';

export class SiteLowering {
  constructor(
    readonly site: StoreSite, readonly analysis: Analysis, private readonly ranges: StructureRanges, private readonly body: BodyLowering,
    private readonly pieces: PieceMaker, readonly scratch: Scratch,
  ) {}

  /** The places of axes in the list of numbers. */
  placesOf(axes: readonly number[]): readonly number[] {
    const base = this.ranges.rootBaseOf(this.site.stage);
    return axes.map((axis) => base + axis);
  }

  /** By place in the table of extents: at which depth around the store the loop stands, or -1. */
  depths(): Int32Array {
    const depths = new Int32Array(this.ranges.extents.length).fill(-1);
    this.site.path.forEach(({ leaf }, depth) => {
      const place = this.ranges.placeOf(leaf);
      if (place !== undefined) depths[place] = depth;
    });
    return depths;
  }

  form(item: Item): IndexForm | undefined {
    return IndexForm.of(item, this.site.stage.compute, this.ranges.valuesOf(this.site.stage), this.scratch);
  }

  get extents(): Float64Array {
    return this.ranges.extents;
  }

  piece(item: Item, facts: readonly Fact[]): LoweredPiece {
    const know = knowing(facts);
    const env = this.environment(item.inlined, know);
    const raw = noLoops();
    addLoops(this.body.sum(item.expr, env, know), this.site.path, raw);
    return this.pieces.make(this.body.index(item.expr, env, know), this.site.path, raw);
  }

  verdict(item: Item, facts: readonly Fact[]): Verdict {
    const know = knowing(facts);
    const found = this.body.condition(item.expr, this.environment(item.inlined, know), know);
    const about = noLoops();
    if (typeof found.value === 'boolean') return { decided: found.value, ops: new Int32Array(OP_COLUMNS), facts: [], single: false, about };
    for (const fact of found.facts) addLoops({ terms: fact.terms, constant: 0 }, this.site.path, about);
    return { decided: undefined, ops: opsOf(found.value), facts: found.facts, single: found.facts.some(({ terms }) => terms.length === 1 || terms.some((t) => t.base instanceof Sum)), about };
  }

  private environment(inlined: Inlined | undefined, know: Knowledge): Environment {
    if (inlined === undefined) return this.own();
    const outer = this.environment(inlined.outer, know);
    return new Environment(inlined.op, inlined.indices.map((index) => this.body.sum(index, outer, know)));
  }

  private own(): Environment {
    const { stage, loops } = this.site;
    this.ranges.lower();
    const values: Values = [];
    for (const { leaf, variable } of loops) {
      if (variable !== leaf) copyRange(leaf, variable);
      values[leaf.slot] = leaf.extent === 1 ? constantSum(0) : variable.self;
    }
    completeValues(stage, values);
    return new Environment(stage.compute, rootValues(stage, values));
  }
}

function copyRange(from: LoopVar, to: LoopVar): void {
  to.lo = from.lo;
  to.hi = from.hi;
}

function knowing(facts: readonly Fact[]): Knowledge {
  return facts.length === 0 ? KNOWN_RANGES : { ranges: true, facts };
}
