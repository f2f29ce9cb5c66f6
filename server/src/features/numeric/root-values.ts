/** The values of a stage's axes as sums of loops, for the present candidate. */
import type { LoopVar, Relation } from '../../bounds/loop-var.js';
import type { StageSchedule } from '../../bounds/stage-schedule.js';
import { IndexVar, type Sum } from '../../ir/affine.js';
import type { Scratch } from './scratch.js';
import { TermSum } from './term-sum.js';

/** How a variable's value comes about. */
type Way =
  | { readonly kind: 'leaf'; readonly place: number }
  | { readonly kind: 'split'; readonly outer: Way; readonly inner: Way; readonly length: number; readonly rest: TermSum }
  | { readonly kind: 'quotient' | 'remainder'; readonly fused: Way; readonly by: number };

function wayOf(stage: StageSchedule, v: LoopVar, base: number, scratch: Scratch): Way | undefined {
  const r = stage.relations.find((x: Relation) => (x.kind === 'split' ? x.parent === v : x.kind === 'fuse' && (x.outer === v || x.inner === v)));
  if (r === undefined || r.kind === 'singleton') return { kind: 'leaf', place: base + v.slot };
  if (r.kind === 'split') {
    const outer = wayOf(stage, r.outer, base, scratch);
    const inner = wayOf(stage, r.inner, base, scratch);
    return outer === undefined || inner === undefined ? undefined : { kind: 'split', outer, inner, length: base + r.inner.slot, rest: scratch.sum() };
  }
  const fused = wayOf(stage, r.fused, base, scratch);
  return fused === undefined ? undefined : { kind: v === r.inner ? 'remainder' : 'quotient', fused, by: base + r.inner.slot };
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

/** One axis. */
export class RootValue {
  /** Without the use of ranges, and with it. */
  readonly value: TermSum;
  readonly normal: TermSum;
  private readonly way: Way | undefined;

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

  /** Adds where the axis begins. */
  begin(extents: Float64Array, min: TermSum): void {
    this.value.add(min, 1);
    this.normal.normalise(this.value, extents);
  }
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
