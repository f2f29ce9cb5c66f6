/** Padding as a stage of its own, which the search inlines or computes in place (operator library: nn.pad). */
import { compute } from '../create.js';
import type { ComputeOp } from '../op.js';
import { choose } from '../../ir/choice.js';
import type { Buffer } from '../../ir/buffer.js';
import { binary, float, int, load, type Expr } from '../../ir/expr.js';
import { numberedAxes } from './index-forms.js';

export interface Padding {
  /** Elements before and after, for each dimension. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

export function isPadded({ before, after }: Padding): boolean {
  return before.some((n) => n !== 0) || after.some((n) => n !== 0);
}

/** `name` is the stage's, `prefix` its axes' (`i` or `ax`); without any padding it is a plain copy. A padded dimension has both conditions. */
export function padStage(name: string, prefix: string, data: Buffer, padding: Padding, value: number): ComputeOp {
  return stage(name, prefix, data, padding, value, (before, after) => [before !== 0 || after !== 0, before !== 0 || after !== 0]);
}

/** The same with conditions only for sides that have padding, as pools write it. */
export function nonZeroPadStage(name: string, prefix: string, data: Buffer, padding: Padding, value: number): ComputeOp {
  return stage(name, prefix, data, padding, value, (before, after) => [before !== 0, after !== 0]);
}

/** `guarded` tells for the padding of a dimension whether its lower and its upper end have conditions. */
function stage(name: string, prefix: string, data: Buffer, padding: Padding, value: number, guarded: (before: number, after: number) => readonly [boolean, boolean]): ComputeOp {
  const shape = data.shape.map((extent, i) => extent + (padding.before[i] ?? 0) + (padding.after[i] ?? 0));
  return compute(name, shape, numberedAxes(prefix, shape.length), (axes) => {
    const inside: Expr[] = [];
    const index = axes.map((axis, i): Expr => {
      const before = padding.before[i] ?? 0;
      const [lower, upper] = guarded(before, padding.after[i] ?? 0);
      if (lower) inside.push(binary('ge', axis, int(before)));
      if (upper) inside.push(binary('lt', axis, int((data.shape[i] ?? 0) + before)));
      return before === 0 ? axis : binary('sub', axis, int(before));
    });
    return choose(inside, load(data, index), float(value, data.dtype));
  });
}
