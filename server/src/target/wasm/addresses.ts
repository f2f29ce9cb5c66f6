/**
 * Addresses of one straight-line block: the varying part of each distinct address is kept in a local. In an innermost loop it is moved by
 * a constant each turn instead of being computed again (V8 does neither hoisting nor strength reduction for WebAssembly).
 */
import type { Buffer } from '../../ir/buffer.js';
import type { Expr, Var } from '../../ir/expr.js';
import { coefficient, linearKey, type Linear } from '../kernel/linear.js';

export interface Base {
  readonly buffer: Buffer;
  /** The part that varies (with the constant where it may be negative). */
  readonly linear: Linear;
  readonly local: number;
  /** Bytes added per turn of the loop; undefined: computed in each turn. */
  readonly step: number | undefined;
}

export class AddressScope {
  private readonly bases = new Map<string, Base>();

  constructor(private readonly loopVar: Var | undefined) {}

  /** Splits an address into a base (made by `create` on first use) and a constant byte offset, which is never negative. */
  resolve(buffer: Buffer, id: number, index: Linear, elementBytes: number, create: () => number): { base: Base; offset: number; isNew: boolean } {
    const folds = index.constant < 0 || index.terms.some((t) => t.coef < 0 || mayBeNegative(t.atom));
    const linear: Linear = { terms: index.terms, constant: folds ? index.constant : 0 };
    const key = `${id}:${linearKey(linear)}`;
    const offset = folds ? 0 : index.constant * elementBytes;
    const known = this.bases.get(key);
    if (known !== undefined) return { base: known, offset, isNew: false };
    const coef = this.loopVar === undefined ? undefined : coefficient(linear, this.loopVar);
    const base: Base = { buffer, linear, local: create(), step: coef === undefined ? undefined : coef * elementBytes };
    this.bases.set(key, base);
    return { base, offset, isNew: true };
  }

  all(): readonly Base[] {
    return [...this.bases.values()];
  }
}

/** Whether an atom may be below 0: the engine adds offsets without wrapping, so that a base must not be negative. */
function mayBeNegative(e: Expr): boolean {
  switch (e.kind) {
    case 'var': return false;
    case 'int': return e.value < 0;
    case 'binary': return e.op !== 'floormod' && (e.op === 'sub' || mayBeNegative(e.a) || mayBeNegative(e.b));
    default: return true;
  }
}
