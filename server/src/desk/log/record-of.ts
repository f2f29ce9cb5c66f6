/** A record of a log with what a page wants to know of it: its operator, its figures, the best ones of its task. */
import type { ComputeDag } from '../../dag/compute-dag.js';
import { dagFlops } from '../../dag/flops.js';
import { trialNoteOf } from '../../ide/log-text.js';
import { dagOfTc } from '../../ide/tc.js';
import { recordFigures } from '../../ide/tree/record-head.js';
import { decodeWorkloadKey } from '../../records/keys.js';
import { resolveKey } from '../../records/library/resolve.js';
import { readRecordLine } from '../../records/read-line.js';
import type { MeasureRecord } from '../../records/record.js';
import type { RecordRef } from '../../protocol/editor-commands.js';
import type { RecordHead } from '../../protocol/loop-tree-view.js';
import type { DeskContext } from '../desk.js';
import { DeskError } from '../desk-error.js';
import type { ReadLog } from './log-reader.js';

export interface FoundRecord {
  readonly head: RecordHead;
  readonly record: MeasureRecord;
  /** Undefined: the operator is not known, and `problem` says why. */
  readonly dag: ComputeDag | undefined;
  readonly problem: string | null;
}

/** @throws DeskError where there is no such record */
export async function recordOf({ uri, line }: RecordRef, { logs, words }: DeskContext): Promise<FoundRecord> {
  const log = await logs.read(uri);
  const read = readRecordLine(log.lines.line(line - 1));
  const place = `${log.name}:${line}`;
  if (!read.ok) throw new DeskError(`${place}: ${words.t('there is no record on this line', {})}`);
  if (read.value.kind !== 'record') throw new DeskError(`${place}: ${words.t('this is a record of AutoTVM, which has knobs instead of transform steps: it has no loop tree', {})}`);
  const { record } = read.value;
  const measured = log.lines.read(line - 1);
  const task = measured.kind === 'record' ? log.overview.taskOf(measured.task) : undefined;
  const written = task?.note === undefined ? undefined : dagOfTc(task.note.tc);
  const found = written === undefined ? resolveKey(record, logs.keys) : undefined;
  const dag = written ?? (found === undefined || found.kind === 'unresolved' ? undefined : found.dag);
  const flops = task?.note?.flops || (dag === undefined ? undefined : dagFlops(dag));
  const trial = trialNoteOf(log.lines.lines(line, line + 4), line);
  const name = task?.note?.name || (found !== undefined && found.kind !== 'unresolved' ? found.name : undefined) || decodeWorkloadKey(record.workloadKey)?.name || record.workloadKey;
  const [best = null, previous = null] = task === undefined ? [] : bests(log, task.lines);
  return {
    record, dag,
    problem: dag === undefined && found?.kind === 'unresolved' ? words.t('The log does not hold this operator: {reason}', { reason: found.reason }) : null,
    head: {
      uri, log: log.name, line, task: name, key: record.workloadKey, target: record.target, flops: flops ?? null, figures: recordFigures(record.result, flops, trial, words), bestLine: best,
      previousBestLine: previous,
      remarks: found?.kind === 'assumed' ? [words.t('The log does not hold this operator. It was found by its workload key, which leaves something open. Assumed:', {}), ...found.assumptions] : [],
    },
  };
}

/** Physical lines of the best record and of the one that was best before it, in the order of the log. */
function bests({ lines }: ReadLog, own: readonly number[]): number[] {
  const falling: number[] = [];
  let lowest = Infinity;
  for (const line of own) {
    const read = lines.read(line);
    if (read.kind !== 'record' || read.errorNo !== 0 || read.cost >= lowest) continue;
    lowest = read.cost;
    falling.unshift(line + 1);
  }
  return falling.slice(0, 2);
}
