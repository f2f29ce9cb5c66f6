/** The best schedules that a log has for an input on a target. */
import { readFileSync } from 'node:fs';
import { inferBounds } from '../bounds/infer-bounds.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import { meanCost } from '../records/best.js';
import { indexLog, type LogIndex } from '../records/log-index.js';
import { readLog } from '../records/read-log.js';
import { replay } from '../schedule/apply.js';
import { ScheduleError, type TransformStep } from '../schedule/step.js';
import type { InputTask } from './input.js';
import { systemProblem } from './problem.js';

/** @throws SessionError */
export function readLogIndex(file: string): LogIndex {
  try {
    return indexLog(readLog(readFileSync(file, 'utf8')).lines);
  } catch (e) {
    throw systemProblem(e, 'cannot read the log', file);
  }
}

/** Steps of the fastest record of a task on exactly this target whose steps are legal for it. */
export function bestSteps(index: LogIndex, target: string): (task: Pick<InputTask, 'key' | 'dag'>) => readonly TransformStep[] | undefined {
  const records = new Map(index.tasks.filter((t) => t.target === target).map((t) => [t.workloadKey, t.records]));
  return ({ key, dag }) => (records.get(key) ?? []).flatMap(({ record }) => (record.result.errorNo === 0 ? [record] : []))
    .sort((a, b) => meanCost(a.result) - meanCost(b.result)).find((r) => isLegal(dag, r.steps))?.steps;
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
