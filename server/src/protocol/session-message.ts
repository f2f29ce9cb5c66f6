/**
 * The lines on a session's socket: JSON, one message a line, UTF-8. A session sends a snapshot to each newcomer and then its
 * events; a viewer sends commands. Unknown messages are ignored, so that either side may be newer.
 */
import type { SessionEvent } from './session-event.js';
import type { SessionState } from './session-state.js';

export interface SnapshotMessage { readonly event: 'snapshot'; readonly protocol: 1; readonly state: SessionState }
export type SessionMessage = SnapshotMessage | SessionEvent;

/**
 * What the session may still spend. `trials`: records that its tasks shall have in the log; `timeLimitSeconds`: seconds of work since
 * its start (pauses do not count), null for no limit. What is absent stays as it is.
 */
export interface Budget { readonly trials?: number; readonly timeLimitSeconds?: number | null }

/**
 * `cancel` ends the session after the candidate that runs now; `pause` stops it there until `resume`; `budget` changes what it may
 * spend; `snapshot` asks for the state once more.
 */
export type SessionCommand =
  | { readonly command: 'cancel' | 'pause' | 'resume' | 'snapshot' }
  | ({ readonly command: 'budget' } & Budget);
