/** Where a network's time goes: how long each of its calls takes in its place, between its neighbours and at its addresses. */
import { assert, defined } from '../base/assert.js';
import { err, ok, type Result } from '../base/result.js';
import type { NetworkPlan } from '../model/plan.js';
import type { CompiledState } from './compile.js';
import { assembleNetwork, type NetworkImage, type RunningNetwork } from './network.js';

/** A network's turn: the first calls bring its weights back into the caches, the last one counts. */
const CALLS_PER_TURN = 3;
const CALL_TIMEOUT_SECONDS = 300;

/** A network that notes when each call ends. */
export function stampedImage(plan: NetworkPlan, compiled: readonly CompiledState[]): NetworkImage {
  return assembleNetwork(plan, compiled, undefined, true);
}

/** One turn: seconds of each call of the plan. */
export async function callSeconds({ image, open }: RunningNetwork): Promise<Result<Float64Array, string>> {
  assert(image.stamps !== undefined, 'a stamped network');
  const ran = await open.call({ repeats: CALLS_PER_TURN, number: 1, minSeconds: 0, flush: false, stopSeconds: 0 }, CALL_TIMEOUT_SECONDS);
  if (!ran.ok) return err(ran.error.message);
  const bytes = await open.tensor(image.stamps);
  if (!bytes.ok) return err(bytes.error.message);
  return ok(new Float64Array(bytes.value.slice().buffer));
}

/** Turns of several networks of one plan, alternating: by network, by turn, seconds of each call. */
export async function alternate(networks: readonly RunningNetwork[], until: (turns: number) => boolean): Promise<Result<readonly (readonly Float64Array[])[], string>> {
  const turns: Float64Array[][] = networks.map(() => []);
  for (let n = 0; !until(n); n++) {
    for (const [i, network] of networks.entries()) {
      const seconds = await callSeconds(network);
      if (!seconds.ok) return seconds;
      defined(turns[i], 'a network').push(seconds.value);
    }
  }
  return ok(turns);
}

/** Seconds of each task's calls together, by plan task; procedures do not count. */
export function secondsByTask(plan: NetworkPlan, calls: Float64Array): Float64Array {
  const sums = new Float64Array(plan.tasks.length);
  plan.calls.forEach((call, i) => {
    if ('task' in call) sums[call.task] = (sums[call.task] ?? 0) + (calls[i] ?? NaN);
  });
  return sums;
}
