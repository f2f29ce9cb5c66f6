/**
 * Which program of each task is the fastest in the whole network. Alone on its bench a program has all caches for itself; in the network its
 * tensors are where the plan put them and its neighbours' data lie in the caches. The best, the runner-up, the default rules' program and that of
 * another algorithm (a sibling) are run there in turn, and each task keeps the one that is clearly the fastest in its place.
 */
import type { CancellationToken } from '../../base/cancellation.js';
import { defined } from '../../base/assert.js';
import type { NetworkPlan } from '../../model/plan.js';
import type { NetworkNote } from '../../records/comments.js';
import { DEFAULT_PROGRAM, programName } from '../../records/network-choice.js';
import type { TransformStep } from '../../schedule/step.js';
import { alternate, secondsByTask, stampedImage } from '../call-times.js';
import { defaultState } from '../compile.js';
import type { TaskSibling } from '../input.js';
import { buildNetworks, standardInputs, startNetwork, type NetworkImage, type RunningNetwork } from '../network.js';
import { SessionError } from '../problem.js';
import { ruledTasks, withChosen } from '../siblings.js';
import { StoredConstants } from '../stored-constants.js';
import type { BufferIds } from '../task-bench.js';
import { KnownKernels } from './known-kernels.js';
import { compileTasks, type NetworkUse } from './latencies.js';
import type { TuneRun } from './options.js';
import type { TaskTuner } from './task-tuner.js';

/** Runners-up within this of the best take part. */
const NEAR = 1.1;
/** Other algorithms alone on their bench: their constants, which may be larger, lie in the caches there. */
export const NEAR_ALGORITHM = 1.6;
/** A change must bring at least this much of the task's time, and be seen in so many of the turns. */
const GAIN = 0.985;
const SURE = 0.8;
const LEAST_TURNS = 5;
const MOST_TURNS = 20;
/** For one comparison: a share of what the session took, within these seconds. */
const SHARE = 0.05;
const LEAST_SECONDS = 0.3;
const MOST_SECONDS = 5;

/** Of the networks to compare with, that of the default rules. */
const RULES = 0;

type Steps = readonly TransformStep[] | undefined;

/** What a layer uses: an algorithm's task, and its program (undefined: that of the default rules). */
interface Program { readonly tuner: TaskTuner; readonly steps: Steps }

/** By key of the input's task. */
type Programs = ReadonlyMap<string, Program>;

export interface NetworkPrograms extends NetworkUse {
  readonly note: NetworkNote;
  /** Tasks that use another program than their best: that of the default rules, or another record's. */
  readonly byRules: number;
  readonly byRecord: number;
}

/**
 * `groups`: for each task of the input its tuner, then those of its `siblings`. `tuned`: seconds that the session took so far. Undefined where there
 * is nothing to choose, or the network does not run.
 */
