/**
 * A tuning run (Ansor, sections 5 and 6): the task scheduler gives rounds to tasks, the policy proposes programs, the bench measures them, every
 * trial is a line of the log before it counts, and the cost model learns after each round. Resumes from whatever the log holds.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { CancellationToken } from '../../base/cancellation.js';
import { createRng } from '../../base/rng.js';
import type { DoneEvent, SessionEvent, TaskStatus } from '../../protocol/session-event.js';
import { taskNotes, type WritableLine } from '../../records/format-log.js';
import { batchOf } from '../../search/evaluate.js';
import { leadersOfTasks, networkCost, usedTasks } from '../../search/siblings.js';
import { createTaskScheduler, type TaskScheduler } from '../../search/task-scheduler.js';
import type { SessionControl } from '../host/session-control.js';
import { keepOutput, ProgramKeeper } from '../log-folder.js';
import { SessionError } from '../problem.js';
import type { TaskSibling } from '../input.js';
import { programsOf, schedulesOf } from '../records-of.js';
import { ruledTasks, siblingsToTune, withChosen } from '../siblings.js';
import { BufferIds, type TaskBench } from '../task-bench.js';
import { Benches } from './benches.js';
import { BuildQueue } from './build-queue.js';
import { WorkClock } from './clock.js';
import { chooseInNetwork, NEAR_ALGORITHM, type NetworkPrograms } from './in-network.js';
import { Islands, searchThreads } from './islands.js';
import { judge } from './judgement.js';
import { Learner } from './learner.js';
import { networkLatencies, type NetworkUse } from './latencies.js';
import { roundSize, type TuneRun } from './options.js';
import { confirmingProposal, type Proposal } from './proposals.js';
import { Round } from './round.js';
import { leadersOf } from './run-leaders.js';
import { NoiseWatch } from './noise.js';
import { sessionNote } from './session-note.js';
import { Stall } from './stall.js';
import { gflops, TaskTuner } from './task-tuner.js';
import { measureAll, recordOf } from './trial.js';

const PROGRESS_SECONDS = 2;
/** After so many failures in a row, whatever is wrong will not mend itself. */
const RUNNER_FAILURES = 5;
/** For deciding between programs of a task that are about equal: a share of the session's time, at least some seconds. */
const LEADER_SHARE = 0.05;
const LEAST_LEADER_SECONDS = 2;
/** Who cancels does not wait for a long run or build: so long is given to what is nearly done. */
const GRACE_MS = 300;
const LOOK_MS = 50;

export async function tune(run: TuneRun, emit: (event: SessionEvent) => void, token: CancellationToken, control?: SessionControl): Promise<DoneEvent> {
  const release = run.log.guard();
  try {
    return await new Tuning(run, emit, token, control).run();
  } finally {
    release();
  }
}

class Tuning {
  private readonly clock: WorkClock;
  private readonly stall: Stall;
  private readonly noise = new NoiseWatch();
  private readonly ids = new BufferIds();
  private readonly benches: Benches;
  private readonly keeper: ProgramKeeper;
  private readonly tuners: readonly TaskTuner[];
  /** Other algorithms for tasks of the input; they are tuned beside them. */
  private readonly siblings: readonly TaskSibling[];
  /** By tuner: the index of the one whose sibling it is. */
  private readonly leaders: readonly number[];
  private readonly learner: Learner;
  private readonly islands: Islands;
  private readonly scheduler: TaskScheduler;
  private plannedAtStart: number;
  private readonly batch: number;
  private readonly bestBefore: ReadonlyMap<string, TaskTuner['best']>;
  private round = 0;
  private lastProgress = 0;
  private runnerFailures = 0;
  /** The result is out: what still runs says and writes nothing more. */
  private ended = false;
  private network: NetworkPrograms | undefined;
  /** Records of this run: those of the search, how many of them failed, and confirming runs. */
  private readonly measured = { trials: 0, errors: 0, confirming: 0 };

