/**
 * Transform steps (Ansor, section 4; record forms of spec log-format 3.2). Ids refer to the state just before the step.
 * One file per kind in `steps/` has its behaviour; the union is closed, so that a new kind is a compile error until handled.
 */
import type { Annotation } from './state.js';

export interface AnnotationStep { readonly kind: 'AN'; readonly stage: number; readonly iter: number; readonly annotation: Annotation }
export interface FuseStep { readonly kind: 'FU'; readonly stage: number; readonly iters: readonly number[] }
export interface PragmaStep { readonly kind: 'PR'; readonly stage: number; readonly iter: number; readonly pragma: string }
export interface ReorderStep { readonly kind: 'RE'; readonly stage: number; readonly order: readonly number[] }
/** `lengths[k]` null: open (sketch). `extent` 0: unknown when the step was made. */
export interface SplitStep { readonly kind: 'SP'; readonly stage: number; readonly iter: number; readonly extent: number; readonly lengths: readonly (number | null)[]; readonly innerToOuter: boolean }
export interface FollowSplitStep { readonly kind: 'FSP'; readonly stage: number; readonly iter: number; readonly source: number; readonly nSplit: number }
export interface FollowFusedSplitStep { readonly kind: 'FFSP'; readonly stage: number; readonly iter: number; readonly sources: readonly number[]; readonly level: number; readonly factorOrNparts: boolean }
export interface StorageAlignStep { readonly kind: 'SA'; readonly stage: number; readonly iter: number; readonly factor: number; readonly offset: number }
export interface ComputeAtStep { readonly kind: 'CA'; readonly stage: number; readonly target: number; readonly targetIter: number }
export interface ComputeInlineStep { readonly kind: 'CI'; readonly stage: number }
export interface ComputeRootStep { readonly kind: 'CR'; readonly stage: number }
export interface CacheReadStep { readonly kind: 'CHR'; readonly stage: number; readonly scope: string; readonly readers: readonly number[] }
export interface CacheWriteStep { readonly kind: 'CHW'; readonly stage: number; readonly scope: string }
export interface RfactorStep { readonly kind: 'RF'; readonly stage: number; readonly iter: number; readonly factorIter: number }

export type TransformStep =
  | AnnotationStep | FuseStep | PragmaStep | ReorderStep | SplitStep | FollowSplitStep | FollowFusedSplitStep | StorageAlignStep
  | ComputeAtStep | ComputeInlineStep | ComputeRootStep | CacheReadStep | CacheWriteStep | RfactorStep;
export type StepKind = TransformStep['kind'];

/** An illegal transform: which step, and why. Thrown by `applyStep`; callers that try candidates catch it. */
export class ScheduleError extends Error {
  constructor(readonly step: StepKind | 'bounds' | 'lower', message: string) {
    super(`${step}: ${message}`);
    this.name = 'ScheduleError';
  }
}
