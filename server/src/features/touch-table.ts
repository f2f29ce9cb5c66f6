/**
 * What the stores seen so far touch inside each loop: per loop key and buffer a list of (touched elements, element size) entries,
 * of which only the number, the first and the least are kept. Scratch of the feature extractor, changed in place.
 *
 * A `for` has a key of its own. A thread axis takes the key that an earlier, finished axis gave back last, with the entries that
 * are still there (in the original: the address of a temporary object).
 */
export class TouchTable {
  private keys = 0;
  private width = 32;
  private counts = new Int32Array(32 * 64);
  private firsts = new Float64Array(32 * 64);
  private leasts = new Float64Array(32 * 64);
  /** Per key: sum over all entries of touched * bytes, and of bytes. */
  private touchedBytes = new Float64Array(64);
  private onceBytes = new Float64Array(64);
  private readonly released: number[] = [];

  reset(): void {
    this.keys = 0;
    this.released.length = 0;
  }

  loopKey(): number {
    const key = this.keys++;
    this.reserve(this.keys, this.width);
    this.counts.fill(0, key * this.width, (key + 1) * this.width);
    this.touchedBytes[key] = 0;
    this.onceBytes[key] = 0;
    return key;
  }

  threadKey(): number {
    return this.released.pop() ?? this.loopKey();
  }

  releaseThreadKey(key: number): void {
    this.released.push(key);
  }

  append(key: number, buffer: number, touched: number, bytes: number): void {
    if (buffer >= this.width) this.reserve(this.keys, buffer + 1);
    const at = key * this.width + buffer;
    const n = this.counts[at]!;
    this.counts[at] = n + 1;
    if (n === 0) this.firsts[at] = touched;
    if (n === 0 || touched < this.leasts[at]!) this.leasts[at] = touched;
    this.touchedBytes[key]! += touched * bytes;
    this.onceBytes[key]! += bytes;
  }

  entries(key: number, buffer: number): number {
    return this.counts[key * this.width + buffer]!;
  }

  first(key: number, buffer: number): number {
    return this.firsts[key * this.width + buffer]!;
  }

  least(key: number, buffer: number): number {
    return this.leasts[key * this.width + buffer]!;
  }

  /** Bytes of all entries under a key. */
  bytesTouched(key: number): number {
    return this.touchedBytes[key]!;
  }

  /** Bytes of one element per entry under a key. */
  bytesOnce(key: number): number {
    return this.onceBytes[key]!;
  }

  private reserve(keys: number, width: number): void {
    const oldWidth = this.width;
    const oldKeys = this.touchedBytes.length;
    if (keys <= oldKeys && width <= oldWidth) return;
    const newKeys = keys <= oldKeys ? oldKeys : Math.max(keys, oldKeys * 2);
    const newWidth = width <= oldWidth ? oldWidth : Math.max(width, oldWidth * 2);
    const rearrange = <T extends Int32Array | Float64Array>(old: T, fresh: T): T => {
      for (let key = 0; key < oldKeys; key++) fresh.set(old.subarray(key * oldWidth, (key + 1) * oldWidth), key * newWidth);
      return fresh;
    };
    this.counts = rearrange(this.counts, new Int32Array(newKeys * newWidth));
    this.firsts = rearrange(this.firsts, new Float64Array(newKeys * newWidth));
    this.leasts = rearrange(this.leasts, new Float64Array(newKeys * newWidth));
    const perKey = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const fresh = new Float64Array(newKeys);
      fresh.set(old);
      return fresh;
    };
    this.touchedBytes = perKey(this.touchedBytes);
    this.onceBytes = perKey(this.onceBytes);
    this.width = newWidth;
  }
}