  constructor(private readonly tuning: TuneRun, private readonly tell: (event: SessionEvent) => void, private readonly token: CancellationToken, private readonly control: SessionControl | undefined) {
    this.keeper = new ProgramKeeper(tuning.log.path);
    this.stall = new Stall((event) => this.emit(event), token);
    this.benches = new Benches(tuning, this.ids, this.stall, (task, message) => this.emit({ event: 'warning', task, message }));
    this.clock = new WorkClock(() => (control?.pausedSeconds ?? 0) + this.stall.seconds);
    const { input, backend, options } = tuning;
    const rng = createRng(options.seed);
    const pass = (): Promise<void> => new Promise<void>((resolve) => { setImmediate(resolve); }).then(this.untilResumed).then(() => backend.gate.pass());
    this.learner = new Learner(rng.fork(), backend, tuning.log.path, pass, (seconds) => this.clock.add('train', seconds));
    const programs = programsOf(input, [{ name: undefined, lines: tuning.log.before.lines }, ...(tuning.reuse ?? [])], backend.targetText);
    this.siblings = siblingsToTune(input, backend);
    // Each beside its siblings, so that a session that ends early has compared the algorithms of those it came to.
    const algorithms = input.tasks.flatMap((task) => [{ task }, ...this.siblings.filter(({ of }) => of === task.key)]);
    const tasks = algorithms.map(({ task }) => task);
    this.islands = new Islands(backend.programDir, tasks.length, backend.gate, pass, searchThreads(availableParallelism(), options.trials));
    this.leaders = leadersOfTasks(algorithms.map(({ task: { key }, ...rest }) => ({ key, ...rest })));
    this.tuners = tasks.map((task) => {
      const known = programs.get(task.key) ?? [];
      const tuner = new TaskTuner(task, known, backend, (sketchTask) => this.islands.searchOf(sketchTask, options.params, rng.fork()));
      tuner.preload(known);
      return tuner;
    });
    this.bestBefore = new Map(this.tuners.map((t) => [t.task.key, t.best]));
    this.plannedAtStart = options.more ? this.trials + options.trials : Math.max(options.trials, 0);
    this.batch = roundSize({ ...options, trials: Math.max(1, this.plannedAtStart) }, Math.max(1, this.tuners.length));
    this.scheduler = createTaskScheduler({
      // The budget may change while it runs: it is watched here.
      weights: this.weights, order: this.firstRounds(), trials: Infinity, batch: this.batch, rng: rng.fork(), objective: (costs) => networkCost(costs, this.weights, this.leaders),
    });
    const announced = taskNotes(tuning.log.before.lines);
    for (const t of this.tuners) t.announced = announced.has(t.task.key);
  }

  /** Of several algorithms the one that the default rules use comes first: a session that ends early has a record of it. */
  private firstRounds(): number[] {
    const ruled = ruledTasks(this.tuning.input, this.tuning.backend);
    const isRuled = (i: number): boolean => ruled.has(this.tuners[i]?.task.key ?? '');
    return [...this.tuners.keys()].sort((a, b) => (this.leaders[a] ?? a) - (this.leaders[b] ?? b) || Number(isRuled(b)) - Number(isRuled(a)) || a - b);
  }

  /** Records to reach. */
  private get planned(): number {
    return this.control?.budget.trials ?? this.plannedAtStart;
  }

  private get late(): boolean {
    const asked = this.control?.budget.timeLimitSeconds;
    const limit = asked === undefined ? this.tuning.options.timeLimitSeconds : asked ?? undefined;
    return limit !== undefined && this.clock.seconds > limit;
  }

  /** There are trials left, and time for a round. */
  private get goesOn(): boolean {
    return this.trials < this.planned && !this.token.cancelled && !this.late;
  }

  private readonly untilResumed = (): Promise<void> => this.control?.untilResumed() ?? Promise.resolve();

  /** Calls of each task in the network, if it is used there. */
  private get weights(): readonly number[] {
    return this.tuners.map((t) => t.task.weight);
  }

  /** By tuner: its algorithm is the fastest of its siblings so far. */
  private get used(): readonly boolean[] {
    return usedTasks(this.tuners.map((t) => t.best?.seconds ?? Infinity), this.leaders);
  }

  /** An algorithm that is not far behind the fastest of its siblings. */
  private mayBeUsed(at: number): boolean {
    const fastest = Math.min(...this.tuners.map((t, i) => (this.leaders[i] === this.leaders[at] ? t.best?.seconds ?? Infinity : Infinity)));
    return (this.tuners[at]?.best?.seconds ?? Infinity) <= fastest * NEAR_ALGORITHM;
  }

