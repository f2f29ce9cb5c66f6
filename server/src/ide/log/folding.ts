/** What can be folded in a log: runs of one task's records with the notes among them, and blocks of `#` lines. */
import type { LogLines } from './log-lines.js';
import type { LogTaskId } from './task-ids.js';

/** Lines from 0, both inclusive. */
export interface Fold { readonly from: number; readonly to: number; readonly kind: 'records' | 'remarks' }

export function foldLog(log: LogLines): readonly Fold[] {
  const folds: Fold[] = [];
  const add = (from: number | undefined, to: number, kind: Fold['kind']): void => {
    if (from !== undefined && to > from) folds.push({ from, to, kind });
  };
  let task: LogTaskId | undefined;
  let run: number | undefined;
  let lastOfRun = 0;
  let remarks: number | undefined;
  for (let line = 0; line < log.count; line++) {
    const read = log.read(line);
    const remark = read.kind === 'comment' || read.kind === 'session' || read.kind === 'task';
    if (remark) remarks ??= line;
    else {
      add(remarks, line - 1, 'remarks');
      remarks = undefined;
    }
    if (read.kind === 'record' || read.kind === 'autotvm') {
      if (read.task !== task) {
        add(run, lastOfRun, 'records');
        run = line;
        task = read.task;
      }
      lastOfRun = line;
    } else if (read.kind === 'session' || read.kind === 'task') {
      add(run, lastOfRun, 'records');
      run = undefined;
      task = undefined;
    } else if (read.kind === 'trial' && run !== undefined) lastOfRun = line;
  }
  add(remarks, log.count - 1, 'remarks');
  add(run, lastOfRun, 'records');
  return folds.toSorted((a, b) => a.from - b.from || b.to - a.to);
}
