/**
 * The search of a session: islands that evolve apart, each with its part of the population and a random stream of its own, in one thread or two. What
 * they find is merged by score. There are always as many islands, whatever the machine: equal seeds give equal programs.
 */
import path from 'node:path';
import type { CancellationToken } from '../../base/cancellation.js';
import type { Rng } from '../../base/rng.js';
import type { CostModel } from '../../cost-model/model.js';
import { extractFeatures } from '../../features/extract.js';
import { inferBounds } from '../../bounds/infer-bounds.js';
import { lower } from '../../lower/lower.js';
import { replay } from '../../schedule/apply.js';
import type { DeviceGate } from '../../measure/gate.js';
import type { State } from '../../schedule/state.js';
import type { Candidate } from '../../search/candidate.js';
import type { SearchParams } from '../../search/params.js';
import { pickEpsGreedy } from '../../search/pick.js';
import { createPolicy, randomPart, type KnownRecord, type SketchPolicy } from '../../search/policy.js';
import type { SketchTask } from '../../sketch/task.js';
import { IslandThread } from './island-thread.js';
import { partsOf, type FoundProgram } from './search-host.js';

export const SEARCHER_PROGRAM = 'searcher.cjs';
const ISLANDS = 2;
/** What islands keep of programs from round to round, some hundred KB each, for all tasks together: those of a few tasks are soon needed again. */
const STRUCTURES_OF_FEW = 1024;
const STRUCTURES_OF_MANY = 384;
const FEW_TASKS = 4;
const LEAST_STRUCTURES = 4;
const LOOK_MS = 50;
/** Each thread compiles the search for itself, some 1.3 s of a core until it is quick: on two cores, which compilers of programs want too, that pays after so many trials. */
const LONG_TRIALS = 512;
const FEW_CORES = 2;

/** In how many threads a session of so many trials searches. */
export function searchThreads(cores: number, trials: number): number {
  return cores <= FEW_CORES && trials < LONG_TRIALS ? 1 : ISLANDS;
}

/** An island as its thread knows it: `number` is that of a task there. */
interface Place { readonly thread: IslandThread; readonly number: number }

export class Islands {
  private readonly threads: readonly IslandThread[];
  private made = 0;

  /** `programDir`: folder of the bundled programs; `tasks`: how many there will be; `pass`: of islands without a thread (see `IslandThread`). What they find does not depend on `threads`. */
  constructor(programDir: string, private readonly tasks: number, gate: DeviceGate, pass: () => Promise<void>, threads = ISLANDS) {
    this.threads = Array.from({ length: threads }, () => new IslandThread(path.join(programDir, SEARCHER_PROGRAM), gate, pass));
  }

  searchOf(task: SketchTask, params: SearchParams, rng: Rng): TaskSearch {
    const structures = Math.max(LEAST_STRUCTURES, Math.floor((this.tasks <= FEW_TASKS ? STRUCTURES_OF_FEW : STRUCTURES_OF_MANY) / ISLANDS / Math.max(1, this.tasks)));
    const islands = Array.from({ length: ISLANDS }, (_, i): Place => ({ thread: this.threads[i % this.threads.length]!, number: this.made++ }));
    return new TaskSearch(islands, task, params, rng, structures);
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }
}

/** The search of one task. */
export class TaskSearch {
  /** Only looks at programs; it searches nothing. */
  private readonly legal: SketchPolicy;
  private readonly known = new Set<string>();
  private readonly hashes = new Set<number>();

  constructor(private readonly islands: readonly Place[], private readonly task: SketchTask, private readonly params: SearchParams, rng: Rng, structures: number) {
    this.legal = createPolicy({ task, params, rng: rng.fork(), numeric: false });
    const part = (n: number): number => Math.ceil(n / islands.length);
    const own: SearchParams = {
      ...params, population: part(params.population), populationPerTrial: part(params.populationPerTrial), sampleBatch: part(params.sampleBatch),
      minInitialPopulation: part(params.minInitialPopulation),
    };
    for (const { thread, number } of islands) thread.tell({ kind: 'task', task: number, sketchTask: task, params: own, seed: rng.fork().u32(), structures });
  }

  /** Distinct programs that were scored, by all islands. */
  get scored(): number {
    return this.hashes.size;
  }

  /** As `SketchPolicy.nextBatch`. Empty when cancelled. */
  async nextBatch(n: number, model: Promise<CostModel>, token: CancellationToken): Promise<Candidate[]> {
    for (let tries = 0; tries <= this.params.retryOnEmpty; tries++) {
      const picked = await this.round(n, model, token);
      for (const { text } of picked) this.known.add(text);
      this.tell(picked.map(({ source, text }) => ({ steps: source.steps, text, costSeconds: undefined })));
      if (picked.length > 0 || token.cancelled) return picked;
    }
    return [];
  }

  private async round(n: number, model: Promise<CostModel>, token: CancellationToken): Promise<Candidate[]> {
    const parts = model.then(partsOf);
    const answers = await unlessCancelled(Promise.all(this.islands.map(({ thread, number }) => thread.search(number, n, parts))), token);
    if (answers === undefined) return [];
    for (const { hashes } of answers) for (const hash of hashes) this.hashes.add(hash);
    const best = answers.flatMap((a) => a.best).sort((a, b) => b.score - a.score || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
    const random = (answers[0]?.random ?? []).flatMap((_, i) => answers.flatMap((a) => a.random[i] ?? []));
    const candidate = (found: FoundProgram): Candidate => new FoundCandidate(found, this.task);
    return pickEpsGreedy(best.map(candidate), random.map(candidate), n, n - randomPart(n, this.params), this.known);
  }

  /** As `SketchPolicy.report`. */
  report(candidates: readonly Candidate[], costsSeconds: readonly (number | undefined)[]): void {
    for (const { text } of candidates) this.known.add(text);
    this.tell(candidates.map(({ source, text }, i) => ({ steps: source.steps, text, costSeconds: costsSeconds[i] })));
  }

  /** As `SketchPolicy.preload`. */
  preload(records: readonly KnownRecord[]): number {
    this.tell(records);
    return this.legal.preload(records);
  }

  private tell(programs: readonly KnownRecord[]): void {
    if (programs.length > 0) for (const { thread, number } of this.islands) thread.tell({ kind: 'known', task: number, programs });
  }
}

/** What an island found; the rest is made here when it is asked for. */
class FoundCandidate implements Candidate {
  readonly text: string;
  readonly score: number;
  private made: State | undefined = undefined;
  private bound: State | undefined = undefined;
  private rows: Float32Array | undefined = undefined;

  constructor(private readonly found: FoundProgram, private readonly task: SketchTask) {
    this.text = found.text;
    this.score = found.score;
  }

  get source(): State {
    return (this.made ??= replay(this.task.dag, this.found.steps));
  }

  get state(): State {
    return (this.bound ??= inferBounds(this.source));
  }

  get features(): Float32Array {
    return (this.rows ??= extractFeatures(lower(this.state, { constantMatrices: 'one' }), this.task.hardware));
  }
}

/** Undefined as soon as it is cancelled. */
async function unlessCancelled<T>(work: Promise<T>, token: CancellationToken): Promise<T | undefined> {
  let timer: ReturnType<typeof setInterval> | undefined;
  const cancelled = new Promise<undefined>((resolve) => {
    timer = setInterval(() => { if (token.cancelled) resolve(undefined); }, LOOK_MS);
  });
  try {
    return await Promise.race([work, cancelled]);
  } finally {
    clearInterval(timer);
  }
}