  /** As people see it: who is not used in the network has no calls there. */
  private statuses(): TaskStatus[] {
    const { used } = this;
    return this.tuners.map((t, i) => {
      const leader = this.tuners[this.leaders[i] ?? i];
      return { ...t.status(), weight: used[i] === true ? t.task.weight : 0, ...(leader === undefined || leader === t ? {} : { of: leader.task.key }) };
    });
  }

  private get trials(): number {
    return this.tuners.reduce((n, t) => n + t.trials, 0);
  }

  private get scored(): number {
    return this.tuners.reduce((n, t) => n + t.policy.scored, 0);
  }

  private get errors(): number {
    return this.tuners.reduce((n, t) => n + t.errors, 0);
  }

  private emit(event: SessionEvent): void {
    if (!this.ended) this.tell(event);
  }

  /** All of it. Who cancels gets what is known then: nothing that still runs is waited for, and nothing more is written or told. */
  async run(): Promise<DoneEvent> {
    const work = this.work();
    try {
      const result = await Promise.race([work, this.graceOver()]);
      if (result !== undefined) return result;
      work.catch(() => undefined);
      return this.done({ naive: null, before: null, after: null });
    } finally {
      this.ended = true;
      await this.learner.close();
      await this.islands.close();
    }
  }

  /** Some moments after the session was cancelled. */
  private async graceOver(): Promise<undefined> {
    while (!this.ended && !this.token.cancelled) await delay(LOOK_MS, undefined, { ref: false });
    // Nobody waits for what is still searched for.
    await this.islands.close();
    await delay(GRACE_MS, undefined, { ref: !this.ended });
    return undefined;
  }

  private async work(): Promise<DoneEvent> {
    const { input, backend, logName, options } = this.tuning;
    this.learner.begin();
    this.emit({
      event: 'started', model: input.file, target: backend.targetText, log: logName, threads: backend.threads, trials: this.trials, planned: this.planned,
      ...(options.timeLimitSeconds === undefined ? {} : { timeLimitSeconds: options.timeLimitSeconds }), tasks: this.statuses(),
    });
    if (this.trials < this.planned) {
      const lent = this.tuners.filter((t) => t.others.size > 0);
      await this.write({ kind: 'session', note: sessionNote(this.tuning, this.siblings, { tasks: lent.length, programs: lent.reduce((n, t) => n + t.others.size, 0) }) });
      await this.confirmBorrowed();
      this.learner.learnLog(this.tuners);
    }
    this.tuners.forEach((t, i) => {
      // Tasks of which others know enough need no first round of their own.
      if (t.trials > 0) this.scheduler.restore(i, t.borrowed > 0 ? Math.max(t.trials, this.batch) : t.trials, t.best?.seconds ?? Infinity, t.trials);
    });
    for (let round = this.next(), ahead: Round | undefined; round !== undefined && this.goesOn; round = ahead ?? this.next()) {
      ahead = await this.play(round);
      this.progress(true);
      await this.untilResumed();
    }
    if (this.goesOn) this.endedEarly();
    // Their memory is needed for networks.
    await this.islands.close();
    await this.benches.settle();
    await this.runLeaders();
    const before: NetworkUse = schedulesOf(input, { name: undefined, lines: this.tuning.log.before.lines }, backend.targetText);
    const found = await this.inNetwork();
    const now = found ?? (this.measured.trials === 0 ? before : this.fastest());
    const same = now.input.tasks.every((task, i) => task.key === before.input.tasks[i]?.key && JSON.stringify(before.choice(task)) === JSON.stringify(now.choice(task)));
    const latencies = await networkLatencies(this.tuning, this.groups(), this.bestBefore, { before, now, same }, this.ids, this.token);
    for (const t of this.tuners) await t.bench?.close();
    await this.clock.spend('wait', () => this.learner.model);
    return this.done(latencies);
  }

