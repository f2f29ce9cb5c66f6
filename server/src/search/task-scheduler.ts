/**
 * Which task gets the next round (Ansor, section 6; TVM: TaskScheduler). Pure: the caller measures; `pick` and `report` alternate.
 * Costs in seconds.
 */
import { assert } from '../base/assert.js';
import type { Rng } from '../base/rng.js';
import { chainRule, DEFAULT_GRADIENT_PARAMS, gradient, type GradientParams } from './gradient.js';
import { SimilarityGroups } from './similarity.js';

export interface TaskSchedulerOptions extends Partial<GradientParams> {
  /** Calls of each task in the network. */
  readonly weights: readonly number[];
  readonly strategy?: 'gradient' | 'round-robin';
  /** In which order tasks get their first round; default: as they stand. */
  readonly order?: readonly number[];
  /** From the tasks' best costs to what is to be made small; default: the weighted sum. */
  readonly objective?: (costs: readonly number[]) => number;
  /** Programs of all tasks together. */
  readonly trials: number;
  /** Programs per round; the caller passes it on to the policies. */
  readonly batch: number;
  /** Trials without improvement of the objective after which all ends. */
  readonly earlyStopping?: number;
  /** Trials without improvement of a task after which it gets no more. */
  readonly taskEarlyStopping?: number;
  /** Per task, for groups of similar tasks; empty tags make none. */
  readonly flops?: readonly number[];
  readonly tags?: readonly string[];
  /** Breaks ties when all gradients are equal. */
  readonly rng: Rng;
}

export interface TaskStatus {
  readonly rounds: number;
  /** Infinity: nothing valid yet. */
  readonly best: number;
  readonly history: readonly number[];
  /** Programs measured in this run. */
  readonly trials: number;
  readonly dead: boolean;
}

export interface TaskScheduler {
  /** The task of the next round; undefined when the trials are spent, or nothing more is to be expected. `except`: tasks now busy. */
  pick(except?: ReadonlySet<number>): number | undefined;
  /** The results of one round, undefined for programs that failed. An empty list: the policy found nothing new. */
  report(task: number, costs: readonly (number | undefined)[]): void;
  /** What a log knows, before the first pick: the number of its programs, the best cost, and which of them had it (from 1). */
  restore(task: number, trials: number, best: number, bestTrial: number): void;
  task(task: number): TaskStatus;
  /** The objective now; tasks without a valid program count as 1e10. */
  readonly score: number;
  readonly trials: number;
}

/** Cost of a task without a valid program. */
const UNKNOWN = 1e10;

interface Entry { rounds: number; bestRound: number; best: number; history: number[]; trials: number; dead: boolean }

export function createTaskScheduler(options: TaskSchedulerOptions): TaskScheduler {
  const { weights, rng, batch } = options;
  assert(batch >= 1, 'a round has at least one program');
  const params: GradientParams = {
    alpha: options.alpha ?? DEFAULT_GRADIENT_PARAMS.alpha, beta: options.beta ?? DEFAULT_GRADIENT_PARAMS.beta, window: options.window ?? DEFAULT_GRADIENT_PARAMS.window,
  };
  const objective = options.objective ?? ((costs) => costs.reduce((sum, cost, i) => sum + cost * (weights[i] ?? 1), 0));
  const entries = weights.map((): Entry => ({ rounds: 0, bestRound: 0, best: UNKNOWN, history: [], trials: 0, dead: false }));
  const order = options.order ?? [...weights.keys()];
  const groups = new SimilarityGroups(options.tags ?? weights.map(() => ''), options.flops ?? weights.map(() => 0));
  const bestCosts = (): number[] => entries.map((entry) => entry.best);
  let trials = 0;
  let last = -1;
  let warm = false;
  let bestScore = Infinity;
  let bestTrials = 0;
  let stopped = false;

  const entryOf = (task: number): Entry => {
    const entry = entries[task];
    assert(entry !== undefined, `there is no task ${task}`);
    return entry;
  };

  /** Ends the warm-up once every task had a round: what has nothing valid by then gets no more. */
  const endWarmUp = (): void => {
    if (warm || entries.some((entry) => entry.rounds === 0 && !entry.dead)) return;
    warm = true;
    bestScore = objective(bestCosts());
    bestTrials = trials;
    for (const entry of entries) if (entry.best >= UNKNOWN) entry.dead = true;
  };

  const steepest = (alive: readonly number[]): number | undefined => {
    const costs = bestCosts();
    const gradients = entries.map((entry, i) => (alive.includes(i) ? gradient(params, chainRule(objective, costs, i), entry, groups.predicted(i, costs)) : 0));
    const least = Math.min(...alive.map((i) => gradients[i] ?? 0));
    if (alive.every((i) => gradients[i] === least) && alive.length > 1) return alive[rng.int(alive.length)];
    return alive.find((i) => gradients[i] === least);
  };

  return {
    get score() {
      return objective(bestCosts());
    },
    get trials() {
      return trials;
    },
    task(task) {
      const entry = entryOf(task);
      return { rounds: entry.rounds, best: entry.best >= UNKNOWN ? Infinity : entry.best, history: entry.history, trials: entry.trials, dead: entry.dead };
    },
    pick(except) {
      const free = (i: number): boolean => except?.has(i) !== true;
      if (!warm) {
        const cold = order.find((i) => entries[i]?.rounds === 0 && !entries[i].dead && free(i));
        if (cold !== undefined) return cold;
        endWarmUp();
        if (!warm) return undefined;
      }
      const alive = entries.flatMap((entry, i) => (!entry.dead && free(i) ? [i] : []));
      if (stopped || trials >= options.trials || alive.length === 0) return undefined;
      if (options.strategy === 'round-robin') return alive.find((i) => i > last) ?? alive[0];
      return steepest(alive);
    },
    report(task, costs) {
      const entry = entryOf(task);
      last = task;
      entry.rounds++;
      for (const cost of costs) {
        if (cost === undefined || cost >= entry.best) continue;
        entry.best = cost;
        entry.bestRound = entry.rounds;
      }
      const unchanged = (entry.rounds - entry.bestRound) * batch;
      if (costs.length === 0 || unchanged > (options.taskEarlyStopping ?? Infinity)) entry.dead = true;
      entry.history.push(entry.best);
      entry.trials += costs.length;
      trials += costs.length;
      if (!warm) {
        endWarmUp();
        return;
      }
      groups.adjust(task, bestCosts(), entries.map((e) => e.rounds), params.beta);
      const score = objective(bestCosts());
      if (score < bestScore) {
        bestScore = score;
        bestTrials = trials;
      } else if (trials - bestTrials >= (options.earlyStopping ?? Infinity) && entries.every((e) => e.best < 1e9)) stopped = true;
    },
    restore(task, count, best, bestTrial) {
      const entry = entryOf(task);
      if (count === 0) return;
      if (count - bestTrial > (options.taskEarlyStopping ?? Infinity)) entry.dead = true;
      entry.best = Math.min(entry.best, best);
      entry.rounds = Math.floor(count / batch + 0.5);
      entry.bestRound = Math.floor(bestTrial / batch + 0.5);
      entry.history.push(entry.best);
    },
  };
}
