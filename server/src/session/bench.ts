/** Runs compiled networks side by side, alternating, and compares their outputs. */
import { err, ok, type Result } from '../base/result.js';
import type { NetworkPlan } from '../model/plan.js';
import type { Backend } from './backend.js';
import type { TuningInput } from './input.js';
import { assembleNetwork, standardInputs, startNetwork, type RunningNetwork } from './network.js';
import { readOutputs } from './network-outputs.js';
import { SessionError } from './problem.js';
import { byRules } from './siblings.js';
import { StoredConstants } from './stored-constants.js';
import type { Reference } from './reference.js';
import { BufferIds } from './task-bench.js';
import { compileTasks, type Choice } from './tune/latencies.js';

/** Milliseconds over the calls; `spread` is the distance of the quartiles over the median. */
export interface Latency { readonly median: number; readonly min: number; readonly spread: number }

export interface BenchReport {
  /** Without `naive`: one call of it takes longer than it is given, and another reference is there. */
  readonly latencyMs: { readonly naive?: Latency; readonly default?: Latency; readonly ours: Latency; readonly onnxruntime?: Latency };
  readonly maxAbsError: number;
  /** Largest |a - b| over largest |b|. */
  readonly maxRelError: number;
  readonly ok: boolean;
  /** What the outputs were compared with. */
  readonly against: 'onnxruntime' | 'naive';
}

const OK_BELOW = 1e-3;
const CALL_TIMEOUT_SECONDS = 600;
/** For the naive network's call, where nothing is compared with its outputs. */
const NAIVE_SECONDS = 20;
/** One network's turn: calls in a row for about this long. A core that woke up just now is slow: the first fifth does not count. */
const TURN_MS = 40;
const LEAST_CALLS = 5;
const MOST_CALLS = 200;
const LEAST_TURNS = 4;
/** Before each turn: thread pools of the one before (ONNX Runtime's above all) spin for a while after their work. */
const REST_MS = 120;

export interface BenchOptions {
  readonly calls: number;
  readonly reference: Reference | undefined;
  readonly choice: Choice;
  /** What is run by "choice": the input with the algorithms that a log chose; default: the input itself. */
  readonly chosen?: TuningInput;
  /** Seconds that a call of the naive network may take where it is no reference; default: 20. */
  readonly naiveSeconds?: number;
}

export async function benchNetwork(backend: Backend, input: TuningInput, options: BenchOptions): Promise<BenchReport> {
  const { plan } = input;
  if (plan === undefined) throw new SessionError('bench runs whole networks: give an .onnx model', { file: input.file }, true);
  const ids = new BufferIds();
  const constants = new StoredConstants(backend.runner, ids);
  const inputs = standardInputs(plan);
  const start = async (choice: Choice, given: TuningInput = input): Promise<RunningNetwork> => {
    const used = choice === 'naive' ? input : byRules(given, backend);
    const network = await startNetwork(backend, assembleNetwork(used.plan ?? plan, compileTasks(used, backend, choice)), inputs, ids, constants);
    if (!network.ok) throw new SessionError(network.error);
    return network.value;
  };
  const naive = await start('naive');
  const naiveMs = options.reference === undefined ? await turn(naive, 1) : await callsWithin(naive, 1, options.naiveSeconds ?? NAIVE_SECONDS);
  const reference = options.reference === undefined ? await outputsOf(naive, plan) : undefined;
  await naive.close();
  const plain = await start('default');
  const ours = await start(options.choice, options.chosen);
  const plainCalls = callsPerTurn((await turn(plain, 2))[1]);
  const oursCalls = callsPerTurn((await turn(ours, 2))[1]);
  await options.reference?.call();
  const referenceCalls = callsPerTurn(await options.reference?.call());
  const plainMs: number[] = [];
  const oursMs: number[] = [];
  const referenceMs: number[] = [];
  for (let turns = 0; turns < LEAST_TURNS || oursMs.length < options.calls; turns++) {
    if (options.reference !== undefined) await rest();
    oursMs.push(...warm(await turn(ours, oursCalls)));
    if (plainMs.length < options.calls / 2) {
      if (options.reference !== undefined) await rest();
      plainMs.push(...warm(await turn(plain, plainCalls)));
    }
    if (options.reference === undefined) continue;
    await rest();
    const times: number[] = [];
    for (let i = 0; i < referenceCalls; i++) times.push(await options.reference.call());
    referenceMs.push(...warm(times));
  }
  const expected = reference ?? (options.reference?.outputs() ?? []);
  const error = compareOutputs(await outputsOf(ours, plan), expected);
  await plain.close();
  await ours.close();
  if (!error.ok) throw new SessionError(error.error);
  return {
    latencyMs: {
      ...(naiveMs === undefined ? {} : { naive: latency(naiveMs) }), default: latency(plainMs), ours: latency(oursMs), ...(referenceMs.length === 0 ? {} : { onnxruntime: latency(referenceMs) }),
    },
    ...error.value, ok: error.value.maxRelError < OK_BELOW, against: reference === undefined ? 'onnxruntime' : 'naive',
  };
}