export async function chooseInNetwork(
  { input, backend }: TuneRun, groups: readonly (readonly TaskTuner[])[], siblings: readonly TaskSibling[], tuned: number, ids: BufferIds, token: CancellationToken,
): Promise<NetworkPrograms | undefined> {
  if (input.plan === undefined) return undefined;
  const known = new KnownKernels();
  const ruled = ruledTasks(input, backend);
  const limit = Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, SHARE * tuned));
  const opened: RunningNetwork[] = [];
  const useOf = (programs: Programs): NetworkUse => {
    const keys = new Set([...programs.values()].map(({ tuner }) => tuner.task.key));
    const steps = new Map([...programs.values()].map((p) => [p.tuner.task.key, p.steps]));
    return { input: withChosen(input, siblings.filter((s) => keys.has(s.task.key)), new Set(input.tasks.map((t) => t.key))), choice: ({ key }) => steps.get(key), known };
  };
  const inputs = standardInputs(input.plan);
  const constants = new StoredConstants(backend.runner, ids);
  /** Undefined where a task cannot be compiled. */
  const imageOf = (programs: Programs): NetworkImage | undefined => {
    const { input: used, choice } = useOf(programs);
    if (token.cancelled || used.plan === undefined) return undefined;
    try {
      return stampedImage(used.plan, compileTasks(used, backend, choice, known));
    } catch (e) {
      if (e instanceof SessionError) return undefined;
      throw e;
    }
  };
  const open = async (image: NetworkImage | undefined): Promise<RunningNetwork | undefined> => {
    const network = image === undefined || token.cancelled ? undefined : await startNetwork(backend, image, inputs, ids, constants);
    if (network?.ok !== true) return undefined;
    opened.push(network.value);
    return network.value;
  };
  const close = async (network: RunningNetwork): Promise<void> => {
    opened.splice(opened.indexOf(network), 1);
    await network.close();
  };
  try {
    const { plan } = input;
    const byBest = new Map(groups.flatMap((group): [string, Program][] => {
      const [own] = group;
      const tuner = fastestOf(group) ?? ruledOf(group, ruled);
      return own === undefined || tuner === undefined ? [] : [[own.task.key, { tuner, steps: tuner.best?.steps }]];
    }));
    const others = alternatives(groups, ruled, byBest, (t) => defaultState(t.task.dag, backend).steps);
    if (others.every((other) => other.size === 0)) return undefined;
    const bestImage = imageOf(byBest);
    const otherImages = others.map((other) => (other.size === 0 ? undefined : imageOf(new Map([...byBest, ...other]))));
    await buildNetworks(backend, [bestImage, ...otherImages].flatMap((image) => image ?? []));
    const best = await open(bestImage);
    if (best === undefined) return undefined;
    const chosen = new Map(byBest);
    /** Of the chosen program, relative to the best's, by task key. */
    const gains = new Map<string, number>();
    let bestSeconds: Float64Array | undefined;
    for (const [at, other] of others.entries()) {
      const network = await open(otherImages[at]);
      if (network === undefined) continue;
      const turns = await inTurn(plan, best, network, limit, token);
      await close(network);
      if (turns === undefined) return undefined;
      bestSeconds ??= medians(turns.map(([ours]) => ours));
      for (const { key, planTask } of input.tasks) {
        const program = other.get(key);
        if (program === undefined || planTask === undefined) continue;
        const ratio = gainOf(turns, planTask, at === RULES);
        if (ratio === undefined || ratio >= (gains.get(key) ?? 1)) continue;
        gains.set(key, ratio);
        chosen.set(key, program);
      }
    }
    if (bestSeconds === undefined) return undefined;
    if (gains.size > 0 && !(await isFaster(plan, best, await open(imageOf(chosen)), limit, token))) {
      gains.clear();
      for (const [key, program] of byBest) chosen.set(key, program);
    }
    if (token.cancelled) return undefined;
    const seconds = bestSeconds;
    const tasks = input.tasks.flatMap(({ key, planTask }) => {
      const program = chosen.get(key);
      return program === undefined ? [] : [{
        key: program.tuner.task.key, program: nameOf(program.steps), ms: Number((1e3 * (gains.get(key) ?? 1) * (seconds[planTask ?? -1] ?? NaN)).toPrecision(6)),
      }];
    });
    const byRules = [...gains.keys()].filter((key) => chosen.get(key)?.steps === undefined).length;
    return { ...useOf(chosen), note: { model: input.hash, target: backend.targetText, tasks }, byRules, byRecord: gains.size - byRules };
  } finally {
    for (const network of opened) await network.close();
  }
}

function nameOf(steps: Steps): string {
  return steps === undefined ? DEFAULT_PROGRAM : programName(steps);
}

/** The algorithm that is the fastest alone; undefined while none has a result. */
function fastestOf(group: readonly TaskTuner[]): TaskTuner | undefined {
  return group.filter((t) => t.best !== undefined).sort((a, b) => (a.best?.seconds ?? Infinity) - (b.best?.seconds ?? Infinity))[0];
}

/** The algorithm of the default rules. `ruled`: keys of the tasks that they use. */
function ruledOf(group: readonly TaskTuner[], ruled: ReadonlySet<string>): TaskTuner | undefined {
  return group.find((t) => ruled.has(t.task.key)) ?? group[0];
}

