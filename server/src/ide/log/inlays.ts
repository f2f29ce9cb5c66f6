/** What stands beside a record without being in the file: its time and speed, whether it is the best, whether it was measured elsewhere. */
import type { ResolutionIndex } from '../../records/library/resolve.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { whyElsewhere, type Here } from './elsewhere.js';
import type { LogLines } from './log-lines.js';
import type { LogOverview } from './overview.js';
import { shortResult } from './record-words.js';
import { taskFacts } from './task-facts.js';

/** `line` from 0. */
export interface LogInlay { readonly line: number; readonly label: string; readonly tooltip: string | undefined }

/** `overview`: once the whole log is read; the rest needs only the lines asked for (`from` to `to`, both inclusive). */
export function logInlays(log: LogLines, overview: LogOverview | undefined, from: number, to: number, keys: ResolutionIndex, here: Here, ctx: PrintContext): readonly LogInlay[] {
  const { t } = ctx;
  const inlays: LogInlay[] = [];
  for (let line = Math.max(0, from); line <= Math.min(to, log.count - 1); line++) {
    const read = log.read(line);
    if (read.kind !== 'record' && read.kind !== 'autotvm') continue;
    const note = overview === undefined ? log.taskNote(read.task.workloadKey) : overview.taskOf(read.task)?.note;
    const parts = [shortResult(read, taskFacts(read.task, note, keys).flops, ctx)];
    if (overview?.taskOf(read.task)?.best === line) parts.push(`★ ${t('best', {})}`);
    const session = overview?.sessionAt(line)?.note;
    const reasons = session === undefined ? [] : whyElsewhere(session, overview?.sessions.at(-1)?.note, here, read.task.workloadKey, ctx);
    if (reasons.length > 0) parts.push(t('measured elsewhere', {}));
    inlays.push({ line, label: parts.join(' · '), tooltip: reasons.length > 0 ? t('Measured elsewhere: {reasons}', { reasons: reasons.join('; ') }) : undefined });
  }
  return inlays;
}
