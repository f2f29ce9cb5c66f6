/**
 * From the numbers of a candidate to the extents of all loops and regions of its structure, without symbols: what bound inference
 * says of a tensor's dimension is looked up by the numbers of the axes that index it, and inferred only where those are new.
 */
import { inferRoots, type Analysis, type Reader } from '../../bounds/analyse.js';
import type { LoopVar } from '../../bounds/loop-var.js';
import type { StageSchedule } from '../../bounds/stage-schedule.js';
import { constantSum, type IndexVar, type Sum } from '../../ir/affine.js';
import { visitExpr } from '../../ir/walk.js';
import type { TransformStep } from '../../schedule/step.js';
import { NeedForm } from './need-form.js';
import { NotCovered } from './not-covered.js';
import { RootRecipe } from './root-recipe.js';
import { RootValue, sumOfTerms, termSumOf } from './root-values.js';
import { lengthRules, numberOffsets } from './split-rules.js';
import type { Scratch } from './scratch.js';
import type { TermSum } from './term-sum.js';
import { TupleTable } from './tuple-table.js';

/** Where the region of one dimension begins, and how long it is. */
interface Need { readonly min: Sum; readonly terms: TermSum; readonly extent: number }

/** One axis of a stage. */
interface RootPlan {
  readonly variable: LoopVar;
  /** Of the variable in the table of extents. */
  readonly place: number;
  readonly domainMin: number;
  readonly domainExtent: number;
  readonly recipe: RootRecipe;
  readonly value: RootValue;
  /** Where an axis without a need begins. */
  readonly start: TermSum;
  readonly table: TupleTable;
  /** Undefined: the axis always has its whole domain. */
  readonly need: NeedPlan | undefined;
}

interface NeedPlan {
  /** Undefined: ranges have to be inferred. */
  readonly form: NeedForm | undefined;
  /** Where the axis begins now. */
  readonly begin: TermSum;
  readonly sources: readonly number[];
  readonly tuple: Float64Array;
  readonly table: TupleTable;
  /** Undefined: the extent depends on outer loops. */
  readonly known: (Need | undefined)[];
}

/** parent = outer * extent(inner) + inner, or fused = outer * extent(inner) + inner; `numbers`: the product that splits. */
interface RelationPlan { readonly split: boolean; readonly whole: number; readonly outer: number; readonly inner: number; readonly numbers: readonly number[]; readonly byParts: boolean }

interface StagePlan {
  readonly stage: StageSchedule;
  readonly base: number;
  readonly rootBase: number;
  readonly roots: readonly RootPlan[];
  readonly relations: readonly RelationPlan[];
  readonly fused: readonly LoopVar[];
  readonly readers: readonly Reader[];
  /** The candidate for which ranges were inferred last. */
  inferredFor: number;
}

export class StructureRanges {
  /** Extents of all variables of the stages, one stage after the other. */
  readonly extents: Float64Array;
  /** The number of each axis' tuple, and the candidate that it was looked up for. */
  private readonly ids: Int32Array;
  private readonly idsFor: Int32Array;
  private readonly flat: RootPlan[] = [];
  private readonly plans: readonly StagePlan[];
  /** Beginnings of axes that are no sums of loops. */
  private readonly inferred: (Sum | undefined)[] = [];
  private readonly unknown: Uint8Array;
  private readonly loops: LoopVar[] = [];
  private readonly tuple = new Float64Array(256);
  private readonly normalMin: TermSum;
  private readonly places = new Map<IndexVar, number>();
  private serial = 0;
  private loweredFor = -1;

