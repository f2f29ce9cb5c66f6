/** An index expression of one store as features see it: everything about it that depends on numbers, by depth of the loops around. */
import { Sum, type IndexVar } from '../../ir/affine.js';
import type { Fact } from '../../ir/affine-division.js';
import type { Expr, Var } from '../../ir/expr.js';
import type { NestLoop } from '../../lower/stage-nest.js';
import { IndexCode } from '../index-code.js';
import { OP_COLUMNS } from '../layout.js';
import { LoopNest, PLAIN } from '../loop-nest.js';
import { countOps } from '../value-ops.js';

/** Nests deeper than this are left to the walk over programs. */
export const MOST_DEPTH = 60;
export const HALF = 30;

/** A set of loops by depth: two words of HALF bits; `unknown`: other variables too. */
export interface LoopSet { low: number; high: number; unknown: boolean }

export interface Piece {
  /** Inclusive bounds and extents with the loops from depth p on running; the last entry: none runs. */
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  readonly extent: Float64Array;
  /** Which loops occur. */
  readonly usesLow: number;
  readonly usesHigh: number;
  readonly ops: Int32Array;
  /** Coefficient of the loop at a depth where it occurs. */
  coefficient(depth: number): number;
}

/** A piece that was lowered. */
export interface LoweredPiece extends Piece {
  /** The loops that occurred before simplification. */
  readonly raw: LoopSet;
}

/** A comparison after simplification. */
export interface Verdict {
  /** Undefined: it stays, with these operations, and these facts hold where it is true. */
  readonly decided: boolean | undefined;
  readonly ops: Int32Array;
  readonly facts: readonly Fact[];
  /** Some fact is about a single atom: others say nothing of sums of loops. */
  readonly single: boolean;
  /** The loops in the facts. */
  readonly about: LoopSet;
}

export function uses(low: number, high: number, depth: number): boolean {
  return depth < HALF ? (low & (1 << depth)) !== 0 : (high & (1 << (depth - HALF))) !== 0;
}

export function noLoops(): LoopSet {
  return { low: 0, high: 0, unknown: false };
}

/** Adds the loops of a sum to `set`; `path`: the loops around, outermost first. */
export function addLoops(s: Sum, path: readonly NestLoop[], set: LoopSet): void {
  for (const { base } of s.terms) addBase(base, path, set);
}

function addBase(base: IndexVar | Sum, path: readonly NestLoop[], set: LoopSet): void {
  if (base instanceof Sum) return addLoops(base, path, set);
  const depth = path.findIndex((loop) => loop.variable === base);
  if (depth < 0) set.unknown = true;
  else if (depth < HALF) set.low |= 1 << depth;
  else set.high |= 1 << (depth - HALF);
}

/** Whether a fact about `about` can say anything of an index with the loops `raw`: only if all its loops occur there. */
export function matters(about: LoopSet, raw: LoopSet): boolean {
  if (about.unknown || raw.unknown) return true;
  return (about.low & ~raw.low) === 0 && (about.high & ~raw.high) === 0;
}

const NO_LOADS = (): void => undefined;

export function opsOf(e: Expr): Int32Array {
  const ops = new Int32Array(OP_COLUMNS);
  countOps(e, ops, NO_LOADS);
  return ops;
}

/** Makes pieces; scratch tables are kept. */
export class PieceMaker {
  private readonly nest = new LoopNest();
  private readonly code = new IndexCode(this.nest);

  /** `path`: all loops around the store; those of extent 1 do not occur. */
  make(index: Expr, path: readonly NestLoop[], raw: LoopSet): LoweredPiece {
    const { nest, code } = this;
    nest.reset();
    for (const { leaf, variable } of path) if (leaf.extent !== 1) nest.push(variableOf(variable), leaf.extent, PLAIN, 0);
    code.reset();
    const id = code.add(index);
    const n = path.length;
    const lo = new Float64Array(n + 1);
    const hi = new Float64Array(n + 1);
    const extent = new Float64Array(n + 1);
    const coefficients = new Float64Array(n);
    let usesLow = 0;
    let usesHigh = 0;
    let open = nest.depth;
    for (let p = n; p >= 0; p--) {
      const loop = path[p];
      if (loop !== undefined && loop.leaf.extent !== 1) {
        open--;
        if (code.uses(id, open)) {
          if (p < HALF) usesLow |= 1 << p;
          else usesHigh |= 1 << (p - HALF);
          coefficients[p] = code.coefficient(id, open);
        }
      }
      code.evaluate(id, open);
      lo[p] = code.lo[id] ?? 0;
      hi[p] = code.hi[id] ?? 0;
      extent[p] = ((hi[p] ?? 0) - (lo[p] ?? 0) + 1) | 0;
    }
    return { lo, hi, extent, coefficient: (p) => coefficients[p] ?? 0, usesLow, usesHigh, ops: opsOf(index), raw };
  }
}

function variableOf(v: IndexVar): Var | undefined {
  return v.expr.kind === 'var' ? v.expr : undefined;
}
