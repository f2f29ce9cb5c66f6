/** Adds up a session's events: the state that newcomers get as a snapshot. */
import type { BestEvent, SessionEvent, TaskStatus } from '../../protocol/session-event.js';
import type { SessionInfo } from '../../protocol/session-info.js';
import type { SessionState } from '../../protocol/session-state.js';

export function initialState(info: SessionInfo): SessionState {
  return {
    info, phase: 'starting', target: null, trials: 0, planned: 0, errors: 0, seconds: 0, latencyMs: null, etaSeconds: null, paused: false, stalled: null, timeLimitSeconds: null,
    candidatesScored: 0, model: null, tasks: [], currentTask: null, result: null, problem: null,
  };
}

function withTask(state: SessionState, key: string, change: (task: TaskStatus) => TaskStatus): readonly TaskStatus[] {
  return state.tasks.map((task) => (task.key === key ? change(task) : task));
}

/** A task that is faster than its sibling takes over that one's layers. */
function withBest(tasks: readonly TaskStatus[], { task, instead, ms, gflops }: BestEvent): readonly TaskStatus[] {
  const weight = tasks.find(({ key }) => key === instead)?.weight;
  return tasks.map((t) => {
    if (t.key === task) return { ...t, bestMs: ms, gflops, weight: weight ?? t.weight };
    return t.key === instead ? { ...t, weight: 0 } : t;
  });
}

/** The state after `event`. Counts move with `trial` and are set right by `progress`. */
export function reduceEvent(state: SessionState, event: SessionEvent): SessionState {
  switch (event.event) {
    case 'started':
      return {
        ...state, phase: state.phase === 'cancelling' ? 'cancelling' : 'running', target: event.target, trials: event.trials, planned: event.planned, timeLimitSeconds: event.timeLimitSeconds ?? state.timeLimitSeconds, tasks: event.tasks,
      };
    case 'round':
      return { ...state, currentTask: event.task };
    case 'trial': {
      const failed = event.error === undefined ? 0 : 1;
      const counts = event.confirms ?? 1;
      const tasks = withTask(state, event.task, (t) => ({ ...t, trials: t.trials + counts, ...(counts > 1 ? { borrowed: (t.borrowed ?? 0) + counts - 1 } : {}), errors: t.errors + failed }));
      return { ...state, trials: state.trials + counts, errors: state.errors + failed, tasks };
    }
    case 'best':
      return { ...state, tasks: withBest(state.tasks, event) };
    case 'progress':
      return {
        ...state, trials: event.trials, planned: event.planned, errors: event.errors, seconds: event.seconds, latencyMs: event.latencyMs,
        etaSeconds: event.etaSeconds, candidatesScored: event.candidatesScored ?? state.candidatesScored,
      };
    case 'control':
      return { ...state, paused: event.paused, planned: event.planned, timeLimitSeconds: event.timeLimitSeconds };
    case 'stalled':
      return { ...state, stalled: event.message };
    case 'model':
      return { ...state, model: event };
    case 'leaders':
    case 'warning':
      return state;
    case 'done':
      return {
        ...state, phase: 'done', seconds: event.seconds, latencyMs: event.latencyMs.after ?? state.latencyMs, etaSeconds: 0, paused: false, stalled: null, currentTask: null,
        candidatesScored: event.candidatesScored, result: event,
      };
    case 'error':
      return { ...state, phase: 'failed', paused: false, stalled: null, currentTask: null, problem: event.message };
  }
}