  /** Those of tasks whose programs take most of the time come first: all together get a share of what the session took. */
  private async runLeaders(): Promise<void> {
    const seconds = (at: number): number => (this.weights[at] ?? 0) * (this.tuners[at]?.best?.seconds ?? 0);
    const order = this.tuners.map((_, i) => i).filter((i) => this.mayBeUsed(i)).sort((a, b) => seconds(b) - seconds(a));
    const end = this.clock.seconds + Math.max(LEAST_LEADER_SECONDS, LEADER_SHARE * this.clock.seconds);
    for (const i of order) {
      const tuner = this.tuners[i];
      if (tuner === undefined || this.token.cancelled || this.clock.seconds > end) return;
      const found = await this.clock.spend('run', () => leadersOf(tuner, this.tuning.backend, () => this.token.cancelled));
      if (found !== undefined) this.emit(found);
    }
  }

  /** The algorithms and programs that are the fastest alone. */
  private fastest(): NetworkUse {
    const { used } = this;
    const isUsed = (key: string): boolean => this.tuners.some((t, i) => used[i] === true && t.task.key === key);
    const settled = new Set(this.tuners.flatMap((t, i) => (t.best === undefined ? [] : this.tuners[this.leaders[i] ?? i]?.task.key ?? [])));
    const input = withChosen(this.tuning.input, this.siblings.filter(({ task, of }) => settled.has(of) && isUsed(task.key)), settled);
    return { input, choice: ({ key }) => this.tuners.find((t) => t.task.key === key)?.best?.steps };
  }

  /** The tuners of each task of the input: its own, then its siblings'. */
  private groups(): TaskTuner[][] {
    return this.tuning.input.tasks.map((task) => this.tuners.filter((_, i) => this.tuners[this.leaders[i] ?? -1]?.task === task));
  }

  /** What each task uses in the network, measured there and noted in the log; undefined where nothing new is known. */
  private async inNetwork(): Promise<NetworkPrograms | undefined> {
    if (this.measured.trials + this.measured.confirming === 0 || this.token.cancelled) return undefined;
    const found = await this.clock.spend('run', () => chooseInNetwork(this.tuning, this.groups(), this.siblings, this.clock.seconds, this.ids, this.token));
    if (found !== undefined) await this.write({ kind: 'network', note: found.note });
    this.network = found;
    return found;
  }

  /** The next round begins; `now` goes on beside it. Undefined: none is to begin, or none beside `now`, since the task that comes next is the same. */
  private next(now?: Round): Round | undefined {
    const left = this.planned - this.trials - (now?.want ?? 0);
    if (left <= 0 || !this.goesOn) return undefined;
    const index = this.scheduler.pick(now === undefined || this.scheduler.task(now.index).rounds > 0 ? undefined : new Set([now.index]));
    const tuner = index === undefined ? undefined : this.tuners[index];
    if (index === undefined || tuner === undefined || index === now?.index) return undefined;
    return new Round(index, tuner, Math.min(this.batch, left), this.tuning.backend, this.benches, this.learner, this.clock, this.token);
  }

  /** One round: its programs are measured, written and learnt from. Returns the one that began meanwhile. */
  private async play(round: Round): Promise<Round | undefined> {
    const { tuner } = round;
    this.emit({ event: 'round', round: ++this.round, task: tuner.task.key, trials: round.want });
    const bench = await this.benches.of(tuner);
    const proposals = bench === undefined ? [] : await round.proposals();
    const ahead = this.next(round);
    const costs = bench === undefined ? [] : await this.measure(tuner, bench, round.queue, proposals, round.trained);
    if (round.trained && costs.length > 0) await this.judgeModel(round, proposals, costs);
    this.scheduler.report(round.index, costs);
    this.learner.train();
    return ahead;
  }

  /** Says how well the model, which has not learnt from these programs yet, put them in order. */
  private async judgeModel({ model, taught, tuner }: Round, proposals: readonly Proposal[], costs: readonly (number | undefined)[]): Promise<void> {
    const asked = await this.clock.spend('wait', () => model);
    const judged = judge(asked.predict(batchOf(proposals.slice(0, costs.length).map((p) => p.candidate))), costs);
    if (judged !== undefined) this.emit({ event: 'model', round: this.round, task: tuner.task.key, learntFrom: taught, ...judged });
  }

