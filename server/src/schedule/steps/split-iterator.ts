/** Splitting one iterator into several: the effect that SP, FSP and FFSP share (spec log-format, 3.3). */
import { movedIterators } from '../attachments.js';
import { ceilDivBound } from '../bound-arithmetic.js';
import type { Lengths } from '../split-lengths.js';
import type { Bound, Iterator, Range, State } from '../state.js';
import { ScheduleError, type StepKind, type TransformStep } from '../step.js';
import { extentText, iterAt, nextState, stageAt, withIters, withStage } from './parts.js';

/**
 * The ranges of the n+1 parts, outermost first. Parts are made in the order of the division; the first takes the parent's
 * minimum; from the first part of unknown extent on, all are unknown.
 */
export function partRanges(parent: Range | undefined, lengths: Lengths, innerToOuter: boolean): (Range | undefined)[] {
  const n = lengths.length;
  const parts = new Array<Range | undefined>(n + 1).fill(undefined);
  let min: Bound = parent?.min ?? 0;
  let extent: Bound | undefined = parent?.extent;
  for (let k = 0; k < n; k++) {
    const length = lengths[innerToOuter ? n - 1 - k : k];
    if (extent === undefined || length === null || length === undefined) return parts;
    parts[innerToOuter ? n - k : k] = { min, extent: length };
    min = 0;
    extent = ceilDivBound(extent, length);
  }
  if (extent !== undefined) parts[innerToOuter ? 0 : n] = { min, extent };
  return parts;
}

/** Replaces iterator `iter` of `stage` by its parts. */
export function splitIterator(state: State, step: TransformStep, stageId: number, iterId: number, lengths: Lengths, innerToOuter: boolean): State {
  const kind: StepKind = step.kind;
  const stage = stageAt(state, kind, stageId);
  const parent = iterAt(stage, kind, iterId);
  let open = false;
  for (const length of lengths) {
    if (length === null) open = true;
    else if (!(length >= 1)) throw new ScheduleError(kind, `length ${length} for iterator ${parent.name} of ${stage.op.name}: lengths are at least 1`);
  }
  const ranges = partRanges(parent.range, lengths, innerToOuter);
  const iters: Iterator[] = stage.iters.slice(0, iterId);
  for (let k = 0; k < ranges.length; k++) {
    iters.push({ name: `${parent.name}.${k}`, origins: parent.origins, kind: parent.kind, annotation: 'none', range: ranges[k] });
  }
  for (let k = iterId + 1; k < stage.iters.length; k++) iters.push(stage.iters[k] as Iterator);
  const attachments = movedIterators(state.attachments, stageId, (id) => (id >= iterId ? id + lengths.length : id));
  return nextState(state, step, withStage(state.stages, stageId, withIters(stage, iters)), attachments, state.concrete && !open);
}

/** `8 x 2 x 4 x 4`, with `?` for what is not known. */
export function partsText(parent: Range | undefined, lengths: Lengths, innerToOuter: boolean): string {
  const ranges = partRanges(parent, lengths, innerToOuter);
  return ranges
    .map((range, k) => (range !== undefined ? extentText(range) : String(lengths[innerToOuter ? k - 1 : k] ?? '?')))
    .join(' x ');
}
