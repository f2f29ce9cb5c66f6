/**
 * From genomes to scored candidates, a generation at once: each is looked up by value, what is new gets features, sorted by shape so that a
 * structure's tables stay in the processor's caches, and one prediction scores them all. Features come from the numbers where their shape
 * has a structure (`numeric`), else from bounds, program and a walk over it: the same numbers. What cannot be lowered drops out.
 */
import type { CancellationToken } from '../base/cancellation.js';
import { analyseSchedule } from '../bounds/analyse.js';
import type { CostModel } from '../cost-model/model.js';
import { FeatureArena, type FeatureBatch } from '../features/feature-arena.js';
import { FeatureExtractor } from '../features/extractor.js';
import { ROW_LENGTH } from '../features/layout.js';
import { NumericFeatures } from '../features/numeric/numeric-features.js';
import { hashOf, type Shape } from '../features/numeric/shape.js';
import { lowerAnalysis } from '../lower/lower.js';
import type { State } from '../schedule/state.js';
import type { SketchContext } from '../sketch/context.js';
import { unlessIllegal } from '../sketch/settle.js';
import { Genome, type Candidate } from './candidate.js';
import { alone, type Pace } from './pace.js';
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

export interface Evaluator {
  /** The genome of a state; undefined for open splits. Stages of RF steps must have the shapes that the steps give them. `text`: the state's, if it is known. */
  genomeOf(state: State, text?: string): Genome | undefined;
  /** The genome with these numbers, which are copied. */
  genome(shape: Shape, numbers: Float64Array): Genome;
  /**
   * The genomes that are valid, each with a score; one that occurs several times does so in the result, as one object. The model is asked
   * for last.
   */
  evaluate(genomes: readonly Genome[], model: CostModel | PromiseLike<CostModel>, token: CancellationToken): Promise<Genome[]>;
  /** Whether a genome is a program that can be built. */
  isValid(genome: Genome): boolean;
  /** The round is over: forgets its programs (their number is kept in the statistics), and structures but for the `kept` used last. */
  forget(kept: number): void;
  readonly stats: Readonly<SearchStats>;
}

/** Programs in a slice. */
const SLICE = 32;

/** The features of several programs one after the other. */
export function batchOf(candidates: readonly Candidate[]): FeatureBatch {
  const start = new Int32Array(candidates.length + 1);
  candidates.forEach((candidate, i) => (start[i + 1] = (start[i] ?? 0) + candidate.features.length / ROW_LENGTH));
  const rows = new Float32Array((start.at(-1) ?? 0) * ROW_LENGTH);
  candidates.forEach((candidate, i) => rows.set(candidate.features, (start[i] ?? 0) * ROW_LENGTH));
  return { rows, start };
}

export interface EvaluatorOptions {
  readonly pace?: Pace | undefined;
  /** False: every state is lowered and its program walked. */
  readonly numeric?: boolean | undefined;
  /** Told the hash of each distinct program that is scored for the first time. */
  readonly onScored?: ((hash: number) => void) | undefined;
}

export function createEvaluator(ctx: SketchContext, { pace = alone, numeric = true, onScored }: EvaluatorOptions = {}): Evaluator {
  const extractor = new FeatureExtractor();
  const numbers = new NumericFeatures(ctx.task.hardware);
  const stats: SearchStats = { scored: 0, numeric: 0, illegal: 0, nestedParallel: 0, withoutFeatures: 0 };
  const arena = new FeatureArena();
  // Genomes met in this round by hash, and hashes of all met ever (a false match only makes the count one too low).
  let known = new Map<number, Genome>();
  const counted = new Set<number>();
  const nested = new WeakMap<Shape, boolean>();
  let round = 0;

  const lowered = ({ source }: Genome): Float32Array | undefined =>
    unlessIllegal(() => extractor.extract(lowerAnalysis(analyseSchedule(source), { constantMatrices: 'one' }), ctx.task.hardware));

  const featuresOf = (genome: Genome): Float32Array => {
    const found = numeric ? numbers.rowsOf(genome.shape, genome.numbers) : undefined;
    return found ?? lowered(genome) ?? new Float32Array(0);
  };

  const isNested = (shape: Shape): boolean => {
    let is = nested.get(shape);
    if (is === undefined) nested.set(shape, is = !ctx.gpu && hasNestedParallel(shape.template));
    return is;
  };

  /** The one object for equal genomes of a round. */
  const canonical = (genome: Genome): Genome => {
    if (genome.round === round) return genome;
    for (let { hash } = genome; ; hash++) {
      const old = known.get(hash);
      if (old !== undefined && !old.same(genome)) continue;
      if (old !== undefined) return old;
      known.set(hash, genome);
      genome.round = round;
      genome.verdict = 'unknown';
      genome.score = -Infinity;
      return genome;
    }
  };

  /** Adds the features to the arena; the verdict says whether there are any. */
  const feature = (genome: Genome, coming: number): void => {
    const { shape } = genome;
    const source = numeric ? numbers.compute(shape, genome.numbers, coming, arena) : undefined;
    if (source === undefined) {
      const features = lowered(genome);
      if (features === undefined) stats.illegal++;
      else if (features.length === 0) stats.withoutFeatures++;
      if (features === undefined || features.length === 0) {
        genome.verdict = 'invalid';
        return;
      }
      arena.add(features);
    }
    arena.end();
    genome.verdict = 'valid';
    counted.add(genome.hash);
    if (counted.size === stats.scored) return;
    stats.scored = counted.size;
    if (source === 'numbers') stats.numeric++;
    onScored?.(genome.hash);
  };

  const genome = (shape: Shape, vector: Float64Array, text?: string): Genome => new Genome(shape, vector.slice(0, shape.count), hashOf(shape, vector), featuresOf, text);

  return {
    stats,
    genome,
    genomeOf(state, text) {
      const shape = numbers.shapes.read(state);
      return shape === undefined ? undefined : genome(shape, numbers.shapes.numbers, text);
    },
    isValid: (g) => !isNested(g.shape) && g.features.length > 0 && unlessIllegal(() => g.state) !== undefined,
    forget(kept) {
      known = new Map();
      round++;
      numbers.forget(kept);
    },
    async evaluate(genomes, model, token) {
      const all: Genome[] = [];
      const fresh: Genome[] = [];
      for (const one of genomes) {
        if (isNested(one.shape)) {
          stats.nestedParallel++;
          continue;
        }
        const g = canonical(one);
        all.push(g);
        if (g === one && g.verdict === 'unknown') {
          fresh.push(g);
          // One of the same object may come again.
          g.verdict = 'invalid';
        }
      }
      fresh.sort((a, b) => a.shape.id - b.shape.id);
      arena.clear();
      const scored: Genome[] = [];
      for (let i = 0, end = 0; i < fresh.length && !token.cancelled; i++) {
        const g = fresh[i]!;
        if (i === end) {
          while (end < fresh.length && fresh[end]!.shape === g.shape) end++;
          numbers.use(g.shape);
        }
        feature(g, end - i);
        if (g.verdict === 'valid') scored.push(g);
        if (i % SLICE === SLICE - 1) await pace.turn();
      }
      const scores = (await pace.wait(model)).predict(arena.batch());
      for (let i = 0; i < scored.length; i++) {
        const g = scored[i]!;
        g.score = scores[i] ?? -Infinity;
        if (g.score <= -1e10) g.verdict = 'invalid';
      }
      return all.filter((g) => g.verdict === 'valid');
    },
  };
}
