/**
 * Sibling tasks are several algorithms for one operator (winograd beside direct convolution): each is tuned by itself, and a network uses the fastest.
 * `leaders[i]` is the index of the task whose sibling task i is; a task's own index where it is nobody's.
 */

/** Which tasks the network uses: of each group the one with the least cost; while none has one (Infinity, NaN), the leader. */
export function usedTasks(costs: ArrayLike<number>, leaders: readonly number[]): boolean[] {
  const least = new Map<number, number>();
  leaders.forEach((leader, i) => {
    const now = least.get(leader);
    if (now === undefined) least.set(leader, leader);
    const best = costs[least.get(leader) ?? leader] ?? NaN;
    const cost = costs[i] ?? NaN;
    if (Number.isFinite(cost) && !(best <= cost)) least.set(leader, i);
  });
  return leaders.map((leader, i) => least.get(leader) === i);
}

/** The sum over all groups, in the costs' unit; NaN or Infinity while a group has no cost. */
export function networkCost(costs: ArrayLike<number>, weights: readonly number[], leaders: readonly number[]): number {
  let sum = 0;
  usedTasks(costs, leaders).forEach((used, i) => {
    if (used) sum += (costs[i] ?? NaN) * (weights[leaders[i] ?? i] ?? 1);
  });
  return sum;
}

/** For tasks with the key of the task whose sibling each is, if any; siblings have one target. */
export function leadersOfTasks(tasks: readonly { readonly key: string; readonly of?: string | undefined; readonly target?: string }[]): number[] {
  const identity = (key: string, target = ''): string => JSON.stringify([key, target]);
  const index = new Map(tasks.map(({ key, target }, i) => [identity(key, target), i]));
  return tasks.map(({ of, target }, i) => (of === undefined ? i : index.get(identity(of, target)) ?? i));
}
