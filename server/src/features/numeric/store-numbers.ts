/** One store of a structure: its accesses and operations, put together from pieces for each candidate. */
import type { Buffer } from '../../ir/buffer.js';
import { dtypeBytes } from '../../ir/dtype.js';
import type { Expr } from '../../ir/expr.js';
import { binary, load } from '../../ir/expr.js';
import type { Fact } from '../../ir/affine-division.js';
import { combine } from '../../lower/statements.js';
import { bodyValue } from '../../bounds/accesses.js';
import { OP_COLUMNS } from '../layout.js';
import { READ, READ_WRITE, WRITE } from '../store-accesses.js';
import { countBinary } from '../value-ops.js';
import { BodyPlanner, type BodyPlan, type Condition, type Item, type Part } from './body-plan.js';
import { Lookup, type AxisNumbers } from './lookup.js';
import { NumericAccess, NumericStore } from './numeric-accesses.js';
import type { IndexForm } from './index-form.js';
import { matters, type LoweredPiece, type Piece, type Verdict } from './piece.js';
import type { SumPiece } from './sum-piece.js';
import type { SiteLowering } from './site-lowering.js';

/** A condition of the body: its conjuncts, and what they are for the present candidate. */
class Decision {
  readonly present: Verdict[] = [];
  private readonly tables: readonly Lookup<Verdict>[];
  outcome: number = UNDECIDED;

  constructor(readonly condition: Condition, private readonly site: SiteLowering, private readonly outer: readonly Decision[]) {
    this.tables = condition.conjuncts.map((item) => new Lookup(site.placesOf(axesWith(item, outer))));
  }

  decide(ids: AxisNumbers): number {
    const { conjuncts } = this.condition;
    this.outcome = TRUE;
    for (let k = 0; k < conjuncts.length; k++) {
      const table = this.tables[k]!;
      const verdict = table.get(ids) ?? table.set(this.site.verdict(conjuncts[k]!, factsOf(this.outer)));
      this.present[k] = verdict;
      if (verdict.decided === false) this.outcome = FALSE;
      else if (verdict.decided === undefined && this.outcome === TRUE) this.outcome = UNDECIDED;
    }
    return this.outcome;
  }

  /** Adds the operations of a condition that stays. */
  count(ops: Int32Array): void {
    let undecided = 0;
    for (const { decided, ops: own } of this.present) {
      if (decided !== undefined) continue;
      undecided++;
      addOps(ops, own);
    }
    ops[BOOLEAN]! += undecided - 1;
  }
}

const FALSE = 0;
const TRUE = 1;
const UNDECIDED = 2;
const BOOLEAN = 14;

/**
 * An index: a sum of loops where it is one and no condition around says something of it; else lowered, and kept by the numbers of its
 * own axes, and by those of the conditions where these matter.
 */
class IndexNumbers {
  private readonly form: IndexForm | undefined;
  private readonly sum: SumPiece;
  private readonly own: Lookup<LoweredPiece>;
  private readonly joint: Lookup<LoweredPiece> | undefined;
  private readonly foreign: Conjunct[] = [];
  private readonly familiar: Conjunct[] = [];

  constructor(private readonly item: Item, private readonly site: SiteLowering, decisions: readonly Decision[], private readonly depths: Int32Array) {
    const around = decisions.filter((d) => item.known.includes(d.condition));
    for (const decision of around) {
      decision.condition.conjuncts.forEach((conjunct, k) => {
        const isFamiliar = decision.condition.known.length === 0 && conjunct.axes.every((axis) => item.axes.includes(axis));
        (isFamiliar ? this.familiar : this.foreign).push({ decision, conjunct: k });
      });
    }
    this.form = site.form(item);
    this.sum = site.scratch.piece();
    this.own = new Lookup(site.placesOf(item.axes));
    this.joint = this.foreign.length === 0 ? undefined : new Lookup(site.placesOf(axesWith(item, around)));
  }

