/** Slope of the objective by rounds spent on a task (Ansor, section 6; TVM: TaskScheduler's gradient). Costs in seconds. */

export interface GradientParams {
  /** Weight of the slope seen in the history against the predicted one. */
  readonly alpha: number;
  /** Trust in the speed of similar tasks. */
  readonly beta: number;
  /** Rounds of history that the slope is taken over. */
  readonly window: number;
}

export const DEFAULT_GRADIENT_PARAMS: GradientParams = Object.freeze({ alpha: 0.2, beta: 2, window: 3 });

export interface TaskProgress {
  readonly rounds: number;
  readonly best: number;
  /** Best cost after each round. */
  readonly history: readonly number[];
}

/** Change of the objective per second that a task gets faster. */
const STEP = 1e-4;

export function chainRule(objective: (costs: readonly number[]) => number, costs: readonly number[], task: number): number {
  const faster = costs.slice();
  faster[task] = (costs[task] ?? 0) - STEP;
  return (objective(costs) - objective(faster)) / STEP;
}

/** Seconds that the task got slower (so negative) per round, lately; 0 where the history is too short. */
export function backwardSlope(task: TaskProgress, window: number): number {
  const now = task.rounds - 1;
  const [last, first] = [task.history[now], task.history[now - window]];
  return now < task.history.length && now - window >= 0 && last !== undefined && first !== undefined ? (last - first) / window : 0;
}

/**
 * Seconds to be gained by one more round: the lesser of what a fall as 1/rounds promises and what similar tasks have reached.
 * `similar`: the task's FLOPs over beta times the best speed of its group; undefined if it has none.
 */
export function forwardSlope(task: TaskProgress, beta: number, similar: number | undefined): number {
  const optimistic = task.best - task.best / task.rounds;
  return Math.min(optimistic, similar === undefined ? beta * 1e30 : beta * similar) - task.best;
}

/** The slope of the objective in rounds of the task; the most negative deserves the next round. */
export function gradient(params: GradientParams, chain: number, task: TaskProgress, similar: number | undefined): number {
  const slope = params.alpha * backwardSlope(task, params.window) + (1 - params.alpha) * forwardSlope(task, params.beta, similar);
  return Math.min(0, chain * slope);
}
