/** All transform steps. A kind without an entry does not compile. */
import { err, type Result } from '../../base/result.js';
import type { StepKind, TransformStep } from '../step.js';
import { annotationStep } from './annotation.js';
import { cacheReadStep } from './cache-read.js';
import { cacheWriteStep } from './cache-write.js';
import { computeAtStep } from './compute-at.js';
import { computeInlineStep } from './compute-inline.js';
import { computeRootStep } from './compute-root.js';
import type { FieldError, StepDefinition } from './definition.js';
import { followFusedSplitStep } from './follow-fused-split.js';
import { followSplitStep } from './follow-split.js';
import { fuseStep } from './fuse.js';
import { pragmaStep } from './pragma.js';
import { reorderStep } from './reorder.js';
import { rfactorStep } from './rfactor.js';
import { splitStep } from './split.js';
import { storageAlignStep } from './storage-align.js';

export const STEPS: Readonly<{ [K in StepKind]: StepDefinition<Extract<TransformStep, { kind: K }>> }> = {
  AN: annotationStep, FU: fuseStep, PR: pragmaStep, RE: reorderStep, SP: splitStep, FSP: followSplitStep, FFSP: followFusedSplitStep,
  SA: storageAlignStep, CA: computeAtStep, CI: computeInlineStep, CR: computeRootStep, CHR: cacheReadStep, CHW: cacheWriteStep, RF: rfactorStep,
};

/** The definition of a step's kind. */
export function stepDefinition(kind: StepKind): StepDefinition<TransformStep> {
  return STEPS[kind];
}

export function isStepKind(text: unknown): text is StepKind {
  return typeof text === 'string' && Object.hasOwn(STEPS, text);
}

/** Reads a step of any kind from its array in a record. */
export function stepFromRecord(record: readonly unknown[]): Result<TransformStep, FieldError> {
  const kind = record[0];
  if (!isStepKind(kind)) return err({ field: 0, message: `unknown transform step ${JSON.stringify(kind) ?? 'without a kind'}` });
  return stepDefinition(kind).fromRecord(record);
}
