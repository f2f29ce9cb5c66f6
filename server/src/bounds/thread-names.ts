/**
 * Iterators that are bound to a GPU axis stand in inferred bounds under the axis's name (`blockIdx_x`). The axis has a known
 * range, which fused iterators have not, so that more can be simplified (TVM: InferRootBound puts the thread variable in place).
 */
import { addScaled, constantSum, IndexVar, Sum, variableSum, type AtomBase } from '../ir/affine.js';
import { divide, KNOWN_RANGES, modulo } from '../ir/affine-division.js';
import { variable } from '../ir/expr.js';
import { isThread, LoopVar } from './loop-var.js';

export class ThreadNames {
  private readonly axes = new Map<LoopVar, IndexVar>();

  /** `s` with thread axes in place of the iterators bound to them. */
  renamed(s: Sum): Sum {
    if (!usesThread(s)) return s;
    let result = constantSum(s.constant);
    for (const t of s.terms) {
      let value = t.base instanceof Sum ? this.renamed(t.base) : variableSum(this.axisOf(t.base));
      if (t.mod !== Infinity) value = modulo(value, t.mod, KNOWN_RANGES);
      if (t.div !== 1) value = divide(value, t.div, KNOWN_RANGES);
      result = addScaled(result, value, t.coef);
    }
    return result;
  }

  private axisOf(base: IndexVar): IndexVar {
    if (!(base instanceof LoopVar) || !isThread(base.annotation)) return base;
    let axis = this.axes.get(base);
    if (axis === undefined) {
      axis = new IndexVar(variable(base.annotation.replace('.', '_')));
      axis.lo = 0;
      axis.hi = base.extent - 1;
      this.axes.set(base, axis);
    }
    return axis;
  }
}

function usesThread(base: AtomBase): boolean {
  if (base instanceof Sum) return base.terms.some((t) => usesThread(t.base));
  return base instanceof LoopVar && isThread(base.annotation);
}