  /** `computed`: the stages of a part of the program; readers elsewhere need all of it. Throws NotCovered. */
  constructor(analysis: Analysis, computed: readonly StageSchedule[], steps: readonly TransformStep[], scratch: Scratch) {
    const offsets = numberOffsets(steps);
    const inPart = new Set(computed);
    const bases = new Map<StageSchedule, { readonly base: number; readonly rootBase: number }>();
    let base = 0;
    let rootBase = 0;
    for (const stage of computed) {
      bases.set(stage, { base, rootBase });
      for (const v of stage.vars) {
        this.places.set(v, base + v.slot);
        this.loops[base + v.slot] = v;
      }
      base += stage.vars.length;
      rootBase += stage.roots.length;
    }
    this.extents = new Float64Array(base);
    this.normalMin = scratch.sum();
    this.unknown = new Uint8Array(base);
    this.ids = new Int32Array(rootBase);
    this.idsFor = new Int32Array(rootBase);
    const rootBaseOf = (stage: StageSchedule): number => bases.get(stage)?.rootBase ?? 0;
    const values = new Map<StageSchedule, readonly RootValue[]>();
    this.plans = computed.toReversed().map((stage): StagePlan => {
      const at = bases.get(stage) ?? { base: 0, rootBase: 0 };
      const readers = analysis.readers[stage.index] ?? [];
      const isWhole = analysis.state.dag.outputs.includes(stage.op.output) || readers.some((reader) => !inPart.has(reader.stage));
      const rules = lengthRules(stage, steps, offsets);
      if (rules.length !== stage.relations.length) throw new NotCovered('relations that no split or fusion made');
      const relations = stage.relations.map((r, i): RelationPlan => {
        if (r.kind === 'singleton') throw new NotCovered('a loop over nothing');
        const whole = r.kind === 'split' ? r.parent : r.fused;
        return {
          split: r.kind === 'split', whole: at.base + whole.slot, outer: at.base + r.outer.slot, inner: at.base + r.inner.slot,
          numbers: rules[i] ?? [], byParts: r.kind === 'split' && r.byParts,
        };
      });
      const own = stage.roots.map((variable) => new RootValue(stage, variable, at.base, scratch));
      values.set(stage, own);
      const roots = stage.roots.map((variable, d): RootPlan => {
        const reader = readers[0]?.stage;
        const { axes, reduceAxes } = stage.compute;
        const axis = d < axes.length ? axes[d] : reduceAxes[d - axes.length];
        if (axis === undefined) throw new NotCovered('an axis that is not there');
        const recipe = new RootRecipe(stage, variable, at.base);
        const sources = isWhole || d >= axes.length ? undefined : sourcesOf(readers, d, rootBaseOf);
        const form = sources === undefined || reader === undefined ? undefined
          : NeedForm.of(stage, readers, d, values.get(reader) ?? [], bases.get(reader)?.base ?? 0, base, scratch);
        const need = sources === undefined ? undefined : { form, begin: scratch.sum(), sources, tuple: new Float64Array(sources.length), table: new TupleTable(sources.length), known: [] };
        const value = own[d];
        if (value === undefined) throw new NotCovered('an axis that is not there');
        return {
          variable, place: at.base + variable.slot, domainMin: axis.min, domainExtent: axis.extent,
          recipe, value, start: termSumOf(constantSum(axis.min), () => undefined), table: new TupleTable(recipe.width + 1), need,
        };
      });
      const fused = stage.relations.flatMap((r) => (r.kind === 'fuse' ? [r.fused] : []));
      for (const v of fused) this.unknown[at.base + v.slot] = 1;
      return { stage, ...at, roots, relations, fused, readers, inferredFor: -1 };
    });
    for (let i = 0; i < rootBase; i++) this.inferred.push(undefined);
    for (const plan of this.plans) plan.roots.forEach((root, d) => (this.flat[plan.rootBase + d] = root));
  }

  baseOf(stage: StageSchedule): number {
    return this.planOf(stage).base;
  }

  rootBaseOf(stage: StageSchedule): number {
    return this.planOf(stage).rootBase;
  }

  private readonly loopAt = (place: number): LoopVar => this.loops[place]!;

  placeOf(v: IndexVar): number | undefined {
    return this.places.get(v);
  }

  /** The values of the stage's axes, spatial, then reduce. */
  valuesOf(stage: StageSchedule): readonly RootValue[] {
    return this.planOf(stage).roots.map((root) => root.value);
  }

  private planOf(stage: StageSchedule): StagePlan {
    const plan = this.plans.find((p) => p.stage === stage);
    if (plan === undefined) throw new NotCovered(`${stage.op.name} has no loops`);
    return plan;
  }

  /** Sets `extents` and `ids`. False: this candidate is not covered. */
  set(numbers: Float64Array): boolean {
    this.serial++;
    const { plans, extents } = this;
    for (let p = 0; p < plans.length; p++) {
      const plan = plans[p]!;
      const { roots, rootBase } = plan;
      for (let d = 0; d < roots.length; d++) {
        const root = roots[d]!;
        if (root.need === undefined) extents[root.place] = root.domainExtent;
        else {
          const { form, begin } = root.need;
          let extent = form === undefined ? 0 : form.evaluate(extents, this.unknown, begin);
          if (extent === 0) {
            const need = this.infer(plan, p, d, root.need);
            if (need === undefined) return false;
            begin.copy(need.terms);
            this.inferred[rootBase + d] = need.min;
            extent = need.extent;
          }
          extents[root.place] = extent;
        }
      }
      if (!pushDown(plan.relations, numbers, extents)) return false;
      for (let d = 0; d < roots.length; d++) if (!this.place(roots[d]!)) return false;
    }
    return true;
  }

  /** The value of an axis; false if it does not stay within its domain without a check. */
  private place(root: RootPlan): boolean {
    const { extents } = this;
    const { value, domainMin, domainExtent } = root;
    const isSum = value.count(extents);
    const min = root.need?.begin ?? root.start;
    if (root.need !== undefined && (extents[root.place] !== domainExtent || min.count > 0 || min.constant !== domainMin)) {
      if (!isSum || !min.valid) return false;
      const { normal } = value;
      this.normalMin.normalise(min, extents);
      if (this.normalMin.least(extents) + normal.least(extents) < domainMin) return false;
      if (this.normalMin.greatest(extents) + normal.greatest(extents) >= domainMin + domainExtent) return false;
    }
    value.begin(extents, min);
    return true;
  }

