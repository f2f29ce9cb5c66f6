/** What can be done with a record, shown above it. */
import type { ResolutionIndex } from '../../records/library/resolve.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { threeDigits } from '../result-words.js';
import type { LogLines } from './log-lines.js';
import type { MeasuredLine } from './line-read.js';
import type { LogOverview, OverviewTask } from './overview.js';
import { shortResult } from './record-words.js';
import { taskFacts } from './task-facts.js';

export type LensKind = 'best' | 'loopTree' | 'compare';

/** Lines from 0. `other`: the record that `best` leads to, or that `compare` compares with. */
export interface LogLens { readonly line: number; readonly kind: LensKind; readonly title: string; readonly other: number | undefined }

/** Lenses on more records than this are noise and slow every editor; then only the fastest of each task have some. */
export const MOST_RECORDS = 1000;

/** `wanted`: those that are switched on. AutoTVM's records have no loop tree: their schedules are knobs of a template. */
export function logLenses(log: LogLines, overview: LogOverview, wanted: ReadonlySet<LensKind>, keys: ResolutionIndex, ctx: PrintContext): readonly LogLens[] {
  const { t } = ctx;
  const total = overview.tasks.reduce((sum, task) => sum + task.lines.length, 0);
  const each = total <= MOST_RECORDS ? Infinity : Math.max(1, Math.floor(MOST_RECORDS / overview.tasks.length));
  return overview.tasks.flatMap((task) => {
    const { flops } = taskFacts(task.id, task.note, keys);
    const costOf = (line: number): number => {
      const read = log.read(line);
      return read.kind === 'record' || read.kind === 'autotvm' ? read.cost : Infinity;
    };
    const lines = task.lines.length <= each ? task.lines : task.lines.toSorted((a, b) => costOf(a) - costOf(b)).slice(0, each);
    return lines.flatMap((line): LogLens[] => {
      const read = log.read(line);
      if (read.kind !== 'record' && read.kind !== 'autotvm') return [];
      const lenses: LogLens[] = [];
      const isBest = line === task.best;
      if (wanted.has('best') && task.best !== undefined) {
        const title = bestWords(task, line, read, flops, ctx);
        lenses.push({ line, kind: 'best', title, other: task.best });
      }
      if (read.kind === 'record' && wanted.has('loopTree')) lenses.push({ line, kind: 'loopTree', title: t('Show loop tree', {}), other: undefined });
      if (read.kind === 'record' && wanted.has('compare') && task.best !== undefined && !isBest) lenses.push({ line, kind: 'compare', title: t('Compare with best', {}), other: task.best });
      return lenses;
    });
  });
}

function bestWords(task: OverviewTask, line: number, read: MeasuredLine, flops: number | undefined, ctx: PrintContext): string {
  const { t } = ctx;
  const best = (task.best ?? line) + 1;
  if (line === task.best) {
    const result = shortResult(read, flops, ctx);
    return task.lines.length === 1 ? t('★ the only record of its task: {result}', { result }) : t('★ best of {count} records: {result}', { count: task.lines.length, result });
  }
  return read.errorNo !== 0 ? t('best: line {line}', { line: best }) : t('best: line {line}, {factor}× as fast', { line: best, factor: threeDigits(read.cost / task.bestCost) });
}
