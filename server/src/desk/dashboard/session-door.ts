/** The tuning sessions that a desk's place watches, as the dashboard needs them. */
import type { Budget } from '../../protocol/session-message.js';
import type { SessionState } from '../../protocol/session-state.js';

export interface SessionDoor {
  /** Of the sessions that run, and of those that ended while this process watched; the latest last. */
  states(): readonly SessionState[];
  /** False if no such session runs. */
  control(id: string, action: 'pause' | 'resume' | 'cancel' | Budget): boolean;
}

/** Where no sessions are watched: logs can be read all the same. */
export const NO_SESSIONS: SessionDoor = Object.freeze({ states: () => [], control: () => false });
