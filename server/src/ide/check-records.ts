/** What is wrong with a log beyond its syntax: schedules that their operators do not allow, notes that do not fit. */
import { inferBounds } from '../bounds/infer-bounds.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import { plainKey, workloadKey } from '../dag/text.js';
import { parseTc } from '../lang/parse.js';
import { sameWorkload } from '../records/keys.js';
import type { LogLine, LogProblem } from '../records/read-log.js';
import type { MeasureRecord } from '../records/record.js';
import { replay } from '../schedule/apply.js';
import { ScheduleError } from '../schedule/step.js';

/** A key that begins with a DAG's hash, not with the name of a function that somebody registered. */
const HASHED = /^\["[0-9a-f]{32}"/;

export interface RecordChecks {
  readonly problems: readonly LogProblem[];
  /** Records whose steps were replayed, and those whose operator is not known. */
  readonly replayed: number;
  readonly unknown: number;
}

/** `dagOf`: the operator of a workload key, if it is known, from the key or from a record that has it. */
export function checkRecords(lines: readonly LogLine[], dagOf: (key: string, record: MeasureRecord) => ComputeDag | undefined): RecordChecks {
  const problems: LogProblem[] = [];
  let [replayed, unknown] = [0, 0];
  const records = new Set(lines.flatMap((l) => (l.kind === 'record' ? [l.line] : [])));
  for (const line of lines) {
    const say = (message: string): void => { problems.push({ line: line.line, column: 1, message }); };
    if (line.kind === 'trial' && !records.has(line.note.line)) say(`there is no record on line ${line.note.line}, which this note is about`);
    if (line.kind === 'task') {
      const message = taskProblem(line.note.key, line.note.tc);
      if (message !== undefined) say(message);
    }
    if (line.kind !== 'record') continue;
    const dag = dagOf(line.record.workloadKey, line.record);
    if (dag === undefined) {
      unknown++;
      continue;
    }
    replayed++;
    const message = stepsProblem(dag, line.record);
    if (message !== undefined) say(message);
  }
  return { problems, replayed, unknown };
}

/** What is wrong with a task note's operator; undefined: nothing. */
export function taskProblem(key: string, tc: string): string | undefined {
  const { defs, problems } = parseTc(tc);
  const first = problems.find((p) => p.severity === 'error');
  if (first !== undefined) return `the task's tc has an error in its line ${first.line}: ${first.message}`;
  const [def] = defs;
  if (def === undefined || defs.length !== 1) return "the task's tc must have one definition";
  const own = workloadKey(def.dag);
  return !HASHED.test(key) || sameWorkload(plainKey(key), own) ? undefined : `the task's tc is another operator: its key is ${own}`;
}

/** Why the steps of a record do not fit its operator; undefined: they do, or its error 1 says already that they cannot be applied. */
export function stepsProblem(dag: ComputeDag, record: MeasureRecord): string | undefined {
  if (record.result.errorNo === 1) return undefined;
  try {
    inferBounds(replay(dag, record.steps));
    return undefined;
  } catch (e) {
    if (e instanceof ScheduleError) return `the steps do not fit the operator: ${e.message}`;
    throw e;
  }
}