  /** The number of an axis (its place among all axes) of the candidate: equal ones have equal index expressions. */
  idOf(flat: number): number {
    if (this.idsFor[flat] === this.serial) return this.ids[flat]!;
    this.idsFor[flat] = this.serial;
    const { recipe, table, need } = this.flat[flat]!;
    const begin = need === undefined ? 0 : this.beginOf(need);
    const { tuple } = this;
    tuple[0] = begin;
    recipe.write(this.extents, tuple, 1);
    return (this.ids[flat] = table.idOf(tuple));
  }

  /** A number for where an axis begins: 0 and below for constants. */
  private beginOf(need: NeedPlan): number {
    const { begin } = need;
    if (begin.valid && begin.count === 0) return -begin.constant;
    return 1 + this.tupleOf(need);
  }

  private tupleOf({ sources, table, tuple }: NeedPlan): number {
    for (let k = 0; k < sources.length; k++) tuple[k] = this.idOf(sources[k]!);
    return table.idOf(tuple);
  }

  private infer(plan: StagePlan, p: number, d: number, need: NeedPlan): Need | undefined {
    const { known } = need;
    const id = this.tupleOf(need);
    if (id in known) return known[id];
    this.inferAll(plan, p);
    const { symbolic, min, extent } = plan.roots[d]!.variable;
    return (known[id] = symbolic !== undefined ? undefined : { min, terms: termSumOf(min, (v) => this.places.get(v)), extent });
  }

  /** Infers the ranges of the axes of plan `p` from those of the plans before. */
  private inferAll(plan: StagePlan, p: number): void {
    if (plan.inferredFor === this.serial) return;
    plan.inferredFor = this.serial;
    this.loweredFor = -1;
    for (let i = 0; i < p; i++) {
      const before = this.plans[i]!;
      this.materialise(before);
      for (const v of before.fused) {
        v.lo = -Infinity;
        v.hi = Infinity;
      }
    }
    for (const { variable, domainMin, domainExtent } of plan.roots) {
      variable.min = constantSum(domainMin);
      variable.extent = domainExtent;
      variable.symbolic = undefined;
    }
    inferRoots(plan.stage, plan.readers);
  }

  /** Gives the variables of a stage the present ranges. */
  private materialise({ stage, base, rootBase, roots }: StagePlan): void {
    for (const v of stage.vars) {
      v.extent = this.extents[base + v.slot]!;
      v.lo = 0;
      v.hi = v.extent - 1;
      v.symbolic = undefined;
      v.whole = undefined;
    }
    for (let d = 0; d < roots.length; d++) {
      const { need, variable, start } = roots[d]!;
      const begin = need?.begin ?? start;
      variable.min = begin.valid ? sumOfTerms(begin, this.loopAt) : this.inferred[rootBase + d] ?? constantSum(0);
    }
  }

  /** Gives all variables the present ranges, as lowering wants them. */
  lower(): void {
    if (this.loweredFor === this.serial) return;
    this.loweredFor = this.serial;
    for (const plan of this.plans) this.materialise(plan);
  }
}

/** False: a split that leaves a rest. */
function pushDown(relations: readonly RelationPlan[], numbers: Float64Array, extents: Float64Array): boolean {
  for (let i = 0; i < relations.length; i++) {
    const r = relations[i]!;
    if (!r.split) {
      extents[r.whole] = extents[r.outer]! * extents[r.inner]!;
      continue;
    }
    let length = 1;
    for (let k = 0; k < r.numbers.length; k++) length *= numbers[r.numbers[k]!]!;
    const whole = extents[r.whole]!;
    if (whole < length) length = whole;
    const rest = whole / length;
    if (rest !== Math.floor(rest)) return false;
    extents[r.outer] = r.byParts ? length : rest;
    extents[r.inner] = r.byParts ? rest : length;
  }
  return true;
}

/** The axes of all readers that index dimension `d`. */
function sourcesOf(readers: readonly Reader[], d: number, rootBaseOf: (stage: StageSchedule) => number): readonly number[] {
  const sources = new Set<number>();
  for (const { stage, accesses } of readers) {
    const op = stage.compute;
    const axes = [...op.axes, ...op.reduceAxes];
    for (const access of accesses) {
      const index = access.indices[d];
      if (index === undefined) continue;
      visitExpr(index, (node) => {
        const at = node.kind === 'var' ? axes.findIndex((axis) => axis.var === node) : -1;
        if (at >= 0) sources.add(rootBaseOf(stage) + at);
      });
    }
  }
  return [...sources];
}
