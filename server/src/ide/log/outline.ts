/** The outline of a log: tasks, and below each its records with time and speed. */
import type { ResolutionIndex } from '../../records/library/resolve.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { timeText } from '../result-words.js';
import type { LogLines } from './log-lines.js';
import type { LogOverview, OverviewTask } from './overview.js';
import { shortResult } from './record-words.js';
import { taskFacts } from './task-facts.js';

/** Lines count from 0. `from` to `to`: what the entry covers. */
export interface OutlineRecord { readonly line: number; readonly name: string; readonly detail: string; readonly kind: 'best' | 'fine' | 'failed' }
export interface OutlineTask { readonly name: string; readonly detail: string; readonly from: number; readonly to: number; readonly at: number; readonly records: readonly OutlineRecord[] }

/** An outline with more entries serves nobody, and editors draw them all. */
export const MOST_ENTRIES = 4000;

/** Of a task with too many records the fastest are listed, in the order of the log. */
function shown(task: OverviewTask, log: LogLines, most: number): readonly number[] {
  if (task.lines.length <= most) return task.lines;
  const cost = (line: number): number => {
    const read = log.read(line);
    return read.kind === 'record' || read.kind === 'autotvm' ? read.cost : Infinity;
  };
  return task.lines.toSorted((a, b) => cost(a) - cost(b)).slice(0, most).toSorted((a, b) => a - b);
}

export function logOutline(log: LogLines, overview: LogOverview, keys: ResolutionIndex, ctx: PrintContext): readonly OutlineTask[] {
  const { t } = ctx;
  const share = Math.max(20, Math.floor(MOST_ENTRIES / Math.max(1, overview.tasks.length)));
  return overview.tasks.map((task): OutlineTask => {
    const { name, flops } = taskFacts(task.id, task.note, keys);
    const lines = shown(task, log, share);
    const count = lines.length < task.lines.length
      ? t('the fastest {shown} of {count} records', { shown: lines.length, count: task.lines.length })
      : task.lines.length === 1 ? t('1 record', {}) : t('{count} records', { count: task.lines.length });
    const parts = [...(task.best === undefined ? [] : [t('best {time}', { time: timeText(task.bestCost) })]), count, ...(task.failures > 0 ? [t('{count} failed', { count: task.failures })] : [])];
    const first = task.lines[0] ?? 0;
    const at = task.noteLine ?? first;
    return {
      name, detail: parts.join(' · '), at, from: Math.min(at, first), to: Math.max(at, task.lines.at(-1) ?? first),
      records: lines.flatMap((line): OutlineRecord[] => {
        const read = log.read(line);
        if (read.kind !== 'record' && read.kind !== 'autotvm') return [];
        const best = line === task.best;
        return [{ line, name: shortResult(read, flops, ctx), detail: `${best ? `★ ${t('best', {})} · ` : ''}${t('line {line}', { line: line + 1 })}`, kind: read.errorNo !== 0 ? 'failed' : best ? 'best' : 'fine' }];
      }),
    };
  });
}
