/** Programs that are measured besides the search's own: the schedule that the default rules give. */
import { extractFeatures } from '../../features/extract.js';
import { inferBounds } from '../../bounds/infer-bounds.js';
import { lower } from '../../lower/lower.js';
import { stateText } from '../../schedule/state-text.js';
import type { Candidate } from '../../search/candidate.js';
import type { Backend } from '../backend.js';
import { defaultState } from '../compile.js';
import type { TaskTuner } from './task-tuner.js';

/** The -O0 schedule as a candidate; undefined if the log has it already. */
export function proposeDefault(tuner: TaskTuner, backend: Backend): Candidate | undefined {
  const state = inferBounds(defaultState(tuner.task.dag, backend));
  if (tuner.hasMeasured(state.steps)) return undefined;
  return { state, text: stateText(state), features: extractFeatures(lower(state, { constantMatrices: 'one' }), backend.hardware), score: -Infinity };
}
