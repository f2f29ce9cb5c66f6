/**
 * What every iteration of a loop computes alike, taken out of it. C compilers leave such values in loops that store, where they cannot tell that the store
 * does not change what the values are made of: a layer norm then divides and takes roots for each element instead of each row.
 */
import type { Buffer } from '../../ir/buffer.js';
import type { Var } from '../../ir/expr.js';
import { mentions } from '../../ir/walk.js';
import { valueType, type KernelStmt, type Register, type Value } from './ir.js';
import type { RegisterFile } from './registers.js';
import { withOperands } from './value-walk.js';

/** `before` the loop, and what is left `inside`. */
export interface Hoisted { readonly before: readonly KernelStmt[]; readonly inside: readonly KernelStmt[] }

/** Takes what does not depend on `loop`, which runs at least once, out of its straight-line `body`; `stored`: the buffer that it changes. */
export function hoistInvariant(body: readonly KernelStmt[], loop: Var, stored: Buffer, file: RegisterFile): Hoisted {
  const before: KernelStmt[] = [];
  const fixed = new Set<Register>();
  const isFixed = (v: Value): boolean => {
    switch (v.kind) {
      case 'const': return true;
      case 'register': return fixed.has(v.register);
      case 'load': return v.buffer !== stored && !v.index.terms.some((t) => mentions(t.atom, loop));
      case 'binary': return isFixed(v.a) && isFixed(v.b);
      case 'fma': return isFixed(v.a) && isFixed(v.b) && isFixed(v.c);
      case 'call': return v.args.every(isFixed);
      case 'cast': return isFixed(v.a);
      // Guarded, or made of indices: not worth a register.
      case 'branch': case 'gather': case 'across': case 'index': return false;
    }
  };
  const without = (v: Value): Value => {
    // Of a guarded value nothing may be computed before its guard is known.
    if (v.kind === 'const' || v.kind === 'register' || v.kind === 'load' || v.kind === 'branch') return v;
    if (!isFixed(v)) return withOperands(v, without);
    const register = file.create(v.lanes, valueType(v));
    before.push({ kind: 'let', register, value: v });
    fixed.add(register);
    return { kind: 'register', register };
  };
  const inside = body.flatMap((s): KernelStmt[] => {
    if (s.kind === 'let' && isFixed(s.value)) {
      before.push(s);
      fixed.add(s.register);
      return [];
    }
    return s.kind === 'let' || s.kind === 'store' ? [{ ...s, value: without(s.value) }] : [s];
  });
  return { before, inside };
}
