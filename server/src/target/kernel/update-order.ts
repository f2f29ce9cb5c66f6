/** The order in which a register tile's sums get their terms. */
import type { Expr, Var } from '../../ir/expr.js';
import { visitExpr } from '../../ir/walk.js';
import type { BuildContext } from './context.js';
import type { Cut } from './cuts.js';
import { isIndex } from './index-form.js';
import type { Register } from './ir.js';
import { coefficient, type Linear } from './linear.js';
import { iterationsOf, type Loop, type Update } from './nest.js';
import { slidesOver } from './window.js';

/** One loop inside a tile: the values that it takes there. */
export interface Axis { readonly loop: Loop; readonly cut: Cut; readonly outer: Var | undefined }

/** An output of the tile: where it is summed, and what stands for the loops there. */
export interface Accumulator { readonly register: Register; readonly index: Linear; readonly by: ReadonlyMap<Var, Expr> }

export interface Step { readonly accumulator: Accumulator; readonly step: ReadonlyMap<Var, Expr> }

/**
 * The order of the updates: step by step; where neighbouring outputs read the same elements in different steps of the innermost loop (sliding windows),
 * output by output within one turn of that loop, so that what they share is in a register for a short time only.
 */
export function ordered(ctx: BuildContext, update: Update, axes: readonly Axis[], accumulators: readonly Accumulator[], unrolled: readonly Loop[]): Step[] {
  const window = unrolled.at(-1);
  const last = window !== undefined && sharesLoads(ctx, update, axes, window) ? [window] : [];
  const inner = iterationsOf(last);
  return iterationsOf(unrolled.slice(0, unrolled.length - last.length))
    .flatMap((outer) => accumulators.flatMap((accumulator) => inner.map((step) => ({ accumulator, step: new Map([...outer, ...step]) }))));
}

/** Does some load have the same address for different outputs of the tile in different steps of `window`? */
function sharesLoads(ctx: BuildContext, update: Update, axes: readonly Axis[], window: Loop): boolean {
  let shares = false;
  visitExpr(update.source, (e) => {
    if (e.kind !== 'load' || shares || !e.indices.every(isIndex)) return;
    const at = ctx.storage.flat(e.buffer, e.indices);
    const step = coefficient(at, window.var);
    shares = axes.some(({ loop, cut: { offsets: [first = 0, second = 0], offsets } }) => slidesOver((coefficient(at, loop.var) ?? 0) * (second - first), offsets.length, step, window.extent));
  });
  return shares;
}

/** The outputs of a tile, whose last axis moves fastest, with that axis slowest: what all rows read is needed for one column at a time. */
export function byColumns(axes: readonly Axis[], accumulators: readonly Accumulator[]): readonly Accumulator[] {
  const columns = axes.at(-1)?.cut.offsets.length ?? 1;
  return Array.from({ length: columns }, (_, column) => accumulators.filter((_sum, i) => i % columns === column)).flat();
}
