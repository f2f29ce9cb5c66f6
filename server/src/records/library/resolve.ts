/**
 * Workload keys without the program that wrote them: an md5 sum is the sum of a text that the operator library made, and the library
 * is finite (spec key-resolution). Pure; what is learned about a log is in an index that the caller keeps.
 */
import type { ComputeDag } from '../../dag/compute-dag.js';
import { dagTensors } from '../../dag/create.js';
import type { DType } from '../../ir/dtype.js';
import type { TransformStep } from '../../schedule/step.js';
import type { MeasureRecord } from '../record.js';
import type { Era, Family, Problem, Shape } from './anchor.js';
import { FAMILIES } from './families.js';
import { misfit } from './fits.js';
import { guesses } from './from-steps.js';
import { keyKind, type KeyKind } from './key.js';
import { MOST_WORK, search, type Match, type Start } from './search.js';
import { stepFacts } from './step-facts.js';

/** `exact`: the key covers the whole operator. `assumed`: `assumptions` lists what it leaves open and was chosen. */
export type Resolution =
  | { readonly kind: 'exact' | 'assumed'; readonly dag: ComputeDag; readonly name: string; readonly assumptions: readonly string[] }
  | { readonly kind: 'unresolved'; readonly reason: string };
export type Resolved = Exclude<Resolution, { readonly kind: 'unresolved' }>;

/** What is known of the keys of a log. Mutable: `resolveKey` adds to it. */
export interface ResolutionIndex {
  readonly resolved: Map<string, Resolved>;
  /** Keys that were not found: how often, and with how many shapes of neighbours. */
  readonly missed: Map<string, { readonly tries: number; readonly shapes: number; readonly reason: string }>;
  /** Of tensors of resolved operators. */
  readonly shapes: Map<string, Shape>;
}

export function createResolutionIndex(): ResolutionIndex {
  return { resolved: new Map(), missed: new Map(), shapes: new Map() };
}

/** Records of one key that are tried before it counts as unknown. */
const MOST_TRIES = 3;
/** Newer keys show types only in literals and casts: the usual type first. */
const TYPES: readonly DType[] = ['float32', 'float16'];
/** For types other than the first: the whole search stays below a second. */
const LESS_WORK = MOST_WORK / 3;

/**
 * The operator of a record, given only if its text has the key's md5 and all steps are legal for it. Less than a second; at once for
 * keys that the index knows.
 */
export function resolveKey(record: Pick<MeasureRecord, 'workloadKey' | 'steps'>, index: ResolutionIndex = createResolutionIndex()): Resolution {
  const { workloadKey, steps } = record;
  const known = index.resolved.get(workloadKey);
  if (known !== undefined && misfit(known.dag, steps) === undefined) return known;
  const missed = index.missed.get(workloadKey);
  if (missed !== undefined && (missed.tries >= MOST_TRIES || steps.length === 0) && missed.shapes === index.shapes.size) return { kind: 'unresolved', reason: missed.reason };
  const found = resolveAfresh(workloadKey, steps, [...index.shapes.values()]);
  if (found.kind === 'unresolved') {
    index.missed.set(workloadKey, { tries: (missed?.tries ?? 0) + 1, shapes: index.shapes.size, reason: found.reason });
  } else {
    index.resolved.set(workloadKey, found);
    const { inputs, outputs } = dagTensors(found.dag);
    for (const { shape } of [...inputs, ...outputs]) index.shapes.set(shape.join(), shape);
  }
  return found;
}

function resolveAfresh(workloadKey: string, steps: readonly TransformStep[], neighbours: readonly Shape[]): Resolution {
  const key = keyKind(workloadKey);
  switch (key.kind) {
    case 'unknown': return { kind: 'unresolved', reason: 'this is not a workload key' };
    case 'registered': return { kind: 'unresolved', reason: `"${key.name}" is a function of the program that wrote the log; only its definition says what it computes` };
    case 'old': {
      const found = searchSteps(key.hash, steps, neighbours);
      return 'dag' in found ? { kind: 'exact', ...found, assumptions: [] } : { kind: 'unresolved', reason: reasonOf(found.problem) };
    }
    case 'shaped': {
      const found = searchShapes(key, steps);
      return 'dag' in found ? { kind: 'assumed', ...found, assumptions: [`all tensors are ${found.dag.outputs[0]?.dtype ?? 'float32'}`, ...found.assumptions] } : { kind: 'unresolved', reason: reasonOf(found.problem) };
    }
  }
}

function reasonOf(problem: string | undefined): string {
  return problem === undefined ? 'no operator of the library has a text with this md5' : `the operator is known, but the steps do not fit: ${problem}`;
}

type Found = Match | { readonly problem: string | undefined };

function searchFitting(hash: string, starts: Iterable<Start>, steps: readonly TransformStep[], stages: number, mostWork = MOST_WORK): Found {
  let problem: string | undefined;
  const match = search(hash, starts, { stages, mostWork }, ({ dag }) => {
    const wrong = misfit(dag, steps);
    problem ??= wrong;
    return wrong === undefined;
  });
  return match ?? { problem };
}

function searchSteps(hash: string, steps: readonly TransformStep[], neighbours: readonly Shape[]): Found {
  const facts = stepFacts(steps);
  function* starts(): Generator<Start> {
    for (const { families, inputs, out } of guesses(facts, neighbours)) yield* anchorsOf(families, { inputs, out, era: 'old', dtype: 'float32' }, false);
  }
  return searchFitting(hash, starts(), steps, facts.stages);
}

function searchShapes({ hash, flat, shapes: cuts }: Extract<KeyKind, { kind: 'shaped' }>, steps: readonly TransformStep[]): Found {
  // Flat keys are older than numbered inputs.
  const eras: readonly Era[] = flat ? ['word'] : ['numbered', 'word'];
  function* starts(dtype: DType): Generator<Start> {
    for (const shapes of cuts) {
      const out = shapes.at(-1);
      if (out === undefined) continue;
      for (const era of eras) yield* anchorsOf(FAMILIES, { inputs: shapes.slice(0, -1), out, era, dtype }, true);
    }
  }
  let problem: string | undefined;
  for (const [i, dtype] of TYPES.entries()) {
    const found = searchFitting(hash, starts(dtype), steps, stepFacts(steps).stages, i === 0 ? MOST_WORK : LESS_WORK);
    if ('dag' in found) return found;
    problem ??= found.problem;
  }
  return { problem };
}

function* anchorsOf(families: readonly Family[], problem: Problem, operandsKnown: boolean): Generator<Start> {
  for (const family of families) {
    for (const anchor of family(problem)) {
      if (anchor.inputs > problem.inputs.length) continue;
      yield { anchor, era: problem.era, operands: operandsKnown ? problem.inputs.slice(anchor.inputs) : undefined, out: problem.out };
    }
  }
}
