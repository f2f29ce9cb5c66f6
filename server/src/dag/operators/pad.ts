/** Padding as a stage of its own, which the search inlines or computes in place (operator library: nn.pad). */
import { compute } from '../create.js';
import type { ComputeOp } from '../op.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, float, ifThenElse, int, load, type Expr } from '../../ir/expr.js';
import { numberedAxes } from './index-forms.js';

export interface Padding {
  /** Elements before and after, for each dimension. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export function isPadded({ before, after }: Padding): boolean {
  return before.some((n) => n !== 0) || after.some((n) => n !== 0);
}

/** `name` is the stage's, `prefix` its axes' (`i` or `ax`); without any padding it is a plain copy. */
export function padStage(name: string, prefix: string, data: Buffer, padding: Padding, value: number): ComputeOp {
  const shape = data.shape.map((extent, i) => extent + (padding.before[i] ?? 0) + (padding.after[i] ?? 0));
  return compute(name, shape, numberedAxes(prefix, shape.length), (axes) => {
    const inside: Expr[] = [];
    const index = axes.map((axis, i): Expr => {
      const before = padding.before[i] ?? 0;
      if (before === 0 && (padding.after[i] ?? 0) === 0) return axis;
      inside.push(binary('ge', axis, int(before)), binary('lt', axis, int((data.shape[i] ?? 0) + before)));
      return before === 0 ? axis : binary('sub', axis, int(before));
    });
    const [first, ...rest] = inside;
    const element = load(data, index);
    return first === undefined ? element : ifThenElse(rest.reduce((all, one) => binary('and', all, one), first), element, float(value, data.dtype));
  });
}
