/**
 * Measures the best program of each task again where it was measured elsewhere: on another machine, with another compiler or other flags.
 * The new record is appended like any other, after a session line of this machine, with a note that names the line it confirms.
 */
import os from 'node:os';
import type { ComputeDag } from '../dag/compute-dag.js';
import { dagFlops } from '../dag/flops.js';
import type { DoneEvent, SessionEvent, TaskStatus } from '../protocol/session-event.js';
import { meanCost } from '../records/best.js';
import type { SessionNote } from '../records/comments.js';
import { taskNotes } from '../records/format-log.js';
import type { MeasureRecord } from '../records/record.js';
import { replay } from '../schedule/apply.js';
import type { State } from '../schedule/state.js';
import { ScheduleError } from '../schedule/step.js';
import type { Backend } from './backend.js';
import type { SessionToken } from './host/index.js';
import type { LogFile } from './log-file.js';
import { BufferIds, TaskBench } from './task-bench.js';
import { BuildQueue } from './tune/build-queue.js';
import { WorkClock } from './tune/clock.js';
import { Stall } from './tune/stall.js';
import { gflops } from './tune/task-tuner.js';
import { measureAll, recordOf } from './tune/trial.js';

export interface RemeasureRun {
  readonly backend: Backend;
  readonly log: LogFile;
  readonly logName: string;
  readonly version: string;
  readonly seed: number;
  /** The operator of a record, or why it is not known. `sure` false: concluded from a key that does not say everything. */
  readonly operatorOf: (record: MeasureRecord) => { readonly dag: ComputeDag; readonly sure: boolean } | string;
  /** Why what `session` measured does not speak for `now`; empty: it does. */
  readonly reasons: (session: SessionNote | undefined, now: SessionNote, key: string) => readonly string[];
  /** Also what was measured here. */
  readonly all: boolean;
}

/** A task's best, and why it is measured again. */
interface Subject { readonly key: string; readonly name: string; readonly line: number; readonly record: MeasureRecord; readonly reasons: readonly string[] }

/** What became of one. `ms` null: it failed here. */
export interface Remeasured { readonly key: string; readonly name: string; readonly from: number; readonly line: number; readonly beforeMs: number; readonly ms: number | null; readonly reasons: readonly string[] }

export async function remeasureBest(run: RemeasureRun, emit: (event: SessionEvent) => void, token: SessionToken, onDone: (result: Remeasured) => void): Promise<DoneEvent> {
  const { backend, log, logName } = run;
  const now = noteOfNow(run);
  const { subjects, warnings } = chooseSubjects(run, now);
  const clock = new WorkClock();
  const stall = new Stall(emit, token);
  const statuses = new Map<string, TaskStatus>(subjects.map(({ key, name, record }) => {
    const operator = run.operatorOf(record);
    return [key, { key, name, weight: 1, flops: typeof operator === 'string' ? 0 : dagFlops(operator.dag), trials: 0, errors: 0, bestMs: null, gflops: null }];
  }));
  emit({ event: 'started', model: logName, target: backend.targetText, log: logName, threads: backend.threads, trials: 0, planned: subjects.length, tasks: [...statuses.values()] });
  for (const message of warnings) emit({ event: 'warning', message });
  let trials = 0;
  let errors = 0;
  for (const { key, name, line: from, record, reasons } of subjects) {
    if (token.cancelled) break;
    const operator = run.operatorOf(record);
    if (typeof operator === 'string') continue;
    const { dag, sure } = operator;
    const state = stateOf(dag, record);
    if (typeof state === 'string') {
      emit({ event: 'warning', message: `${logName}:${from}: ${state}`, task: key });
      continue;
    }
    const bench = await clock.spend('build', () => TaskBench.create(backend, dag, run.seed, new BufferIds()));
    if (!bench.ok) {
      emit({ event: 'warning', message: `${name}: cannot be set up: ${bench.error.message}`, task: key });
      continue;
    }
    emit({ event: 'round', round: trials + 1, task: key, trials: 1 });
    const queue = new BuildQueue(backend, key);
    queue.add([state]);
    await measureAll(queue, bench.value, () => undefined, clock, stall, (_index, trial) => {
      if (trials === 0) log.append({ kind: 'session', note: now });
      const line = log.append({ kind: 'record', record: recordOf(trial, key, backend) });
      log.append({ kind: 'trial', note: { line, rule: 'borrowed', source: { line: from, from: 'machine', ...(sure ? {} : { unverified: true }) }, ...(trial.error === undefined ? {} : { error: trial.error.message }) } });
      trials++;
      const seconds = trial.error === undefined ? meanCost(trial.result) : undefined;
      if (seconds === undefined) errors++;
      const ms = seconds === undefined ? null : seconds * 1000;
      const before = statuses.get(key);
      if (before !== undefined) statuses.set(key, { ...before, trials: 1, errors: seconds === undefined ? 1 : 0, bestMs: ms, gflops: seconds === undefined ? null : gflops(before.flops, seconds) });
      emit({ event: 'trial', task: key, line, ms, rule: 'borrowed', source: { line: from, from: 'machine' }, ...(trial.error === undefined ? {} : { error: { number: trial.result.errorNo, detail: trial.error.message } }) });
      onDone({ key, name, from, line, beforeMs: meanCost(record.result) * 1000, ms, reasons });
      return Promise.resolve();
    }, () => token.cancelled);
    await bench.value.close();
    emit({ event: 'progress', trials, planned: subjects.length, errors, seconds: clock.seconds, latencyMs: null, etaSeconds: trials === 0 ? null : (clock.seconds / trials) * (subjects.length - trials) });
  }
  const time = { searchS: 0, aheadS: 0, trainS: 0, buildS: clock.total('build'), runS: clock.total('run'), waitS: 0, gateS: 0, otherS: clock.rest };
  return {
    event: 'done', trials, errors, seconds: clock.seconds, time, candidatesScored: 0, log: logName,
    tasks: [...statuses.values()].map(({ key, name, weight, bestMs, gflops: speed }) => ({ key, name, weight, bestMs, gflops: speed })),
    latencyMs: { naive: null, before: null, after: null }, ...(token.cancelled ? { cancelled: true } : {}),
  };
}

