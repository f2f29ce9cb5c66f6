/** Logs as sub-commands take them: a file's lines, `LOG:N`, and the operators behind its workload keys. */
import { readFileSync } from 'node:fs';
import type { ComputeDag } from '../dag/compute-dag.js';
import { dagOfTc } from '../ide/tc.js';
import { taskNotes } from '../records/format-log.js';
import { createResolutionIndex, resolveKey } from '../records/library/resolve.js';
import { readLog, type LogLine, type ParsedLog } from '../records/read-log.js';
import type { MeasureRecord } from '../records/record.js';
import { readInput } from '../session/input.js';
import { SessionError, systemProblem } from '../session/problem.js';

/** @throws SessionError if the file cannot be read; what is wrong inside stands in `problems` */
export function readLogFile(name: string): ParsedLog {
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (e) {
    throw systemProblem(e, 'cannot read the log', name);
  }
  return readLog(text);
}

/** The physical line `LOG:N`. @throws SessionError (wrong use) */
export function parseLogLine(text: string): { readonly log: string; readonly line: number } {
  const [, log = '', line = ''] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (log === '' || Number(line) < 1) throw new SessionError(`give a log and a line from 1 as LOG:LINE, not ${JSON.stringify(text)}`, {}, true);
  return { log, line: Number(line) };
}

/** The record at a physical line. @throws SessionError where there is none */
export function recordAt(parsed: ParsedLog, log: string, line: number): LogLine & { readonly kind: 'record' } {
  const found = parsed.lines.find((l) => l.line === line);
  if (found?.kind === 'record') return found;
  const problem = parsed.problems.find((p) => p.line === line);
  const message = problem?.message ?? (found?.kind === 'autotvm' ? 'this is a record of AutoTVM, which has no transform steps' : 'there is no record on this line');
  throw new SessionError(message, { file: log, line, ...(problem === undefined ? {} : { column: problem.column }) });
}

export interface OperatorFlags {
  /** `--dag`: an `.onnx` or `.tc` file; one with a single `def` is used whatever the key. */
  readonly dag?: string;
  readonly size?: Record<string, number>;
}

/** The DAG of a workload key: from `--dag`, else from the log's own task lines. */
export function operatorsOf(lines: readonly LogLine[], flags: OperatorFlags): (key: string) => ComputeDag | undefined {
  if (flags.dag !== undefined) {
    const { tasks, plan, siblings = [] } = readInput(flags.dag, { sizes: flags.size ?? {} });
    const [only] = tasks;
    const known = [...tasks, ...siblings.map((s) => s.task)];
    return (key) => known.find((t) => t.key === key)?.dag ?? (plan === undefined && tasks.length === 1 ? only?.dag : undefined);
  }
  const notes = taskNotes(lines);
  const known = new Map<string, ComputeDag | undefined>();
  return (key) => {
    if (!known.has(key)) known.set(key, dagOfTc(notes.get(key)?.tc ?? ''));
    return known.get(key);
  };
}

/** What is known about a record's operator. */
export interface Operator {
  readonly dag: ComputeDag | undefined;
  /** How it was found: the log or `--dag` has it, its key says all of it, or leaves something open. */
  readonly found: 'given' | 'exact' | 'assumed' | 'unresolved';
  /** Of one that was found by its key: what it is, and what the key leaves open and was assumed (nothing for keys that say all). */
  readonly name?: string;
  readonly assumptions?: readonly string[];
  /** Why there is no DAG. */
  readonly problem?: string;
}

/** The operator of a record: from `--dag`, else from the log's own task lines, else found by its key. */
export function recordOperators(lines: readonly LogLine[], flags: OperatorFlags): (record: Pick<MeasureRecord, 'workloadKey' | 'steps'>) => Operator {
  const dagOf = operatorsOf(lines, flags);
  const index = createResolutionIndex();
  return (record) => {
    const dag = dagOf(record.workloadKey);
    if (dag !== undefined) return { dag, found: 'given' };
    const found = resolveKey(record, index);
    if (found.kind === 'unresolved') return { dag: undefined, found: 'unresolved', problem: `the operator of ${record.workloadKey} is not known (${found.reason}): give it with --dag` };
    return { dag: found.dag, found: found.kind, name: found.name, assumptions: found.assumptions };
  };
}

/** For people: an operator that was found by its key. */
export function foundWords({ name, assumptions }: Pick<Operator, 'name' | 'assumptions'>): string | undefined {
  if (name === undefined) return undefined;
  return `found by its key: ${name}${assumptions === undefined || assumptions.length === 0 ? '' : `; assumed: ${assumptions.join('; ')}`}`;
}
