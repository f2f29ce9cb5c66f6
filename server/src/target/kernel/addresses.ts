/** Which addresses a nest writes: whether its iterations share some, and whether another nest writes the same ones. */
import { coefficient, linearKey, type Linear } from './linear.js';
import type { Loop } from './nest.js';

/** Do the iterations of these loops all have addresses of their own? */
export function eachApart(l: Linear, loops: readonly Loop[]): boolean {
  const strides = loops.filter((loop) => loop.extent > 1).map((loop) => ({ stride: Math.abs(coefficient(l, loop.var) ?? 0), extent: loop.extent })).sort((a, b) => a.stride - b.stride);
  let reach = 0;
  return strides.every(({ stride, extent }) => {
    const apart = stride > reach;
    reach += stride * (extent - 1);
    return apart;
  });
}

/** Do iterations of loops that move an address come back to it? (Loops whose part in it is unclear are left out.) */
export function meets(l: Linear, loops: readonly Loop[]): boolean {
  return !eachApart(l, loops.filter((loop) => coefficient(l, loop.var) !== undefined && coefficient(l, loop.var) !== 0));
}

/** A text that is equal for equal sets of addresses, however loops are split (i = 4 * i.0 + i.1); undefined if the part of a loop in them is unclear. */
export function addressesOf(l: Linear, loops: readonly Loop[]): string | undefined {
  let { constant } = l;
  const runs: { stride: number; extent: number }[] = [];
  for (const { var: v, extent } of loops) {
    const stride = coefficient(l, v);
    if (stride === undefined) return undefined;
    if (stride < 0) constant += stride * (extent - 1);
    if (stride !== 0 && extent > 1) runs.push({ stride: Math.abs(stride), extent });
  }
  const joined: typeof runs = [];
  for (const run of runs.sort((a, b) => a.stride - b.stride)) {
    const last = joined.at(-1);
    if (last !== undefined && run.stride === last.stride * last.extent) joined[joined.length - 1] = { stride: last.stride, extent: last.extent * run.extent };
    else joined.push(run);
  }
  const fixed = linearKey({ terms: l.terms.filter((t) => !loops.some((loop) => loop.var === t.atom)), constant });
  return `${fixed} ${joined.map(({ stride, extent }) => `${stride}:${extent}`).join(' ')}`;
}

/** Do the sums of a nest start at the addresses of `start`, each of them once? */
export function startsAll(start: { readonly at: Linear; readonly loops: readonly Loop[] }, sums: { readonly at: Linear; readonly loops: readonly Loop[] }): boolean {
  const addresses = addressesOf(sums.at, sums.loops);
  return addresses !== undefined && addresses === addressesOf(start.at, start.loops) && !meets(sums.at, sums.loops);
}
