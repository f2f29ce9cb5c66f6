/** What logs know about an input's tasks, and the best schedules of it for a target. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inferBounds } from '../bounds/infer-bounds.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import { taskNotes } from '../records/format-log.js';
import { DEFAULT_PROGRAM, networkChoice, programName, type NetworkChoice } from '../records/network-choice.js';
import { readLog } from '../records/read-log.js';
import { estimatedCost, knownPrograms, type KnownProgram, type SourceLog } from '../records/reuse/programs.js';
import { refitSteps } from '../records/reuse/refit.js';
import { replay } from '../schedule/apply.js';
import { ScheduleError, type TransformStep } from '../schedule/step.js';
import type { InputTask, TaskSibling, TuningInput } from './input.js';
import { withKeysOfLog } from './known-operators.js';
import { systemProblem } from './problem.js';
import { withChosen } from './siblings.js';

/** @throws SessionError */
export function readSourceLog(file: string): SourceLog {
  try {
    return { name: path.basename(file), lines: readLog(readFileSync(file, 'utf8')).lines };
  } catch (e) {
    throw systemProblem(e, 'cannot read the log', file);
  }
}

/** This machine, as session lines name it. */
export function thisCpu(): string {
  return os.cpus()[0]?.model ?? '';
}

/** What logs know about the tasks of an input and their siblings, by task key. `target` undefined: for any target. */
export function programsOf(input: TuningInput, logs: readonly SourceLog[], target?: string): ReadonlyMap<string, readonly KnownProgram[]> {
  const tasks = [...input.tasks, ...(input.siblings ?? []).map((s) => s.task)];
  return knownPrograms(tasks, logs, { modelHash: input.hash, cpu: thisCpu(), target });
}

/** A schedule from a log. `steps` fit the task, whatever sizes it was recorded for. */
export interface FoundSchedule { readonly program: KnownProgram; readonly steps: readonly TransformStep[] }

/**
 * The best that logs have for a task: of records for this target the fastest, then of those for others of its kind, then of smaller sizes
 * that divide these. Without `unverified`, only what is known to be of this operator.
 */
export function bestSchedule(dag: ComputeDag, programs: readonly KnownProgram[], target: string, unverified = false): FoundSchedule | undefined {
  const rank = ({ factor, record, verified }: KnownProgram): number => (factor === 1 ? 0 : 4) + (verified ? 0 : 2) + (record.target === target ? 0 : 1);
  const usable = programs.filter((p) => p.record.result.errorNo === 0 && (p.verified || unverified))
    .sort((a, b) => rank(a) - rank(b) || estimatedCost(a) - estimatedCost(b));
  for (const program of usable) {
    const steps = program.factor === 1 ? program.record.steps : refitSteps(dag, program.record.steps);
    if (steps !== undefined && isLegal(dag, steps)) return { program, steps };
  }
  return undefined;
}

/** The steps can be applied to the operator. */
export function isLegal(dag: ComputeDag, steps: readonly TransformStep[]): boolean {
  try {
    inferBounds(replay(dag, steps));
    return true;
  } catch (e) {
    if (e instanceof ScheduleError) return false;
    throw e;
  }
}

/** A task whose schedule is not from this model's own records on this machine. */
export interface ReusedTask {
  readonly key: string;
  readonly name: string;
  readonly log: string;
  readonly line: number;
  /** `model`, `machine`, `target`: whose record it is; `compatible`: it was made for sizes that divide these, `factor` times less work. */
  readonly from: 'model' | 'machine' | 'target' | 'compatible';
  readonly factor: number;
}

export interface ChosenSchedules {
  /** The input, with the keys that its tasks have in the log, and the algorithms that are the fastest by it. */
  readonly input: TuningInput;
  readonly choice: (task: Pick<InputTask, 'key'>) => readonly TransformStep[] | undefined;
  readonly reused: readonly ReusedTask[];
  /** Names of tasks for which the log has nothing but records whose operator is not known for sure. */
  readonly unverified: readonly string[];
}

/** The schedules for a network from a log file. @throws SessionError */
export function chooseSchedules(given: TuningInput, file: string, target: string): ChosenSchedules {
  return schedulesOf(given, readSourceLog(file), target);
}

