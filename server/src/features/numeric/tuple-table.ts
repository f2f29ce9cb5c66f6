/** Numbers tuples of integers in the order in which they are met: a hash table over typed arrays, open addressing. */
export class TupleTable {
  count = 0;
  private tuples: Float64Array;
  private slots = new Int32Array(8).fill(-1);

  constructor(private readonly width: number) {
    this.tuples = new Float64Array(Math.max(1, width) * 2);
  }

  /** The number of the tuple that stands at the start of `from`; a new one is the old count. */
  idOf(from: Float64Array): number {
    const { width, tuples } = this;
    if (width === 0) {
      this.count = 1;
      return 0;
    }
    const mask = this.slots.length - 1;
    let slot = hash(from, 0, width) & mask;
    for (;;) {
      const id = this.slots[slot]!;
      if (id < 0) break;
      let k = 0;
      const at = id * width;
      while (k < width && tuples[at + k] === from[k]) k++;
      if (k === width) return id;
      slot = (slot + 1) & mask;
    }
    const id = this.count++;
    this.slots[slot] = id;
    if (this.count * width > tuples.length) {
      const bigger = new Float64Array(tuples.length * 2);
      bigger.set(tuples);
      this.tuples = bigger;
    }
    for (let k = 0; k < width; k++) this.tuples[id * width + k] = from[k]!;
    if (this.count * 2 > this.slots.length) this.rehash();
    return id;
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 4).fill(-1);
    const mask = slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = hash(this.tuples, id * this.width, this.width) & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.slots = slots;
  }
}

function hash(xs: Float64Array, at: number, n: number): number {
  let h = 0x811c9dc5;
  for (let k = 0; k < n; k++) {
    h = Math.imul(h ^ xs[at + k]!, 0x01000193);
    h ^= h >>> 15;
  }
  return h ^ (h >>> 13);
}
