/** Programs that are measured besides the search's own: the schedule that the default rules give, and those of other models and machines. */
import { extractFeatures } from '../../features/extract.js';
import { inferBounds } from '../../bounds/infer-bounds.js';
import { lower } from '../../lower/lower.js';
import type { TrialSource } from '../../records/comments.js';
import { replay } from '../../schedule/apply.js';
import type { State } from '../../schedule/state.js';
import { ScheduleError, type TransformStep } from '../../schedule/step.js';
import { candidateOf, type Candidate } from '../../search/candidate.js';
import type { Backend } from '../backend.js';
import { defaultState, variantsOfDefault } from '../compile.js';
import type { FoundSchedule } from '../records-of.js';
import { sourceOf } from './borrowed.js';
import type { TaskTuner } from './task-tuner.js';

/** A program to be measured, and where it is from, if not from the search. */
export interface Proposal {
  readonly candidate: Candidate;
  readonly rule?: 'default' | 'borrowed' | 'compatible';
  readonly source?: TrialSource;
  /** The run decides whether the records of others count. */
  readonly confirms?: true;
}

/** Of a first round, the part that may be variants of the default rules. */
const VARIANTS = 1 / 3;
const MOST_VARIANTS = 8;

/** What is measured before the search begins: the -O0 schedule, what is known for other targets or sizes, and -O0 with other sizes. Only what is new. */
export function firstProposals(tuner: TaskTuner, backend: Backend, most: number): Proposal[] {
  const { start } = tuner.others;
  const plain = fresh(tuner, defaultState(tuner.task.dag, backend).steps, backend);
  const known = start === undefined ? undefined : fresh(tuner, start.steps, backend);
  const variants = variantsOfDefault(tuner.task.dag, backend, Math.min(MOST_VARIANTS, Math.floor(most * VARIANTS)))
    .flatMap((state) => fresh(tuner, state.steps, backend) ?? []).filter((c) => c.text !== known?.text);
  return [
    ...(plain === undefined ? [] : [{ candidate: plain, rule: 'default' as const }]),
    ...(known === undefined || start === undefined || known.text === plain?.text ? [] : [fromOthers(known, start)]),
    ...variants.map((candidate) => ({ candidate })),
  ].slice(0, most);
}

/** The run that makes the records of others count; undefined if there is nothing to confirm, or it was run already. */
export function confirmingProposal(tuner: TaskTuner, backend: Backend): Proposal | undefined {
  const { best } = tuner.others;
  const candidate = best === undefined ? undefined : fresh(tuner, best.steps, backend);
  return best === undefined || candidate === undefined ? undefined : { ...fromOthers(candidate, best), confirms: true };
}

function fromOthers(candidate: Candidate, found: FoundSchedule): Proposal {
  const source = sourceOf(found);
  return { candidate, rule: source.from === 'compatible' ? 'compatible' : 'borrowed', source };
}

function fresh(tuner: TaskTuner, steps: readonly TransformStep[], backend: Backend): Candidate | undefined {
  if (tuner.hasMeasured(steps)) return undefined;
  try {
    return preparedCandidate(inferBounds(replay(tuner.task.dag, steps)), backend);
  } catch (e) {
    if (e instanceof ScheduleError) return undefined;
    throw e;
  }
}

function preparedCandidate(state: State, backend: Backend): Candidate {
  return candidateOf(state, extractFeatures(lower(state, { constantMatrices: 'one' }), backend.hardware));
}
