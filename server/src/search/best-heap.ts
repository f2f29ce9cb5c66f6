/** The best so many candidates, each program once. */
import type { Candidate } from './candidate.js';

export class BestHeap {
  /** A heap with the least score on top. */
  private readonly items: Candidate[] = [];
  private readonly texts: Set<string>;

  /** `excluded`: programs that are never taken in. */
  constructor(private readonly capacity: number, excluded: Iterable<string>) {
    this.texts = new Set(excluded);
  }

  offer(candidate: Candidate): void {
    // The text, which is not made for most candidates, is asked for last.
    const least = this.items[0];
    const isFull = this.items.length >= this.capacity;
    if (isFull && (least === undefined || candidate.score <= least.score)) return;
    if (this.texts.has(candidate.text)) return;
    if (!isFull || least === undefined) {
      this.texts.add(candidate.text);
      this.items.push(candidate);
      this.up(this.items.length - 1);
      return;
    }
    this.texts.delete(least.text);
    this.texts.add(candidate.text);
    this.items[0] = candidate;
    this.down(0);
  }

  /** Best first. */
  sorted(): Candidate[] {
    return this.items.slice().sort((a, b) => b.score - a.score || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  }

  private score(i: number): number {
    return this.items[i]?.score ?? Infinity;
  }

  private swap(i: number, j: number): void {
    const [a, b] = [this.items[i], this.items[j]];
    if (a === undefined || b === undefined) return;
    this.items[i] = b;
    this.items[j] = a;
  }

  private up(start: number): void {
    for (let i = start; i > 0;) {
      const parent = (i - 1) >> 1;
      if (this.score(parent) <= this.score(i)) return;
      this.swap(i, parent);
      i = parent;
    }
  }

  private down(start: number): void {
    for (let i = start; ;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) if (this.score(child) < this.score(least)) least = child;
      if (least === i) return;
      this.swap(i, least);
      i = least;
    }
  }
}
