/** A tensor's elements in another order than row-major, as packed weights have them. */

/** Each iteration moves `step` positions on in the row-major tensor. */
export interface OrderLoop { readonly extent: number; readonly step: number }

/** The loops that visit every element once, the outermost first. */
export type ElementOrder = readonly OrderLoop[];

/** Loops that go on where the ones inside them end are one; those with one iteration are none. */
export function joinLoops(loops: ElementOrder): ElementOrder {
  const found: OrderLoop[] = [];
  for (const loop of loops) {
    if (loop.extent === 1) continue;
    const outer = found.at(-1);
    if (outer !== undefined && outer.step === loop.extent * loop.step) found[found.length - 1] = { extent: outer.extent * loop.extent, step: loop.step };
    else found.push(loop);
  }
  return found;
}

/** The innermost loop's elements, `run` at a time: those from `to` on in the new order are those at `from`, `from + step`, ... of the row-major tensor. */
export function visitRuns(order: ElementOrder, visit: (to: number, from: number, run: number, step: number) => void): void {
  const loops = order.slice(0, -1);
  const { extent: run, step } = order.at(-1) ?? { extent: 1, step: 0 };
  const count = loops.reduce((n, { extent }) => n * extent, run);
  const index = loops.map(() => 0);
  let from = 0;
  for (let to = 0; to < count; to += run) {
    visit(to, from, run, step);
    for (let j = loops.length - 1; j >= 0; j--) {
      const loop = loops[j] as OrderLoop;
      const next = (index[j] as number) + 1;
      if (next < loop.extent) {
        index[j] = next;
        from += loop.step;
        break;
      }
      from -= (next - 1) * loop.step;
      index[j] = 0;
    }
  }
}
