/**
 * From states to scored candidates. Features come from the numbers of the steps where their structure was met before (`numeric`),
 * else from bounds, program and a walk over it: the same numbers. What cannot be lowered drops out.
 */
import type { CancellationToken } from '../base/cancellation.js';
import { analyseSchedule } from '../bounds/analyse.js';
import { boundState } from '../bounds/infer-bounds.js';
import type { CostModel, FeatureBatch } from '../cost-model/model.js';
import { FeatureExtractor } from '../features/extractor.js';
import { ROW_LENGTH } from '../features/layout.js';
import { NumericFeatures } from '../features/numeric/numeric-features.js';
import { lowerAnalysis } from '../lower/lower.js';
import type { State } from '../schedule/state.js';
import { stateText } from '../schedule/state-text.js';
import type { SketchContext } from '../sketch/context.js';
import { unlessIllegal } from '../sketch/settle.js';
import { candidateOf, withScore, type Candidate } from './candidate.js';
import { hasNestedParallel } from './prune.js';

/** What became of the states that were looked at. `scored` counts distinct programs, of which `numeric` were never lowered. */
export interface SearchStats {
  scored: number;
  numeric: number;
  /** Refused by a rule, a mutation or bound inference. */
  illegal: number;
  /** Parallel loops within parallel loops. */
  nestedParallel: number;
  /** No features: cannot be lowered, or beyond the device's limits. */
  withoutFeatures: number;
}

/** Lets a host process attend to other things; resolves when the search may go on. */
export type YieldControl = () => Promise<void>;

export interface Evaluator {
  /**
   * The candidates of `states` that are valid, each with a score; a program that occurs several times does so in the result. Ranges
   * may be out of date, but the stages of RF steps must have the shapes that the steps give them. The model is asked for last.
   */
  evaluate(states: readonly (State | Candidate)[], model: CostModel | PromiseLike<CostModel>, token: CancellationToken): Promise<Candidate[]>;
  /** One state without a score; undefined if it is not valid. */
  prepare(state: State): Candidate | undefined;
  /** Forgets the programs met so far (their number is kept in the statistics). */
  forget(): void;
  readonly stats: Readonly<SearchStats>;
}

/** States between two calls of `yieldControl`. */
const SLICE = 32;

function isCandidate(item: State | Candidate): item is Candidate {
  return 'features' in item;
}

/** The features of several programs one after the other. */
export function batchOf(candidates: readonly Candidate[]): FeatureBatch {
  const start = new Int32Array(candidates.length + 1);
  candidates.forEach((candidate, i) => (start[i + 1] = (start[i] ?? 0) + candidate.features.length / ROW_LENGTH));
  const rows = new Float32Array((start.at(-1) ?? 0) * ROW_LENGTH);
  candidates.forEach((candidate, i) => rows.set(candidate.features, (start[i] ?? 0) * ROW_LENGTH));
  return { rows, start };
}

/** `candidates` with the scores that `model` gives them now; those that it cannot judge drop out. */
export function scored(candidates: readonly Candidate[], model: CostModel): Candidate[] {
  const scores = model.predict(batchOf(candidates));
  const found: Candidate[] = [];
  candidates.forEach((candidate, i) => {
    const score = scores[i] ?? -Infinity;
    if (score > -1e10) found.push(withScore(candidate, score));
  });
  return found;
}

export interface EvaluatorOptions {
  readonly yieldControl?: YieldControl | undefined;
  /** False: every state is lowered and its program walked. */
  readonly numeric?: boolean | undefined;
}

export function createEvaluator(ctx: SketchContext, { yieldControl, numeric = true }: EvaluatorOptions = {}): Evaluator {
  const extractor = new FeatureExtractor();
  const numbers = new NumericFeatures(ctx.task.hardware);
  const stats: SearchStats = { scored: 0, numeric: 0, illegal: 0, nestedParallel: 0, withoutFeatures: 0 };
  // Programs met in this round, and hashes of all met ever (a false match only makes the count one too low).
  let known = new Map<string, Candidate | undefined>();
  const counted = new Set<number>();

  const lowered = (state: State, key: string): Candidate | undefined => {
    const analysis = analyseSchedule(state);
    const bound = boundState(analysis);
    const features = unlessIllegal(() => extractor.extract(lowerAnalysis(analysis, { constantMatrices: 'one' }), ctx.task.hardware));
    return features === undefined || features.length === 0 ? undefined : candidateOf(bound, key, features, { state: bound, text: stateText(bound) });
  };

  const analysed = (state: State): Candidate | undefined => {
    if (!ctx.gpu && hasNestedParallel(state)) {
      stats.nestedParallel++;
      return undefined;
    }
    const key = numbers.key(state);
    if (known.has(key)) return known.get(key);
    const features = numeric ? numbers.extract(state) : undefined;
    const candidate = features === undefined ? lowered(state, key) : candidateOf(state, key, features);
    known.set(key, candidate);
    if (candidate === undefined) stats.withoutFeatures++;
    else {
      counted.add(textHash(key));
      if (features !== undefined && counted.size > stats.scored) stats.numeric++;
      stats.scored = counted.size;
    }
    return candidate;
  };

  const prepare = (state: State): Candidate | undefined => {
    let legal = false;
    const candidate = unlessIllegal(() => {
      const result = analysed(state);
      legal = true;
      return result;
    });
    if (!legal) stats.illegal++;
    return candidate;
  };

  return {
    stats,
    prepare,
    forget: () => {
      known = new Map();
      numbers.forget();
    },
    async evaluate(states, model, token) {
      const found: Candidate[] = [];
      let sinceYield = 0;
      for (const item of states) {
        if (token.cancelled) break;
        const candidate = isCandidate(item) ? item : prepare(item);
        if (candidate !== undefined) found.push(candidate);
        if (!isCandidate(item) && ++sinceYield >= SLICE && yieldControl !== undefined) {
          sinceYield = 0;
          await yieldControl();
        }
      }
      return scored(found, await model);
    },
  };
}

/** 53 bits of the key, for counting. */
function textHash(text: string): number {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0x85ebca77);
    b = Math.imul(b ^ c, 0xc2b2ae3d);
  }
  a = Math.imul(a ^ (a >>> 15), 0x735a2d97) ^ b;
  b = Math.imul(b ^ (b >>> 13), 0xcaf649a9) ^ a;
  return (b & 0x1fffff) * 2 ** 32 + (a >>> 0);
}