  piece(ids: AxisNumbers): Piece {
    const { form, sum, own, joint, foreign } = this;
    if (form !== undefined && !saysMore(foreign) && !saysMore(this.familiar)) {
      const index = form.evaluate(this.site.extents);
      if (index.valid && sum.fill(index, this.site.extents, this.depths, this.site.site.path.length)) return sum;
    }
    const piece = own.get(ids) ?? own.set(this.site.piece(this.item, factsAmong(this.familiar)));
    if (joint === undefined) return piece;
    for (let k = 0; k < foreign.length; k++) {
      const { decision, conjunct } = foreign[k]!;
      const verdict = decision.present[conjunct]!;
      if (verdict.facts.length === 0 || verdict.decided !== undefined || !matters(verdict.about, piece.raw)) continue;
      return joint.get(ids) ?? joint.set(this.site.piece(this.item, factsOf([...new Set([...this.familiar, ...foreign].map((f) => f.decision))])));
    }
    return piece;
  }
}

interface Conjunct { readonly decision: Decision; readonly conjunct: number }

/** Whether facts say something of single loops. */
function saysMore(conjuncts: readonly Conjunct[]): boolean {
  for (let k = 0; k < conjuncts.length; k++) {
    const { decision, conjunct } = conjuncts[k]!;
    const verdict = decision.present[conjunct]!;
    if (verdict.decided === undefined && verdict.single) return true;
  }
  return false;
}

/** The store for one outcome of its conditions. */
interface Form {
  readonly store: NumericStore;
  readonly ops: Int32Array;
  readonly counted: readonly number[];
  /** Per access: which indices are its pieces. */
  readonly indices: readonly (readonly number[])[];
  readonly undecided: readonly Decision[];
}

export class StoreNumbers {
  private readonly plan: BodyPlan;
  private readonly decisions: Decision[] = [];
  private readonly items: IndexNumbers[] = [];
  private readonly numberOf = new Map<Item, number>();
  private readonly forms = new Map<number, Form>();
  private readonly written: readonly Item[];
  private readonly current: Piece[] = [];
  private readonly placeDepths: Int32Array;

  /** `idOf`: the buffers' numbers in the structure. Throws NotCovered. */
  constructor(private readonly site: SiteLowering, private readonly idOf: (buffer: Buffer) => number, private readonly depths: Int32Array) {
    this.placeDepths = site.depths();
    const { stage, part } = site.site;
    const op = stage.compute;
    const planner = new BodyPlanner(op, site.analysis);
    this.written = op.axes.map((axis) => planner.item(axis.var, undefined, []));
    const extra: Part[] = [];
    if (part === 'update' && op.body.kind === 'reduce') {
      const ops = new Int32Array(OP_COLUMNS);
      const own = load(op.output, op.axes.map((axis) => axis.var));
      const value: Expr = combine(op.body.combiner, own, own);
      if (value.kind === 'binary') countBinary(ops, binary(value.op, own, own), false);
      extra.push({ guards: [], ops }, ...this.written.map((counted): Part => ({ guards: [], counted })));
    }
    const body = part === 'init' ? { parts: [], conditions: [] } : planner.plan(bodyValue(op));
    this.plan = { parts: [...extra, ...body.parts], conditions: body.conditions };
    for (const condition of body.conditions) {
      this.decisions.push(new Decision(condition, site, this.decisions.filter((d) => condition.known.includes(d.condition))));
    }
    for (const item of this.written) this.register(item);
    for (const { counted, load: access } of this.plan.parts) {
      if (counted !== undefined) this.register(counted);
      for (const index of access?.indices ?? []) this.register(index);
    }
  }

  private register(item: Item): void {
    if (this.numberOf.has(item)) return;
    this.numberOf.set(item, this.items.length);
    this.items.push(new IndexNumbers(item, this.site, this.decisions, this.placeDepths));
  }

