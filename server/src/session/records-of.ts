/** The best schedules that a log has for an input on a target. */
import { readFileSync } from 'node:fs';
import { indexLog, type LogIndex } from '../records/log-index.js';
import { readLog } from '../records/read-log.js';
import type { TransformStep } from '../schedule/step.js';
import { systemProblem } from './problem.js';

/** @throws SessionError */
export function readLogIndex(file: string): LogIndex {
  try {
    return indexLog(readLog(readFileSync(file, 'utf8')).lines);
  } catch (e) {
    throw systemProblem(e, 'cannot read the log', file);
  }
}

/** Steps of the fastest record of a workload on exactly this target. */
export function bestSteps(index: LogIndex, target: string): (key: string) => readonly TransformStep[] | undefined {
  const best = new Map(index.tasks.filter((t) => t.target === target && t.best !== undefined).map((t) => [t.workloadKey, t.best?.record.steps]));
  return (key) => best.get(key);
}
