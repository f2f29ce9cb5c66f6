/**
 * AlwaysInline (Ansor, section 4.1, rule 2 "always inline"): computes a cheap elementwise stage where it is read.
 *   before: for i { B[i] = A[i] + 1 }  for i { C[i] = B[i] * 2 }      after: for i { C[i] = (A[i] + 1) * 2 }
 */
import type { SketchRule } from '../rule.js';
import { isAlwaysInlined } from '../stage-facts.js';
import { computeInline } from '../transform.js';

export const alwaysInline: SketchRule = {
  name: 'AlwaysInline',
  condition: (ctx, state, stage) => (isAlwaysInlined(ctx, state, stage) ? 'only' : 'skip'),
  apply: (_ctx, state, stage) => [{ state: computeInline(state, stage), stage: stage - 1 }],
};
