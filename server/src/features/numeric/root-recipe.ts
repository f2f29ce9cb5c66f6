/**
 * What the value of an axis depends on, as few numbers as possible: candidates whose axis has the same numbers have the same index
 * expressions there. A part of a fused loop counts by where it stands in the loop, not by how the parts inside it are split.
 */
import type { LoopVar, Relation } from '../../bounds/loop-var.js';
import type { StageSchedule } from '../../bounds/stage-schedule.js';

/** A part of an axis. Variables are named by their place in the table of extents. */
interface Part {
  /** The loop that the part is or lies in. */
  readonly leaf: number;
  /** The part counts once per so many iterations of the loop (a product), and begins again after `modulus` of them. */
  readonly divisors: readonly number[];
  readonly modulus: number;
  /** Fusions on the way, which may have one iteration only. */
  readonly between: readonly number[];
}

const NONE = -1;
/** Numbers per part. */
const WIDTH = 4;

export class RootRecipe {
  private readonly parts: readonly Part[];
  readonly width: number;

  /** `base`: where the stage's variables begin in the table of extents. */
  constructor(stage: StageSchedule, root: LoopVar, base: number) {
    const parts: Part[] = [];
    const place = (v: LoopVar): number => base + v.slot;
    const follow = (v: LoopVar, divisors: readonly number[], modulus: number, between: readonly number[]): void => {
      const next = stage.relations.find((r) => consumes(r, v));
      const pending = divisors.length > 0 || modulus !== NONE;
      if (next === undefined || next.kind === 'singleton') {
        parts.push({ leaf: place(v), divisors, modulus, between });
        return;
      }
      if (next.kind === 'split') {
        if (pending) parts.push({ leaf: place(v), divisors, modulus, between });
        for (const part of [next.outer, next.inner]) {
          parts.push({ leaf: place(part), divisors: [], modulus: NONE, between: [] });
          follow(part, [], NONE, []);
        }
        return;
      }
      const { fused, inner } = next;
      const through = stage.leaves.includes(fused) ? between : [...between, place(fused)];
      if (v === inner) {
        if (pending) parts.push({ leaf: place(v), divisors, modulus, between });
        return follow(fused, [], place(v), through);
      }
      follow(fused, [...divisors, place(inner)], modulus, through);
    };
    follow(root, [], NONE, []);
    this.parts = parts.filter((part, i) => parts.findIndex((other) => same(part, other)) === i);
    this.width = this.parts.length * WIDTH;
  }

  /** Writes `width` numbers at `at`. */
  write(extents: Float64Array, out: Float64Array, at: number): void {
    const { parts } = this;
    let to = at;
    for (let i = 0; i < parts.length; i++) {
      const { leaf, divisors, modulus, between } = parts[i]!;
      const extent = extents[leaf]!;
      let divisor = 1;
      for (let k = 0; k < divisors.length; k++) divisor *= extents[divisors[k]!]!;
      let single = 0;
      for (let k = 0; k < between.length; k++) single = single * 2 + (extents[between[k]!] === 1 ? 1 : 0);
      const m = modulus < 0 ? 0 : extents[modulus]!;
      if (m === 1) {
        // The remainder by 1 is 0.
        out[to] = out[to + 1] = out[to + 2] = out[to + 3] = 0;
      } else {
        // Of a loop that goes round more than once it does not matter how often.
        out[to] = m > 0 && extent > divisor * m ? 0 : extent;
        out[to + 1] = divisor;
        out[to + 2] = m;
        out[to + 3] = single;
      }
      to += WIDTH;
    }
  }
}

function consumes(r: Relation, v: LoopVar): boolean {
  return r.kind === 'split' ? r.parent === v : r.kind === 'fuse' && (r.outer === v || r.inner === v);
}

function same(a: Part, b: Part): boolean {
  return a.leaf === b.leaf && a.modulus === b.modulus && a.divisors.join() === b.divisors.join() && a.between.join() === b.between.join();
}
