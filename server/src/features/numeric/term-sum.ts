/**
 * Sums of loops with numbers only: what ir/affine.ts and ir/affine-division.ts do, in the same order, for sums whose atoms are
 * (loop mod u) div d. Loops are named by their place in the table of extents. Scratch, changed in place.
 */
const ROOM = 24;

export class TermSum {
  count = 0;
  constant = 0;
  readonly coef = new Float64Array(ROOM);
  readonly base = new Int32Array(ROOM);
  /** Infinity: none. */
  readonly mod = new Float64Array(ROOM);
  readonly div = new Float64Array(ROOM);
  /** False: what was asked for is no such sum. */
  valid = true;

  set(constant: number): void {
    this.count = 0;
    this.constant = constant;
    this.valid = true;
  }

  setLoop(base: number): void {
    this.set(0);
    this.push(1, base, Infinity, 1);
  }

  push(coef: number, base: number, mod: number, div: number): void {
    const i = this.count;
    if (i === ROOM) {
      this.valid = false;
      return;
    }
    this.coef[i] = coef;
    this.base[i] = base;
    this.mod[i] = mod;
    this.div[i] = div;
    this.count++;
  }

  copy(other: TermSum): void {
    this.set(other.constant);
    this.valid = other.valid;
    for (let i = 0; i < other.count; i++) this.push(other.coef[i]!, other.base[i]!, other.mod[i]!, other.div[i]!);
  }

  scale(factor: number): void {
    if (factor === 1) return;
    if (factor === 0) {
      this.count = 0;
      this.constant = 0;
      return;
    }
    for (let i = 0; i < this.count; i++) this.coef[i]! *= factor;
    this.constant = this.constant * factor + 0;
    if (factor < 0 && this.count > 1) this.sort();
  }

  /** this + factor * other. */
  add(other: TermSum, factor: number): void {
    if (!other.valid) this.valid = false;
    this.constant += factor * other.constant;
    if (other.count === 0) return;
    if (this.count === 0) {
      for (let i = 0; i < other.count; i++) this.push(other.coef[i]! * factor, other.base[i]!, other.mod[i]!, other.div[i]!);
      if (factor < 0 && this.count > 1) this.sort();
      return;
    }
    for (let i = 0; i < other.count; i++) this.insert(other.coef[i]! * factor, other.base[i]!, other.mod[i]!, other.div[i]!);
    this.mergeQuotients();
    this.sort();
  }

  /** Adds one atom, as `add` of a sum of it alone. */
  private addAtom(coef: number, base: number, mod: number, div: number): void {
    if (this.count === 0) return this.push(coef, base, mod, div);
    this.insert(coef, base, mod, div);
    this.mergeQuotients();
    this.sort();
  }

  private insert(coef: number, base: number, mod: number, div: number): void {
    for (let j = 0; j < this.count; j++) {
      if (this.mod[j] !== mod || this.div[j] !== div || this.base[j] !== base) continue;
      const sum = this.coef[j]! + coef;
      if (sum === 0) this.remove(j);
      else this.coef[j] = sum;
      return;
    }
    this.push(coef, base, mod, div);
  }

  private remove(at: number): void {
    this.count--;
    for (let i = at; i < this.count; i++) this.move(i + 1, i);
  }

  private move(from: number, to: number): void {
    this.coef[to] = this.coef[from]!;
    this.base[to] = this.base[from]!;
    this.mod[to] = this.mod[from]!;
    this.div[to] = this.div[from]!;
  }

  private mergeQuotients(): void {
    for (let i = 0; i < this.count; i++) {
      if (this.div[i] === 1) continue;
      for (let j = 0; j < this.count; j++) {
        if (this.mod[j] !== this.div[i] || this.coef[i]! * this.div[j]! !== this.coef[j]! * this.div[i]! || this.base[j] !== this.base[i]) continue;
        const coef = this.coef[j]!;
        const base = this.base[i]!;
        const mod = this.mod[i]!;
        const div = this.div[j]!;
        this.remove(Math.max(i, j));
        this.remove(Math.min(i, j));
        this.insert(coef, base, mod, div);
        i = -1;
        break;
      }
    }
  }

  private before(i: number, j: number): boolean {
    if (this.coef[i] !== this.coef[j]) return this.coef[i]! > this.coef[j]!;
    if (this.div[i] !== this.div[j]) return this.div[i]! > this.div[j]!;
    return this.mod[i]! > this.mod[j]!;
  }

  private sort(): void {
    for (let i = 1; i < this.count; i++) {
      for (let j = i; j > 0 && this.before(j, j - 1); j--) this.swap(j, j - 1);
    }
  }

  private swap(i: number, j: number): void {
    const coef = this.coef[i]!;
    const base = this.base[i]!;
    const mod = this.mod[i]!;
    const div = this.div[i]!;
    this.move(j, i);
    this.coef[j] = coef;
    this.base[j] = base;
    this.mod[j] = mod;
    this.div[j] = div;
  }

  /** div c, without the use of ranges: of a constant or one atom; c > 1. */
  divide(c: number): void {
    if (this.count === 0) {
      this.constant = Math.floor(this.constant / c);
      return;
    }
    if (!this.isAtom()) this.valid = false;
    else if (this.mod[0] !== Infinity && this.mod[0]! <= this.div[0]! * c) this.set(0);
    else this.div[0]! *= c;
  }

  /** mod c, without the use of ranges: of a constant or one atom; c > 1. */
  modulo(c: number): void {
    if (this.count === 0) {
      this.constant = ((this.constant % c) + c) % c;
      return;
    }
    const mod = this.div[0]! * c;
    if (!this.isAtom()) this.valid = false;
    else if (this.mod[0] !== Infinity && Math.floor((this.mod[0]! - 1) / this.div[0]!) < c) return;
    else if (this.mod[0] === Infinity || this.mod[0]! % mod === 0) this.mod[0] = mod;
    else this.valid = false;
  }

  private isAtom(): boolean {
    return this.count === 1 && this.coef[0] === 1 && this.constant === 0;
  }

  /** The least and the greatest value, of a sum in normal form. */
  least(extents: Float64Array): number {
    return this.end(extents, -1);
  }

  greatest(extents: Float64Array): number {
    return this.end(extents, 1);
  }

  private end(extents: Float64Array, sign: number): number {
    let at = this.constant;
    for (let i = 0; i < this.count; i++) {
      const coef = this.coef[i]!;
      if (coef * sign > 0) at += coef * Math.floor((Math.min(extents[this.base[i]!]!, this.mod[i]!) - 1) / this.div[i]!);
    }
    return at;
  }

  /** What is left of `from` when the loops' extents are used. */
  normalise(from: TermSum, extents: Float64Array): void {
    this.set(0);
    this.valid = from.valid;
    let changed = false;
    for (let i = 0; i < from.count; i++) {
      const base = from.base[i]!;
      const coef = from.coef[i]!;
      let mod = from.mod[i]!;
      const div = from.div[i]!;
      const extent = extents[base]!;
      const isSame = extent !== 1 && mod === Infinity && div === 1;
      if (!isSame) {
        // Atoms with a remainder or quotient are made anew even where they come out the same.
        changed = true;
        if (extent <= mod) mod = Infinity;
        const last = Math.min(extent, mod) - 1;
        if (last < div && (div > 1 || last === 0)) continue;
      }
      if (changed) this.addAtom(coef, base, mod, div);
      else this.push(coef, base, mod, div);
    }
    this.constant += from.constant;
  }
}
