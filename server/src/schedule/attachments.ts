/**
 * Bookkeeping of compute_at locations under steps that renumber iterators or stages (spec log-format, 3.3 and 3.5).
 * All functions keep the order of the list, which is the order of the CA steps, and its identity where nothing changes.
 */
import type { Attachment, State } from './state.js';

export function detached(attachments: readonly Attachment[], stage: number): readonly Attachment[] {
  return attachments.some((a) => a.stage === stage) ? attachments.filter((a) => a.stage !== stage) : attachments;
}

/** Is some stage computed at iterator `iter` (any iterator, if undefined) of `stage`? */
export function hasAttached(state: State, stage: number, iter?: number): boolean {
  return state.attachments.some((a) => a.target === stage && (iter === undefined || a.iter === iter));
}

/** Stages computed at iterator `iter` of `stage`, in the order of their CA steps. */
export function attachedStages(state: State, stage: number, iter: number): number[] {
  const found: number[] = [];
  for (const a of state.attachments) if (a.target === stage && a.iter === iter) found.push(a.stage);
  return found;
}

export function attachmentOf(state: State, stage: number): Attachment | undefined {
  return state.attachments.find((a) => a.stage === stage);
}

/** Iterator ids on `stage` change by `move`. */
export function movedIterators(attachments: readonly Attachment[], stage: number, move: (iter: number) => number): readonly Attachment[] {
  if (!attachments.some((a) => a.target === stage && move(a.iter) !== a.iter)) return attachments;
  return attachments.map((a) => (a.target === stage ? { stage: a.stage, target: a.target, iter: move(a.iter) } : a));
}

/** A stage is inserted before the present number `at`. */
export function shiftedStages(attachments: readonly Attachment[], at: number): readonly Attachment[] {
  if (!attachments.some((a) => a.stage >= at || a.target >= at)) return attachments;
  const shift = (id: number): number => (id >= at ? id + 1 : id);
  return attachments.map((a) => ({ stage: shift(a.stage), target: shift(a.target), iter: a.iter }));
}
