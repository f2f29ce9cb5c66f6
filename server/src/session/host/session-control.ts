/** What people may change while a session runs: whether it is paused, and what it may spend. */
import type { Budget } from '../../protocol/session-message.js';
import type { SessionToken } from './session-token.js';

export interface SessionControl {
  readonly paused: boolean;
  /** What was asked for since the start; absent fields were not. */
  readonly budget: Budget;
  /** Seconds spent paused so far, a pause that lasts included. */
  readonly pausedSeconds: number;
  /** When it was last paused or resumed, in ms on the clock of `performance.now()`. */
  readonly changed: number;
  setPaused(paused: boolean): void;
  setBudget(budget: Budget): void;
  /** Resolves at once unless paused; else when somebody resumes or cancels the session. */
  untilResumed(): Promise<void>;
}

export function createSessionControl(token: SessionToken): SessionControl {
  let paused = false;
  let budget: Budget = {};
  let changed = performance.now();
  let before = 0;
  let wake: (() => void)[] = [];
  const wakeAll = (): void => {
    for (const resolve of wake) resolve();
    wake = [];
  };
  token.onCancelled(wakeAll);
  const sinceChange = (): number => (performance.now() - changed) / 1000;
  return {
    get paused() {
      return paused;
    },
    get budget() {
      return budget;
    },
    get pausedSeconds() {
      return before + (paused ? sinceChange() : 0);
    },
    get changed() {
      return changed;
    },
    setPaused: (wanted) => {
      if (wanted === paused) return;
      if (paused) before += sinceChange();
      paused = wanted;
      changed = performance.now();
      if (!paused) wakeAll();
    },
    setBudget: ({ trials, timeLimitSeconds }) => {
      budget = { ...budget, ...(trials !== undefined && { trials }), ...(timeLimitSeconds !== undefined && { timeLimitSeconds }) };
    },
    untilResumed: () => (!paused || token.cancelled ? Promise.resolve() : new Promise((resolve) => wake.push(resolve))),
  };
}