  /** The store of the candidate whose ranges are set. */
  view(ids: AxisNumbers): NumericStore {
    const { decisions, items, current } = this;
    let key = 0;
    for (let i = 0; i < decisions.length; i++) {
      const decision = decisions[i]!;
      key = key * 3 + (holds(decision.condition.guards, decisions) ? decision.decide(ids) : FALSE);
    }
    let form = this.forms.get(key);
    if (form === undefined) this.forms.set(key, form = this.form());
    const { store, indices, counted } = form;
    for (let i = 0; i < items.length; i++) current[i] = items[i]!.piece(ids);
    const { ops, list } = store;
    ops.set(form.ops);
    for (let i = 0; i < form.undecided.length; i++) form.undecided[i]!.count(ops);
    for (let i = 0; i < counted.length; i++) addOps(ops, current[counted[i]!]!.ops);
    for (let a = 0; a < list.length; a++) {
      const access = list[a]!;
      const of = indices[a]!;
      for (let k = 0; k < of.length; k++) access.pieces[k] = current[of[k]!]!;
      access.settle();
    }
    return store;
  }

  private form(): Form {
    const { stage, part, path } = this.site.site;
    const op = stage.compute;
    const ops = new Int32Array(OP_COLUMNS);
    const counted: number[] = [];
    const number = (item: Item): number => this.numberOf.get(item) ?? 0;
    const found: { readonly buffer: Buffer; kind: number; readonly indices: number[] }[] = [
      { buffer: op.output, kind: part === 'update' ? READ_WRITE : WRITE, indices: this.written.map(number) },
    ];
    for (const p of this.plan.parts) {
      if (!holds(p.guards, this.decisions)) continue;
      if (p.ops !== undefined) addOps(ops, p.ops);
      if (p.counted !== undefined) counted.push(number(p.counted));
      if (p.load === undefined) continue;
      const { buffer } = p.load;
      const old = found.find((access) => access.buffer === buffer);
      if (old === found[0] && old !== undefined) old.kind = READ_WRITE;
      else if (old !== undefined) old.indices.push(...p.load.indices.map(number));
      else found.push({ buffer, kind: READ, indices: p.load.indices.map(number) });
    }
    const list = found.map(({ buffer, kind }) => new NumericAccess(kind, this.idOf(buffer), dtypeBytes(buffer.dtype), buffer.shape, this.depths));
    const undecided = this.decisions.filter((d) => d.outcome === UNDECIDED && holds(d.condition.guards, this.decisions));
    return { store: new NumericStore(list, this.depths, path.length), ops, counted, indices: found.map((f) => f.indices), undecided };
  }
}

function holds(guards: Condition['guards'], decisions: readonly Decision[]): boolean {
  for (const { condition, wanted } of guards) {
    const outcome = decisions[condition.index]!.outcome;
    if (outcome !== UNDECIDED && (outcome === TRUE) !== wanted) return false;
  }
  return true;
}

function addOps(to: Int32Array, ops: Int32Array): void {
  for (let i = 0; i < OP_COLUMNS; i++) to[i]! += ops[i]!;
}

function axesWith(item: Item, around: readonly Decision[]): readonly number[] {
  const axes = new Set(item.axes);
  for (const { condition } of around) for (const conjunct of condition.conjuncts) for (const axis of conjunct.axes) axes.add(axis);
  return [...axes];
}

function factsOf(decisions: readonly Decision[]): readonly Fact[] {
  return decisions.flatMap((d) => d.present.flatMap((v) => (v.decided === undefined ? v.facts : [])));
}

function factsAmong(conjuncts: readonly Conjunct[]): readonly Fact[] {
  return conjuncts.flatMap(({ decision, conjunct }) => {
    const verdict = decision.present[conjunct];
    return verdict === undefined || verdict.decided !== undefined ? [] : verdict.facts;
  });
}