/** The schedules for a network from a log: what a session chose in this very network, or what is the fastest alone where it was found since. */
export function schedulesOf(given: TuningInput, log: SourceLog, target: string): ChosenSchedules {
  const keyed = withKeysOfLog(given, taskNotes(log.lines));
  const noted = networkChoice(log.lines, given.hash, target);
  const programs = programsOf(keyed, [log], target);
  const input = withFastest(keyed, noted, (task) => bestSchedule(task.dag, programs.get(task.key) ?? [], target)?.program);
  const chosen = new Map<string, readonly TransformStep[]>();
  const reused: ReusedTask[] = [];
  const unverified: string[] = [];
  for (const { key, name, dag } of input.tasks) {
    const known = programs.get(key) ?? [];
    const found = bestSchedule(dag, known, target);
    if (found === undefined) {
      if (known.some((p) => !p.verified)) unverified.push(name);
      continue;
    }
    const steps = inNetwork(noted, key, found, known);
    if (steps !== undefined) chosen.set(key, steps);
    if (steps !== found.steps) continue;
    const { origin, factor, line } = found.program;
    if (origin !== 'own' || factor !== 1) reused.push({ key, name, log: log.name ?? '', line, from: factor !== 1 ? 'compatible' : origin === 'own' ? 'model' : origin, factor });
  }
  return { input, choice: ({ key }) => chosen.get(key), reused, unverified };
}

/** The input with the algorithm of each task that is the fastest in the network by a note, or alone where that was found since. */
function withFastest(input: TuningInput, noted: NetworkChoice | undefined, best: (task: InputTask) => KnownProgram | undefined): TuningInput {
  const chosen: TaskSibling[] = [];
  const settled = new Set<string>();
  for (const task of input.tasks) {
    const siblings = (input.siblings ?? []).filter((s) => s.of === task.key);
    if (siblings.length === 0) continue;
    const algorithms = [{ task, sibling: undefined }, ...siblings.map((sibling) => ({ task: sibling.task, sibling }))];
    const found = algorithms.flatMap((algorithm) => {
      const program = best(algorithm.task);
      return program === undefined ? [] : [{ ...algorithm, cost: estimatedCost(program), line: program.line }];
    }).sort((a, b) => a.cost - b.cost);
    const [fastest] = found;
    if (fastest === undefined) continue;
    // Without a record it is one by the default rules.
    const named = found.find((f) => noted?.programs.has(f.task.key) === true) ?? algorithms.find((a) => noted?.programs.get(a.task.key) === DEFAULT_PROGRAM);
    const { sibling } = named !== undefined && noted !== undefined && fastest.line <= noted.line ? named : fastest;
    settled.add(task.key);
    if (sibling !== undefined) chosen.push(sibling);
  }
  return withChosen(input, chosen, settled);
}

/** The program that a network note names; `found` if it names none or is older than `found`; undefined: that of the default rules. */
function inNetwork(noted: NetworkChoice | undefined, key: string, found: FoundSchedule, known: readonly KnownProgram[]): readonly TransformStep[] | undefined {
  const name = noted?.programs.get(key);
  const { origin, factor, line } = found.program;
  if (noted === undefined || name === undefined || origin !== 'own' || factor !== 1 || line > noted.line) return found.steps;
  if (name === DEFAULT_PROGRAM) return undefined;
  return known.find((p) => p.origin === 'own' && p.factor === 1 && p.record.result.errorNo === 0 && programName(p.record.steps) === name)?.record.steps ?? found.steps;
}

/** For people: what was taken from others. */
export function reusedWords(name: string, { reused, unverified }: ChosenSchedules): string[] {
  const count = (from: ReusedTask['from']): number => reused.filter((r) => r.from === from).length;
  const kinds = ([['model', 'of another model'], ['machine', 'of another machine'], ['target', 'for another target of this machine'], ['compatible', 'for smaller sizes that divide these']] as const)
    .flatMap(([from, words]) => (count(from) === 0 ? [] : [`${count(from)} ${words}`]));
  return [
    ...(kinds.length === 0 ? [] : [`${name}: borrowed schedules: ${kinds.join(', ')}`]),
    ...(unverified.length === 0 ? [] : [`${name}: its records for ${unverified.length} task${unverified.length === 1 ? '' : 's'} (${unverified.slice(0, 3).join(', ')}${unverified.length > 3 ? ', ...' : ''}) name no operator and are not used: "ansor tune" confirms them with one run each`]),
  ];
}

/** For `--json`: only what there is. */
export function reusedFields(chosen: ChosenSchedules | undefined): Partial<Pick<ChosenSchedules, 'reused' | 'unverified'>> {
  return {
    ...(chosen === undefined || chosen.reused.length === 0 ? {} : { reused: chosen.reused }),
    ...(chosen === undefined || chosen.unverified.length === 0 ? {} : { unverified: chosen.unverified }),
  };
}
