/** What the schedule diff page shows of two records. */
import type { RecordPair } from './editor-commands.js';
import type { LoopTreeStep, RecordHead } from './loop-tree-view.js';

export type ScheduleDiffParams = RecordPair;

export type MatchKind = 'same' | 'changed' | 'removed' | 'added';

/** A step of either side: its number from 0 and its sentence. */
export interface SideStep { readonly step: number; readonly kind: string; readonly sentence: string }

/** `left` is missing for an added step, `right` for a removed one. */
export interface StepMatch { readonly match: MatchKind; readonly left?: SideStep; readonly right?: SideStep }

/** Nodes of both trees that are the same loop or stage; by node id. */
export interface NodeMatch { readonly match: MatchKind; readonly left?: string; readonly right?: string }

export interface DiffSide {
  readonly record: RecordHead;
  /** The final program. */
  readonly tree: LoopTreeStep | null;
  /** Null: cannot be had; `problem` says why. */
  readonly scheduleText: string | null;
  readonly code: string | null;
  readonly problem: string | null;
}

export interface ScheduleDiffView {
  readonly left: DiffSide;
  readonly right: DiffSide;
  readonly steps: readonly StepMatch[];
  readonly nodes: readonly NodeMatch[];
  /** Language of the code for colours: `c`, or `text`. */
  readonly codeLanguage: string;
  /** What changed from left to right and what it brought, in one sentence. */
  readonly sentence: string;
  /** Time of the right one relative to the left one's (0.5: half); null if one has none. */
  readonly ratio: number | null;
  /** The difference is less than the spread of the measurements. */
  readonly withinNoise: boolean;
}
