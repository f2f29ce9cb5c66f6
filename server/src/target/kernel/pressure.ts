/** How many vector registers straight-line code needs at a time for what it loads (Sethi and Ullman 1970 for trees; here the order is given, and counted). */
import type { KernelStmt, Value } from './ir.js';
import { valuesOf, visitValue } from './value-walk.js';

/** Registers that are declared in `stmts` and live at the same time. A vector that is used once may be read from memory by its use; numbers in all lanes may not. */
export function pressure(stmts: readonly KernelStmt[]): number {
  const flat = flattened(stmts);
  const uses = new Map<number, { readonly first: number; last: number; times: number; readonly needed: boolean }>();
  flat.forEach((s, at) => {
    for (const value of valuesOf(s)) {
      visitValue(value, (v) => {
        const use = v.kind === 'register' ? uses.get(v.register.id) : undefined;
        if (use === undefined) return;
        use.last = at;
        use.times++;
      });
    }
    if (s.kind === 'let' && s.register.lanes > 1) uses.set(s.register.id, { first: at, last: at, times: 0, needed: !isPlainLoad(s.value) });
  });
  const change = new Array<number>(flat.length + 1).fill(0);
  for (const { first, last, times, needed } of uses.values()) {
    if (times <= 1 && !needed) continue;
    change[first] = (change[first] ?? 0) + 1;
    change[last + 1] = (change[last + 1] ?? 0) - 1;
  }
  let live = 0;
  return change.reduce((most, by) => Math.max(most, live += by), 0);
}

function flattened(stmts: readonly KernelStmt[]): readonly KernelStmt[] {
  return stmts.flatMap((s) => (s.kind === 'if' ? [s, ...flattened(s.body)] : [s]));
}

function isPlainLoad(value: Value): boolean {
  return value.kind === 'load' && value.stride === 1;
}