/** This machine, compiler and flags, with the model that the log was last for. */
function noteOfNow({ backend, version, seed, log }: RemeasureRun): SessionNote {
  const sessions = log.before.lines.flatMap((l) => (l.kind === 'session' ? [l.note] : []));
  const model = sessions.at(-1)?.model;
  return {
    version, target: backend.targetText, backend: backend.name, flags: backend.flags.filter((f) => !f.includes('/')),
    host: { cpu: os.cpus()[0]?.model ?? '', cores: os.availableParallelism() }, compiler: backend.compiler, seed,
    options: { remeasure: true, threads: backend.threads }, ...(model === undefined ? {} : { model }),
  };
}

/** The best of each task, of those whose code can be made for this target, unless it was measured here already. */
function chooseSubjects({ log, backend, reasons, operatorOf, all, logName }: RemeasureRun, now: SessionNote): { readonly subjects: readonly Subject[]; readonly warnings: readonly string[] } {
  const { lines } = log.before;
  const notes = taskNotes(lines);
  const best = new Map<string, { readonly line: number; readonly record: MeasureRecord; readonly session: SessionNote | undefined }>();
  const here = new Set<string>();
  const program = (record: MeasureRecord): string => `${record.workloadKey}\n${JSON.stringify(record.steps)}`;
  let session: SessionNote | undefined;
  let foreign: string | undefined;
  for (const line of lines) {
    if (line.kind === 'session') session = line.note;
    if (line.kind !== 'record') continue;
    if (!sameFamily(line.record.target, backend)) {
      foreign = line.record.target;
      continue;
    }
    const { record } = line;
    const key = record.workloadKey;
    if (record.target === backend.targetText && reasons(session, now, key).length === 0) here.add(program(record));
    if (record.result.errorNo !== 0) continue;
    const known = best.get(key);
    if (known === undefined || meanCost(record.result) < meanCost(known.record.result)) best.set(key, { line: line.line, record, session });
  }
  const subjects: Subject[] = [];
  const warnings: string[] = [];
  if (best.size === 0 && foreign === undefined) warnings.push(`${logName}: every record of it failed: there is no program to measure again`);
  if (best.size === 0 && foreign !== undefined) warnings.push(`${logName}: no record of it is for the target ${backend.name}; they are for others, such as "${foreign.slice(0, 200)}": choose theirs with --target`);
  for (const [key, { line, record, session: then }] of best) {
    if (!all && here.has(program(record))) continue;
    const operator = operatorOf(record);
    if (typeof operator === 'string') warnings.push(`${logName}:${line}: ${operator}`);
    else {
      const why = reasons(then, now, key);
      subjects.push({ key, name: notes.get(key)?.name ?? key, line, record, reasons: why.length === 0 && record.target !== backend.targetText ? [record.target] : why });
    }
  }
  return { subjects, warnings };
}

function sameFamily(target: string, backend: Backend): boolean {
  return /^llvm\b/.test(target.trim()) && /-mtriple=wasm/.test(target) === (backend.name === 'wasm');
}

function stateOf(dag: ComputeDag, record: MeasureRecord): State | string {
  try {
    return replay(dag, record.steps);
  } catch (e) {
    if (e instanceof ScheduleError) return `its steps do not fit the operator: ${e.message}`;
    throw e;
  }
}