  /** One run for each task about which other models or machines know something, so that their records count. */
  private async confirmBorrowed(): Promise<void> {
    for (const tuner of this.tuners) {
      if (this.trials >= this.planned || this.token.cancelled || this.late) return;
      const proposal = confirmingProposal(tuner, this.tuning.backend);
      const bench = proposal === undefined ? undefined : await this.benches.of(tuner);
      if (proposal === undefined || bench === undefined) continue;
      const before = tuner.trials;
      const queue = new BuildQueue(this.tuning.backend, tuner.task.key);
      queue.add([proposal.candidate.state]);
      await this.measure(tuner, bench, queue, [proposal], false);
      // These are none of those that were asked for.
      if (this.tuning.options.more) this.plannedAtStart += tuner.trials - before;
      this.progress(true);
      await this.untilResumed();
    }
  }

  /** Measures what `queue` builds of the proposals, writes, and tells; their scores say something if they are of a model that was `trained`. Returns the costs of those that were measured. */
  private async measure(tuner: TaskTuner, bench: TaskBench, queue: BuildQueue, proposals: readonly Proposal[], trained: boolean): Promise<(number | undefined)[]> {
    const { backend, log: { path: logPath } } = this.tuning;
    const candidates = proposals.map((p) => p.candidate);
    const costs: (number | undefined)[] = [];
    if (!tuner.announced) {
      const { key, name, flops, tc } = tuner.task;
      await this.write({ kind: 'task', note: { key, name, flops, tc } });
      tuner.announced = true;
    }
    await measureAll(queue, bench, () => tuner.best?.seconds, this.clock, this.stall, async (i, trial) => {
      const proposal = proposals[i];
      if (proposal === undefined) return;
      // Its runner was taken away: that is no result.
      if (this.ended) return new Promise(() => undefined);
      const { candidate, rule, source } = proposal;
      this.watchRunner(trial.error?.kind === 'runner' ? trial.error.message : undefined);
      const record = recordOf(trial, tuner.task.key, backend);
      const line = await this.write({ kind: 'record', record });
      const message = trial.error?.message;
      const long = trial.error?.kind === 'compile' && trial.error.output !== undefined ? keepOutput(logPath, trial.error.output) : undefined;
      const { failed } = trial;
      const program = failed === undefined ? undefined : this.keeper.keep(() => backend.program(failed));
      const seconds = trial.error === undefined ? mean(trial.result.costs) : undefined;
      const confirms = proposal.confirms === true && seconds !== undefined ? { confirms: tuner.others.beside(tuner.measuredPrograms) } : {};
      const predicted = Number.isFinite(candidate.score) && trained ? { predicted: Number(candidate.score.toPrecision(6)) } : {};
      const about = { ...predicted, ...(rule === undefined ? {} : { rule }), ...(source === undefined ? {} : { source }), ...confirms, ...(message === undefined ? {} : { error: message }), ...(long === undefined ? {} : { output: long }), ...(program === undefined ? {} : { program }) };
      if (Object.keys(about).length > 0) await this.write({ kind: 'trial', note: { line, ...about } });
      const usedBefore = this.used;
      const isBest = tuner.count(record, line);
      if (proposal.confirms === true) this.measured.confirming++;
      else this.measured.trials++;
      if (seconds === undefined && proposal.confirms !== true) this.measured.errors++;
      if (seconds !== undefined && proposal.confirms === true) tuner.confirm(seconds);
      costs.push(seconds);
      const noisy = trial.spread === undefined ? undefined : this.noise.add(trial.spread);
      if (noisy !== undefined) this.emit({ event: 'warning', message: noisy });
      this.learner.add(tuner.task.key, record.steps, candidate.features, seconds);
      this.emit({
        event: 'trial', task: tuner.task.key, line, ms: seconds === undefined ? null : seconds * 1000, ...(trial.spread === undefined ? {} : { spread: Number(trial.spread.toPrecision(3)) }), ...predicted, ...(rule === undefined ? {} : { rule }), ...(source === undefined ? {} : { source }), ...confirms,
        ...(trial.error === undefined ? {} : { error: { number: trial.result.errorNo, detail: trial.error.message.split('\n')[0] ?? '' } }),
      });
      if (isBest && seconds !== undefined) this.emit({ event: 'best', task: tuner.task.key, ...this.instead(tuner, usedBefore), line, ms: seconds * 1000, gflops: gflops(tuner.task.flops, seconds) });
      this.progress(false);
    }, () => this.token.cancelled || this.trials >= this.planned || (this.late && costs.length > 0), this.untilResumed);
    tuner.policy.report(candidates.slice(0, costs.length), costs);
    return costs;
  }

