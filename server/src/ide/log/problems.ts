/** Problems of a log for the editor: what its lines say of themselves, and what only the whole log tells. */
import { RECORD_VERSION } from '../../records/format.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { taskProblem } from '../check-records.js';
import { whyElsewhere, type Here } from './elsewhere.js';
import type { LogFault, LogFaultCode } from './line-read.js';
import type { LogLines } from './log-lines.js';
import type { LogOverview } from './overview.js';
import type { ReplayChecks } from './replay-checks.js';

export type LogProblemCode = LogFaultCode | 'foreign' | 'measured-elsewhere';

/** Line and columns from 0; `to` excluded. */
export interface LogTextProblem {
  readonly line: number;
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning' | 'information' | 'hint';
  readonly code: LogProblemCode;
  readonly message: string;
}

function faultMessage({ code, detail }: LogFault, { t }: PrintContext): string {
  switch (code) {
    case 'torn': return t('This line is damaged and holds no record: {reason}', { reason: detail.replace(/^not JSON: /, '') });
    case 'glued': return t('A line that was cut off, with a whole record appended to it.', {});
    case 'not-a-record': return t('No record that Ansor knows: {reason}', { reason: detail });
    case 'pickled': case 'broken-note': return detail;
    case 'indented': return t('Readers skip lines that begin with a blank: this record does not count.', {});
    case 'old-version': return t('A record of format {version}; the newest is {newest}.', { version: detail, newest: RECORD_VERSION });
    case 'orphan-note': return t('There is no record on line {line}, which this note is about.', { line: detail });
    case 'illegal': return t('The steps do not fit the operator: {reason}', { reason: detail });
  }
}

const SEVERITY: Readonly<Record<LogFaultCode, LogTextProblem['severity']>> = {
  torn: 'error', glued: 'error', 'not-a-record': 'error', pickled: 'error', 'broken-note': 'error', 'orphan-note': 'warning', indented: 'warning', 'old-version': 'hint', illegal: 'error',
};

/** What lines are marked to their end: the rest is marked where the fault begins. */
const WHOLE_LINE: ReadonlySet<LogProblemCode> = new Set(['glued', 'broken-note', 'orphan-note', 'indented', 'illegal']);

/**
 * All problems in order, at most `most`. Records are replayed as far as `replays` has come. A last line without a line break may be half
 * written: it has none.
 */
export function logProblems(log: LogLines, overview: LogOverview, replays: ReplayChecks, here: Here, most: number, ctx: PrintContext): readonly LogTextProblem[] {
  const problems: LogTextProblem[] = [];
  const say = (line: number, fault: LogFault): void => {
    const text = log.line(line);
    const { length } = text;
    const version = fault.code === 'old-version' ? text.lastIndexOf('"v"') : -1;
    if (version >= 0) {
      problems.push({ line, from: version, to: Math.max(version + 3, length - 1), severity: SEVERITY[fault.code], code: fault.code, message: faultMessage(fault, ctx) });
      return;
    }
    const whole = WHOLE_LINE.has(fault.code);
    const from = whole ? 0 : Math.min(fault.column, Math.max(0, length - 1));
    problems.push({ line, from, to: whole ? Math.max(1, length) : from + 1, severity: SEVERITY[fault.code], code: fault.code, message: faultMessage(fault, ctx) });
  };
  const remark = (line: number, code: 'foreign' | 'measured-elsewhere', severity: LogTextProblem['severity'], message: string): void => {
    problems.push({ line, from: 0, to: Math.max(1, log.line(line).length), severity, code, message });
  };
  const foreign = firstForeign(overview);
  const newest = overview.sessions.at(-1)?.note;
  for (let line = 0; line < log.count && problems.length < most; line++) {
    const read = log.read(line);
    const last = line === log.count - 1;
    for (const fault of read.faults) if (!last || (fault.code !== 'torn' && fault.code !== 'broken-note')) say(line, fault);
    if (read.kind === 'trial' && !isRecord(log, read.about - 1)) say(line, { code: 'orphan-note', column: 0, detail: String(read.about) });
    if (read.kind === 'task') {
      const detail = replays.once(read, () => taskProblem(read.note.key, read.note.tc));
      if (detail !== undefined) say(line, { code: 'broken-note', column: 0, detail });
    }
    if (read.kind === 'session') {
      const reasons = whyElsewhere(read.note, newest, here, undefined, ctx);
      if (reasons.length > 0) remark(line, 'measured-elsewhere', 'hint', ctx.t('The records after this line were measured elsewhere: {reasons}', { reasons: reasons.join('; ') }));
    }
    if (line === foreign) remark(line, 'foreign', 'information', ctx.t("AutoTVM's records can be read here, but sessions and Ansor's other readers leave them out.", {}));
    if (read.kind === 'record') {
      const detail = replays.known(read);
      if (detail !== undefined) say(line, { code: 'illegal', column: 0, detail });
    }
  }
  return problems;
}

function isRecord(log: LogLines, line: number): boolean {
  const { kind } = log.read(line);
  return kind === 'record' || kind === 'autotvm';
}

/** The first of AutoTVM's records in a log that holds others too. */
function firstForeign(overview: LogOverview): number | undefined {
  const own = overview.tasks.some((task) => task.id.template === undefined);
  return own ? overview.tasks.find((task) => task.id.template !== undefined)?.lines[0] : undefined;
}