/**
 * Networks to compare with that of the best programs, each as what is different in it: the default rules everywhere (also their algorithm, where it
 * has no record), the runners-up, other algorithms.
 */
function alternatives(groups: readonly (readonly TaskTuner[])[], ruled: ReadonlySet<string>, byBest: Programs, rules: (tuner: TaskTuner) => readonly TransformStep[]): readonly Programs[] {
  const byRules = new Map<string, Program>();
  const second = new Map<string, Program>();
  const algorithms = new Map<string, Program>();
  for (const group of groups) {
    const key = group[0]?.task.key ?? '';
    const t = byBest.get(key)?.tuner;
    const best = t?.best;
    if (t === undefined || best === undefined) continue;
    const plain = JSON.stringify(rules(t));
    const theirs = ruledOf(group, ruled);
    const tuner = theirs !== undefined && theirs.best === undefined ? theirs : t;
    if (tuner !== t || plain !== JSON.stringify(best.steps)) byRules.set(key, { tuner, steps: undefined });
    const next = t.fastest.find((f) => f.line !== best.line && f.seconds < NEAR * best.seconds && JSON.stringify(f.steps) !== plain);
    if (next !== undefined) second.set(key, { tuner: t, steps: next.steps });
    const other = fastestOf(group.filter((one) => one !== t));
    if (other?.best !== undefined && other.best.seconds < NEAR_ALGORITHM * best.seconds) algorithms.set(key, { tuner: other, steps: other.best.steps });
  }
  // In the order of RULES.
  return [byRules, second, algorithms];
}

type Turns = readonly (readonly [Float64Array, Float64Array])[];

/** Seconds by task of both networks, turn by turn; undefined if one fails. */
async function inTurn(plan: NetworkPlan, a: RunningNetwork, b: RunningNetwork, limit: number, token: CancellationToken): Promise<Turns | undefined> {
  const end = performance.now() + limit * 1000;
  const turns = await alternate([a, b], (n) => token.cancelled || n >= MOST_TURNS || (n >= LEAST_TURNS && performance.now() > end));
  if (!turns.ok || token.cancelled) return undefined;
  const [ours = [], theirs = []] = turns.value;
  return ours.map((x, i) => [secondsByTask(plan, x), secondsByTask(plan, defined(theirs[i], 'a turn'))]);
}

/**
 * How long the second network's program of a task takes, relative to the first one's; undefined if it is not clearly faster. The best of many programs was in part
 * lucky when it was measured, that of the default rules was not: between the two the median decides.
 */
function gainOf(turns: Turns, task: number, rules: boolean): number | undefined {
  const ratios = turns.map(([ours, theirs]) => (theirs[task] ?? NaN) / (ours[task] ?? NaN)).sort((x, y) => x - y);
  const median = ratios[ratios.length >> 1] ?? 1;
  if (rules) return median < 1 ? median : undefined;
  return median < GAIN && ratios.filter((r) => r < 1).length >= SURE * ratios.length ? median : undefined;
}

/** The sum over all tasks, turn by turn: what was chosen task by task must hold together. */
async function isFaster(plan: NetworkPlan, best: RunningNetwork, chosen: RunningNetwork | undefined, limit: number, token: CancellationToken): Promise<boolean> {
  const turns = chosen === undefined ? undefined : await inTurn(plan, best, chosen, limit, token);
  if (turns === undefined || turns.length === 0) return false;
  const sum = (xs: Float64Array): number => xs.reduce((a, b) => a + b, 0);
  const ratios = turns.map(([ours, theirs]) => sum(theirs) / sum(ours)).sort((x, y) => x - y);
  return (ratios[ratios.length >> 1] ?? 1) < 1;
}

function medians(turns: readonly Float64Array[]): Float64Array {
  const n = turns[0]?.length ?? 0;
  return Float64Array.from({ length: n }, (_, i) => turns.map((t) => t[i] ?? NaN).sort((x, y) => x - y)[turns.length >> 1] ?? NaN);
}