  /** The sibling whose layers the tuner's task has taken over. */
  private instead(tuner: TaskTuner, usedBefore: readonly boolean[]): { readonly instead?: string } {
    const at = this.tuners.indexOf(tuner);
    if (usedBefore[at] === true || this.used[at] !== true) return {};
    const other = this.tuners.find((_, i) => usedBefore[i] === true && this.leaders[i] === this.leaders[at]);
    return other === undefined ? {} : { instead: other.task.key };
  }

  /** Appends to the log, as soon as that is possible. Returns the line's number. */
  private async write(line: WritableLine): Promise<number> {
    if (this.ended) return new Promise(() => undefined);
    const { log } = this.tuning;
    const number = await this.stall.until(() => log.append(line));
    for (const message of log.notices()) this.emit({ event: 'warning', message });
    return number;
  }

  /** The runner failing again and again is not the candidates' fault. */
  private watchRunner(failure: string | undefined): void {
    this.runnerFailures = failure === undefined ? 0 : this.runnerFailures + 1;
    if (this.runnerFailures >= RUNNER_FAILURES && failure !== undefined) throw new SessionError(`the runner does not work: ${failure}. See "ansor devices".`);
  }

  /** Nothing more could be measured. @throws SessionError if no task can be tuned at all */
  private endedEarly(): void {
    const [first] = this.tuners.flatMap((t) => t.problem ?? []);
    if (first !== undefined && this.tuners.every((t) => t.problem !== undefined)) throw new SessionError(first);
    this.emit({ event: 'warning', message: `the search ended after ${this.trials} of ${this.planned} trials: it finds no more programs that are new and work` });
  }

  private progress(force: boolean): void {
    const { seconds } = this.clock;
    if (!force && seconds - this.lastProgress < PROGRESS_SECONDS) return;
    this.lastProgress = seconds;
    const { trials, measured: { trials: done } } = this;
    this.emit({
      event: 'progress', trials, planned: this.planned, errors: this.errors, seconds: round3(seconds), latencyMs: this.estimatedMs(),
      etaSeconds: done < 1 ? null : round3((seconds / done) * Math.max(0, this.planned - trials)),
      candidatesScored: this.scored,
    });
  }

  private estimatedMs(): number | null {
    const seconds = networkCost(this.tuners.map((t) => t.best?.seconds ?? NaN), this.weights, this.leaders);
    return Number.isFinite(seconds) ? seconds * 1000 : null;
  }

  private done(latencyMs: DoneEvent['latencyMs']): DoneEvent {
    const { backend, logName } = this.tuning;
    const gate = backend.gate.report();
    const noise = this.noise.summary();
    return {
      event: 'done', trials: this.measured.trials, errors: this.measured.errors, ...(this.measured.confirming === 0 ? {} : { confirmingRuns: this.measured.confirming }), seconds: round3(this.clock.seconds),
      time: {
        searchS: round3(this.clock.total('search')), aheadS: round3(this.clock.total('ahead')), trainS: round3(this.clock.total('train')), buildS: round3(this.clock.total('build')),
        runS: round3(this.clock.total('run')), gateS: round3(gate.lostSeconds), waitS: round3(this.clock.total('wait')), otherS: round3(this.clock.rest),
      },
      candidatesScored: this.scored,
      ...(noise === undefined ? {} : { noise }),
      log: logName,
      tasks: this.statuses().map(({ key, name, weight, of, bestMs, gflops: speed, borrowed }) => ({
        key, name, weight, ...(of === undefined ? {} : { of }), bestMs, gflops: speed, ...(borrowed === undefined ? {} : { borrowed }),
      })),
      latencyMs,
      ...(this.network === undefined || this.network.byRules + this.network.byRecord === 0 ? {} : { inNetwork: { byRules: this.network.byRules, byRecord: this.network.byRecord } }),
      ...(this.token.cancelled ? { cancelled: true } : {}),
    };
  }
}

function mean(xs: readonly number[]): number {
  return xs.reduce((a, b) => a + b, 0) / xs.length;
}

function round3(x: number): number {
  return Math.round(x * 1000) / 1000;
}
