/** The values of a stage's axes as sums of loops, for the present candidate. */
import type { LoopVar, Relation } from '../../bounds/loop-var.js';
import type { StageSchedule } from '../../bounds/stage-schedule.js';
import { IndexVar, Sum, type Term } from '../../ir/affine.js';
import type { Scratch } from './scratch.js';
import { TermSum } from './term-sum.js';

/** How a variable's value comes about. */
type Way =
  | { readonly kind: 'leaf'; readonly place: number }
  | { readonly kind: 'split'; readonly outer: Way; readonly inner: Way; readonly high: number; readonly length: number; readonly rest: TermSum }
  | { readonly kind: 'quotient' | 'remainder'; readonly fused: Way; readonly whole: number; readonly by: number };

function wayOf(stage: StageSchedule, v: LoopVar, base: number, scratch: Scratch): Way | undefined {
  const r = stage.relations.find((x: Relation) => (x.kind === 'split' ? x.parent === v : x.kind === 'fuse' && (x.outer === v || x.inner === v)));
  if (r === undefined || r.kind === 'singleton') return { kind: 'leaf', place: base + v.slot };
  if (r.kind === 'split') {
    const outer = wayOf(stage, r.outer, base, scratch);
    const inner = wayOf(stage, r.inner, base, scratch);
    return outer === undefined || inner === undefined ? undefined : { kind: 'split', outer, inner, high: base + r.outer.slot, length: base + r.inner.slot, rest: scratch.sum() };
  }
  const fused = wayOf(stage, r.fused, base, scratch);
  return fused === undefined ? undefined : { kind: v === r.inner ? 'remainder' : 'quotient', fused, whole: base + r.fused.slot, by: base + r.inner.slot };
}

function evaluate(way: Way, extents: Float64Array, out: TermSum): void {
  switch (way.kind) {
    case 'leaf':
      if (extents[way.place] === 1) out.set(0);
      else out.setLoop(way.place);
      return;
    case 'split':
      evaluate(way.outer, extents, out);
      out.scale(extents[way.length]!);
      evaluate(way.inner, extents, way.rest);
      out.add(way.rest, 1);
      return;
    case 'quotient': case 'remainder': {
      const by = extents[way.by]!;
      if (by === 1 && way.kind === 'remainder') return out.set(0);
      evaluate(way.fused, extents, out);
      if (by === 1) return;
      if (way.kind === 'quotient') out.divide(by);
      else out.modulo(by);
    }
  }
}

/**
 * The least value while some leaves run, into `out`; the answer is how far the values reach beyond it. As bound inference has it, which
 * does not use how long fused loops are.
 */
function least(way: Way, running: Uint8Array, extents: Float64Array, out: TermSum): number {
  switch (way.kind) {
    case 'leaf': {
      const extent = extents[way.place]!;
      if (extent === 1 || running[way.place] === 1) {
        out.set(0);
        return extent - 1;
      }
      out.setLoop(way.place);
      return 0;
    }
    case 'split': {
      const factor = extents[way.length]!;
      const outer = least(way.outer, running, extents, out);
      out.scale(factor);
      const inner = least(way.inner, running, extents, way.rest);
      // A part of one iteration counts as one that runs.
      if ((outer + 1 === extents[way.high] || extents[way.high] === 1) && (inner + 1 === factor || factor === 1)) out.set(0);
      else out.add(way.rest, 1);
      return outer * factor + inner;
    }
    case 'quotient': case 'remainder': {
      const by = extents[way.by]!;
      const reach = least(way.fused, running, extents, out);
      if (reach > 0 || extents[way.whole] === 1) {
        // The whole loop runs, so both parts of it do.
        if (reach + 1 !== extents[way.whole]) out.valid = false;
        else out.set(0);
        return (way.kind === 'remainder' ? by : (reach + 1) / by) - 1;
      }
      if (way.kind === 'remainder' && by === 1) out.set(0);
      else if (by === 1) return 0;
      else if (way.kind === 'quotient') out.divide(by);
      else out.modulo(by);
      return 0;
    }
  }
}

/** One axis. */
export class RootValue {
  /** Without the use of ranges, and with it. */
  readonly value: TermSum;
  readonly normal: TermSum;
  private readonly way: Way | undefined;
  private min: TermSum | undefined = undefined;

  constructor(stage: StageSchedule, root: LoopVar, base: number, scratch: Scratch) {
    this.way = wayOf(stage, root, base, scratch);
    this.value = scratch.sum();
    this.normal = scratch.sum();
  }

  /** The axis without its beginning; false: it is no sum of loops. */
  count(extents: Float64Array): boolean {
    const { value, way } = this;
    if (way === undefined) value.valid = false;
    else evaluate(way, extents, value);
    this.normal.normalise(value, extents);
    return value.valid;
  }

  /** The least value while some leaves run, into `out`; the answer is the reach, or -1 for what is no sum. */
  region(running: Uint8Array, extents: Float64Array, out: TermSum): number {
    const { way, min } = this;
    if (way === undefined || min === undefined || !min.valid) return -1;
    const reach = least(way, running, extents, out);
    out.add(min, 1);
    return out.valid ? reach : -1;
  }

  /** Adds where the axis begins. */
  begin(extents: Float64Array, min: TermSum): void {
    this.min = min;
    this.value.add(min, 1);
    this.normal.normalise(this.value, extents);
  }
}

/** The sum with loops for places. */
export function sumOfTerms(s: TermSum, loopAt: (place: number) => IndexVar): Sum {
  const terms: Term[] = [];
  for (let i = 0; i < s.count; i++) terms.push({ coef: s.coef[i]!, base: loopAt(s.base[i]!), mod: s.mod[i]!, div: s.div[i]!, stuck: 0 });
  return new Sum(terms, s.constant);
}

/** A sum in numbers; not valid if its atoms are no loops of `placeOf`. */
export function termSumOf(s: Sum, placeOf: (v: IndexVar) => number | undefined): TermSum {
  const out = new TermSum();
  out.set(s.constant);
  for (const t of s.terms) {
    const place = t.base instanceof IndexVar ? placeOf(t.base) : undefined;
    if (place === undefined) out.valid = false;
    else out.push(t.coef, place, t.mod, t.div);
  }
  return out;
}
