/** Repairs of a log's lines. Removing lines moves what follows, so that the notes about later records get their new numbers. */
import { formatRecord } from '../../records/format.js';
import { isObject } from '../../records/json-value.js';
import { readRecordLine } from '../../records/read-line.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import type { LogLines } from './log-lines.js';
import type { LogProblemCode, LogTextProblem } from './problems.js';

/** What becomes of a line: another text, or nothing. */
export type LineChange = { readonly line: number; readonly text: string | undefined };

export type FixKind = 'remove' | 'comment' | 'keep-record' | 'convert' | 'outdent' | 'remove-foreign';

const FIXES: Readonly<Record<LogProblemCode, readonly FixKind[]>> = {
  torn: ['remove', 'comment'], glued: ['keep-record', 'remove'], 'not-a-record': ['remove', 'comment'], pickled: ['remove'], 'broken-note': ['remove'], 'orphan-note': ['remove'],
  indented: ['outdent', 'remove'], 'old-version': ['convert'], illegal: ['comment', 'remove'], foreign: ['remove-foreign'], 'measured-elsewhere': [],
};

/** The first one is what "fix all" does. */
export function fixesOf(code: LogProblemCode): readonly FixKind[] {
  return FIXES[code];
}

/** `count`: of problems that are fixed at once. */
export function fixTitle(kind: FixKind, count: number, { t }: PrintContext): string {
  const one = count === 1;
  switch (kind) {
    case 'remove': return one ? t('Remove this line', {}) : t('Remove all {count} such lines', { count });
    case 'comment': return one ? t('Turn this line into a comment', {}) : t('Turn all {count} such lines into comments', { count });
    case 'keep-record': return one ? t('Keep the whole record at the end of this line', {}) : t('Keep the whole records at the ends of {count} lines', { count });
    case 'convert': return one ? t('Convert this record to the newest format', {}) : t('Convert all {count} old records to the newest format', { count });
    case 'outdent': return one ? t('Remove the blanks before this record', {}) : t('Remove the blanks before {count} records', { count });
    case 'remove-foreign': return t("Remove all of AutoTVM's records from this log", {});
  }
}

/** Undefined: the line is not what it was when the problem was found. */
function changeOf(log: LogLines, { line }: LogTextProblem, kind: FixKind): readonly LineChange[] | undefined {
  const text = log.line(line);
  const read = log.read(line);
  switch (kind) {
    case 'remove': return [{ line, text: undefined }];
    case 'comment': return [{ line, text: `# ${text}` }];
    case 'outdent': return [{ line, text: text.trimStart() }];
    case 'keep-record': {
      const glued = read.faults.find((fault) => fault.code === 'glued');
      return glued === undefined ? undefined : [{ line, text: text.slice(glued.column) }];
    }
    case 'convert': {
      const record = readRecordLine(text.replace(/^\ufeff/, ''));
      return record.ok && record.value.kind === 'record' ? [{ line, text: formatRecord(record.value.record) }] : undefined;
    }
    case 'remove-foreign': {
      const all: LineChange[] = [];
      for (let l = 0; l < log.count; l++) if (log.read(l).kind === 'autotvm') all.push({ line: l, text: undefined });
      return all;
    }
  }
}

/** Problems in whose first fix nothing is lost that somebody may want: these are fixed together. */
export function isMended(problem: LogTextProblem): boolean {
  return problem.code !== 'foreign' && fixesOf(problem.code).length > 0;
}

/** The changes that fix `problems` with `kind` (or each with its first fix), in order, at most one a line. */
export function fixLines(log: LogLines, problems: readonly LogTextProblem[], kind?: FixKind): readonly LineChange[] {
  const changes = new Map<number, LineChange>();
  /** Lines that hold no record any more, and lines that hold one now. */
  const commented = new Set<number>();
  const regained = new Set<number>();
  // Whether a note has a record is seen when all else is done.
  for (const problem of problems.toSorted((a, b) => Number(a.code === 'orphan-note') - Number(b.code === 'orphan-note'))) {
    const chosen = kind ?? fixesOf(problem.code)[0];
    const read = log.read(problem.line);
    if (chosen === undefined || (problem.code === 'orphan-note' && read.kind === 'trial' && regained.has(read.about - 1))) continue;
    for (const change of changeOf(log, problem, chosen) ?? []) if (!changes.has(change.line)) changes.set(change.line, change);
    if (chosen === 'comment') commented.add(problem.line);
    if (chosen === 'keep-record' || chosen === 'outdent') regained.add(problem.line);
  }
  followRecords(log, changes, commented);
  return [...changes.values()].toSorted((a, b) => a.line - b.line);
}

/** Adds to `changes` what happens to the notes about records: they go with them, become comments with them, or get their new numbers. */
function followRecords(log: LogLines, changes: Map<number, LineChange>, commented: ReadonlySet<number>): void {
  const notes: { readonly line: number; readonly about: number }[] = [];
  for (let line = 0; line < log.count; line++) {
    const read = log.read(line);
    if (read.kind !== 'trial' || changes.has(line)) continue;
    const about = read.about - 1;
    const record = changes.get(about);
    if (record !== undefined && record.text === undefined) changes.set(line, { line, text: undefined });
    else if (commented.has(about)) changes.set(line, { line, text: `#${log.line(line)}` });
    else notes.push({ line, about });
  }
  const removed = [...changes.values()].filter((change) => change.text === undefined).map((change) => change.line).toSorted((a, b) => a - b);
  for (const { line, about } of notes) {
    const shift = countBelow(removed, about);
    if (shift > 0) changes.set(line, { line, text: withLine(log.line(line), about + 1 - shift) });
  }
}

/** How many of `sorted` are less than `limit`. */
function countBelow(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

function withLine(note: string, line: number): string {
  const json: unknown = JSON.parse(note.slice(2));
  const trial = isObject(json) ? json['trial'] : undefined;
  return isObject(json) && isObject(trial) ? `# ${JSON.stringify({ ...json, trial: { ...trial, line } })}` : note;
}