function rest(): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, REST_MS); });
}

function callsPerTurn(ms: number | undefined): number {
  return Math.min(MOST_CALLS, Math.max(LEAST_CALLS + 1, Math.ceil(TURN_MS / Math.max(ms ?? TURN_MS, 1e-3))));
}

function warm(ms: readonly number[]): number[] {
  return ms.slice(Math.ceil(ms.length / 5));
}

async function turn(network: RunningNetwork, calls: number): Promise<number[]> {
  const ms = await callsWithin(network, calls, CALL_TIMEOUT_SECONDS);
  if (ms === undefined) throw new SessionError(`the network does not run: no result after ${CALL_TIMEOUT_SECONDS} s`);
  return ms;
}

/** Milliseconds of each call; undefined: they take longer than `limitSeconds`, and were ended. */
async function callsWithin(network: RunningNetwork, calls: number, limitSeconds: number): Promise<number[] | undefined> {
  const seconds = await network.open.call({ repeats: calls, number: 1, minSeconds: 0, flush: false, stopSeconds: 0 }, limitSeconds);
  if (seconds.ok) return seconds.value.map((s) => s * 1000);
  if (seconds.error.kind !== 'run-timeout') throw new SessionError(`the network does not run: ${seconds.error.message}`);
  return undefined;
}

async function outputsOf(network: RunningNetwork, plan: NetworkPlan): Promise<ArrayLike<number>[]> {
  return (await readOutputs(network, plan)).map(({ data }) => data);
}

/** Element by element; two NaN are equal. @returns an error if there is nothing to compare or the sizes differ */
export function compareOutputs(got: readonly ArrayLike<number>[], expected: readonly ArrayLike<number>[]): Result<{ maxAbsError: number; maxRelError: number }, string> {
  if (got.length === 0) return err('the network has no outputs to compare');
  if (got.length !== expected.length) return err(`the network has ${got.length} outputs, the reference ${expected.length}`);
  let maxAbsError = 0;
  let largest = 0;
  for (const [i, a] of got.entries()) {
    const b = expected[i];
    if (b === undefined || a.length !== b.length) return err(`output ${i} has ${a.length} elements, the reference ${b?.length ?? 0}`);
    for (let k = 0; k < a.length; k++) {
      const d = Object.is(a[k], b[k]) ? 0 : Math.abs((a[k] ?? NaN) - (b[k] ?? NaN));
      maxAbsError = Number.isNaN(d) ? Infinity : Math.max(maxAbsError, d);
      const magnitude = Math.abs(b[k] ?? 0);
      if (magnitude < Infinity) largest = Math.max(largest, magnitude);
    }
  }
  return ok({ maxAbsError, maxRelError: maxAbsError / Math.max(largest, 1e-30) });
}

export function latency(ms: readonly number[]): Latency {
  const sorted = [...ms].sort((a, b) => a - b);
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
  const median = at(0.5);
  return { median: round(median), min: round(at(0)), spread: round((at(0.75) - at(0.25)) / median) };
}

function round(x: number): number {
  return Number(x.toPrecision(6));
}
