/** A piece made from a sum of loops, without an expression. One object is filled anew for each candidate. */
import { INT_OPS, OP_COLUMNS } from '../layout.js';
import { HALF, MOST_DEPTH, type Piece } from './piece.js';
import type { TermSum } from './term-sum.js';

const ADD_SUB = INT_OPS + 1;
const MUL = INT_OPS + 2;
const DIV_MOD = INT_OPS + 3;

export class SumPiece implements Piece {
  readonly lo = new Float64Array(MOST_DEPTH + 1);
  readonly hi = new Float64Array(MOST_DEPTH + 1);
  readonly extent = new Float64Array(MOST_DEPTH + 1);
  usesLow = 0;
  usesHigh = 0;
  readonly ops = new Int32Array(OP_COLUMNS);
  private sum: TermSum | undefined = undefined;
  private depths: Int32Array = new Int32Array(0);

  /**
   * Takes `s`, which must stay as it is while the piece is in use; false if it has other loops than those around. `depths`: by place in
   * the table of extents, the depth among the loops around; `depth`: how many there are.
   */
  fill(s: TermSum, extents: Float64Array, depths: Int32Array, depth: number): boolean {
    const { lo, hi, extent, ops } = this;
    this.sum = s;
    this.depths = depths;
    for (let p = 0; p <= depth; p++) lo[p] = hi[p] = 0;
    let adds = 0;
    let muls = 0;
    let divs = 0;
    let low = 0;
    let high = 0;
    for (let i = 0; i < s.count; i++) {
      const base = s.base[i]!;
      const p = depths[base]!;
      if (p < 0) return false;
      if (p < HALF) low |= 1 << p;
      else high |= 1 << (p - HALF);
      const coef = s.coef[i]!;
      const div = s.div[i]!;
      let last = Math.min(extents[base]!, s.mod[i]!) - 1;
      if (div !== 1) {
        last = Math.floor(last / div);
        divs++;
      }
      if (s.mod[i] !== Infinity) divs++;
      if (coef > 0) hi[p]! += last * coef;
      else lo[p]! += last * coef;
      if (coef !== 1 && coef !== -1) muls++;
      if (i > 0 || coef < 0) adds++;
    }
    if (s.count > 0 && s.constant !== 0) adds++;
    // Where all terms are negative the first is taken from a positive constant, if there is one.
    if (s.count > 0 && s.coef[0]! < 0 && s.constant > 0) adds--;
    lo[depth]! += s.constant;
    hi[depth]! += s.constant;
    extent[depth] = 1;
    for (let p = depth - 1; p >= 0; p--) {
      lo[p]! += lo[p + 1]!;
      hi[p]! += hi[p + 1]!;
      extent[p] = (hi[p]! - lo[p]! + 1) | 0;
    }
    this.usesLow = low;
    this.usesHigh = high;
    ops[ADD_SUB] = adds;
    ops[MUL] = muls;
    ops[DIV_MOD] = divs;
    return true;
  }

  /** The guess of index-code.ts, which says why it is one. */
  coefficient(depth: number): number {
    const s = this.sum;
    if (s === undefined) return 0;
    // 0: nothing yet, 1: the loop was seen, 2: a product has its literal, 3: a sum has been left.
    let state = 0;
    let stride = 1;
    let terms = 0;
    for (let i = 0; i < s.count; i++) {
      const coef = s.coef[i]!;
      // The constant stands before what is taken off.
      if (coef < 0 && s.constant > 0 && (i === 0 || s.coef[i - 1]! > 0)) {
        if (terms > 0 && state === 1) state = 3;
        terms++;
      }
      if (this.depths[s.base[i]!] === depth) {
        if (state === 0) state = 1;
        stride = 2;
      }
      if (coef !== 1 && coef !== -1 && (state === 1 || state === 2)) {
        state = 2;
        stride = Math.abs(coef);
      }
      if (coef > 0 && terms > 0 && state === 1) state = 3;
      terms++;
    }
    if (s.constant > 0 && (s.count === 0 || s.coef[s.count - 1]! > 0) && terms > 0 && state === 1) state = 3;
    return state === 2 ? stride : 1;
  }
}
