/**
 * A store's value taken apart once per structure: operations that are always there, conditions that numbers decide, indices and
 * loads. What of it depends on which axes decides what has to be known to look a part up.
 */
import type { ComputeOp } from '../../dag/op.js';
import type { Analysis } from '../../bounds/analyse.js';
import { bodyValue } from '../../bounds/accesses.js';
import { conjuncts, ifThenElseOf, type Choice } from '../../ir/choice.js';
import type { Buffer } from '../../ir/buffer.js';
import type { Expr } from '../../ir/expr.js';
import { operands } from '../../ir/walk.js';
import { OP_COLUMNS, SELECT_OP } from '../layout.js';
import { countBinary, countCall } from '../value-ops.js';
import { NotCovered } from './not-covered.js';

/** Where an expression stands: in the body of an inlined operation that is read at `indices`; undefined: in the stage's own. */
export interface Inlined { readonly outer: Inlined | undefined; readonly op: ComputeOp; readonly indices: readonly Expr[] }

/** An integer or boolean expression that is lowered when the numbers of its axes are new. */
export interface Item {
  readonly expr: Expr;
  readonly inlined: Inlined | undefined;
  /** The stage's axes in it: spatial, then reduce. */
  readonly axes: readonly number[];
  /** Conditions known to hold where it stands. */
  readonly known: readonly Condition[];
}

/** A conjunction of comparisons; `guards`: where it is looked at, `known`: what holds there. */
export interface Condition { readonly index: number; readonly conjuncts: readonly Item[]; readonly guards: readonly Guard[]; readonly known: readonly Condition[] }

/** Something is there only if the condition may be true (`wanted`) or may be false. */
export interface Guard { readonly condition: Condition; readonly wanted: boolean }

/** Operations, an index whose operations count, or a load. */
export interface Part {
  readonly guards: readonly Guard[];
  readonly ops?: Int32Array;
  readonly counted?: Item;
  readonly load?: { readonly buffer: Buffer; readonly indices: readonly Item[] };
}

export interface BodyPlan { readonly parts: readonly Part[]; readonly conditions: readonly Condition[] }

/** Whether a value is the number 1 after simplification: products with 1 are left out. */
type Unit = 'one' | 'other' | 'perhaps';

const ARITHMETIC: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'floordiv', 'floormod']);
const TRUTH: ReadonlySet<string> = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'and', 'or']);

function hasLoad(e: Expr): boolean {
  return e.kind === 'load' || operands(e).some(hasLoad);
}

/** The stage's axes in `e`, which stands in `inlined`. */
function axesIn(e: Expr, own: ComputeOp, inlined: Inlined | undefined, found: Set<number>): void {
  if (e.kind !== 'var') {
    for (const child of operands(e)) axesIn(child, own, inlined, found);
    return;
  }
  const op = inlined?.op ?? own;
  const at = [...op.axes, ...op.reduceAxes].findIndex((axis) => axis.var === e);
  if (at < 0) throw new NotCovered('a variable that is no axis');
  const index = inlined?.indices[at];
  if (inlined === undefined || index === undefined) found.add(at);
  else axesIn(index, own, inlined.outer, found);
}

export class BodyPlanner {
  private readonly parts: Part[] = [];
  private readonly conditions: Condition[] = [];

  constructor(private readonly op: ComputeOp, private readonly analysis: Analysis) {}

  item(expr: Expr, inlined: Inlined | undefined, known: readonly Condition[]): Item {
    if (hasLoad(expr)) throw new NotCovered('indices that come from data');
    const axes = new Set<number>();
    axesIn(expr, this.op, inlined, axes);
    return { expr, inlined, axes: [...axes].sort((a, b) => a - b), known };
  }

  plan(value: Expr): BodyPlan {
    this.walk(value, undefined, [], []);
    return { parts: this.parts, conditions: this.conditions };
  }

  private count(guards: readonly Guard[], count: (ops: Int32Array) => void): void {
    const ops = new Int32Array(OP_COLUMNS);
    count(ops);
    this.parts.push({ guards, ops });
  }

  private walk(e: Expr, inlined: Inlined | undefined, guards: readonly Guard[], known: readonly Condition[]): Unit {
    switch (e.kind) {
      case 'int': return 'other';
      case 'float': return e.value === 1 ? 'one' : 'other';
      case 'var':
        this.parts.push({ guards, counted: this.item(e, inlined, known) });
        return 'other';
      case 'not': throw new NotCovered('a truth value');
      case 'cast':
        this.walk(e.a, inlined, guards, known);
        return 'other';
      case 'binary': {
        if (TRUTH.has(e.op)) throw new NotCovered('a truth value');
        if (ARITHMETIC.has(e.op) && (e.dtype === 'int32' || e.dtype === 'int64')) {
          this.parts.push({ guards, counted: this.item(e, inlined, known) });
          return 'other';
        }
        const at = this.parts.length;
        const a = this.walk(e.a, inlined, guards, known);
        const b = this.walk(e.b, inlined, guards, known);
        if ((e.op === 'mul' || e.op === 'div') && (a === 'perhaps' || b === 'perhaps')) throw new NotCovered('a product with what may be 1');
        if (e.op === 'mul' && (a === 'one' || b === 'one')) return a === 'one' ? b : a;
        const ops = new Int32Array(OP_COLUMNS);
        countBinary(ops, e, e.b.kind === 'float' || b === 'one');
        this.parts.splice(at, 0, { guards, ops });
        return 'other';
      }
      case 'select': return this.choice({ cond: e.cond, then: e.then, otherwise: e.else }, undefined, inlined, guards, known);
      case 'call': {
        const choice = ifThenElseOf(e);
        if (choice !== undefined) return this.choice(choice, (ops) => { countCall(ops, e); }, inlined, guards, known);
        this.count(guards, (ops) => { countCall(ops, e); });
        for (const arg of e.args) this.walk(arg, inlined, guards, known);
        return 'other';
      }
      case 'load': {
        const producer = this.analysis.producers.get(e.buffer);
        const stage = producer === undefined ? undefined : this.analysis.stages[producer];
        if (stage !== undefined && stage.inlined && stage.op.kind === 'compute') {
          if (stage.op.attrs.constMatrix === true) return stage.op.output.dtype.startsWith('int') ? 'other' : 'one';
          return this.walk(bodyValue(stage.op), { outer: inlined, op: stage.op, indices: e.indices }, guards, known);
        }
        const indices = e.indices.map((index) => this.item(index, inlined, known));
        this.parts.push({ guards, load: { buffer: e.buffer, indices } });
        for (const counted of indices) this.parts.push({ guards, counted });
        return 'other';
      }
    }
  }

  /** `countCall` undefined: a select, whose condition is not known in its branches. */
  private choice(
    { cond, then, otherwise }: Choice, counted: ((ops: Int32Array) => void) | undefined,
    inlined: Inlined | undefined, guards: readonly Guard[], known: readonly Condition[],
  ): Unit {
    const condition: Condition = { index: this.conditions.length, conjuncts: conjuncts(cond).map((e) => this.item(e, inlined, known)), guards, known };
    this.conditions.push(condition);
    const yes = [...guards, { condition, wanted: true }];
    const no = [...guards, { condition, wanted: false }];
    // The operation itself is there only while both branches are.
    this.count([...yes, { condition, wanted: false }], counted ?? ((ops) => void ops[SELECT_OP]!++));
    const a = this.walk(then, inlined, yes, counted === undefined ? known : [...known, condition]);
    const b = this.walk(otherwise, inlined, no, known);
    return a === 'other' && b === 'other' ? 'other' : 'perhaps';
  }
}
