/** An index expression over axes as arithmetic on sums: only additions and products with constants. */
import type { Expr } from '../../ir/expr.js';
import type { ComputeOp } from '../../dag/op.js';
import type { Inlined, Item } from './body-plan.js';
import type { RootValue } from './root-values.js';
import type { Scratch } from './scratch.js';
import type { TermSum } from './term-sum.js';

export type Form =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'axis'; readonly root: RootValue }
  /** An axis of an inlined operation: what it is read at. */
  | { readonly kind: 'inlined'; readonly value: Form; readonly raw: TermSum }
  | { readonly kind: 'sum'; readonly a: Form; readonly b: Form; readonly sign: number; readonly rest: TermSum }
  | { readonly kind: 'product'; readonly a: Form; readonly factor: number };

export function formOf(e: Expr, op: ComputeOp, roots: readonly RootValue[], inlined: Inlined | undefined, scratch: Scratch): Form | undefined {
  switch (e.kind) {
    case 'int': return { kind: 'constant', value: e.value };
    case 'var': {
      const own = inlined?.op ?? op;
      const at = [...own.axes, ...own.reduceAxes].findIndex((axis) => axis.var === e);
      if (inlined === undefined) {
        const root = roots[at];
        return root === undefined ? undefined : { kind: 'axis', root };
      }
      const index = inlined.indices[at];
      const value = index === undefined ? undefined : formOf(index, op, roots, inlined.outer, scratch);
      return value === undefined ? undefined : { kind: 'inlined', value, raw: scratch.sum() };
    }
    case 'binary': {
      const a = formOf(e.a, op, roots, inlined, scratch);
      const b = formOf(e.b, op, roots, inlined, scratch);
      if (a === undefined || b === undefined) return undefined;
      if (e.op === 'add' || e.op === 'sub') return { kind: 'sum', a, b, sign: e.op === 'add' ? 1 : -1, rest: scratch.sum() };
      return e.op === 'mul' && b.kind === 'constant' && b.value > 0 ? { kind: 'product', a, factor: b.value } : undefined;
    }
    default: return undefined;
  }
}

/** `isNormal`: axes in normal form, else as they are. */
function evaluate(form: Form, isNormal: boolean, extents: Float64Array, out: TermSum): void {
  switch (form.kind) {
    case 'constant': return out.set(form.value);
    case 'axis': return out.copy(isNormal ? form.root.normal : form.root.value);
    case 'inlined':
      if (!isNormal) return evaluate(form.value, false, extents, out);
      evaluate(form.value, false, extents, form.raw);
      return out.normalise(form.raw, extents);
    case 'sum':
      evaluate(form.a, isNormal, extents, out);
      evaluate(form.b, isNormal, extents, form.rest);
      return out.add(form.rest, form.sign);
    case 'product':
      evaluate(form.a, isNormal, extents, out);
      return out.scale(form.factor);
  }
}

export class IndexForm {
  private readonly result: TermSum;
  private readonly last: TermSum;

  private constructor(private readonly form: Form, scratch: Scratch) {
    this.result = scratch.sum();
    this.last = scratch.sum();
  }

  /** Undefined for other arithmetic. */
  static of(item: Item, op: ComputeOp, roots: readonly RootValue[], scratch: Scratch): IndexForm | undefined {
    const form = formOf(item.expr, op, roots, item.inlined, scratch);
    return form === undefined ? undefined : new IndexForm(form, scratch);
  }

  /** The index in normal form. */
  evaluate(extents: Float64Array): TermSum {
    const { form, result, last } = this;
    if (form.kind === 'axis') return form.root.normal;
    evaluate(form, true, extents, result);
    if (form.kind === 'inlined') return result;
    last.normalise(result, extents);
    return last;
  }
}
