/**
 * The lines on a session's socket: JSON, one message a line, UTF-8. A session sends a snapshot to each newcomer and then its
 * events; a viewer sends commands. Unknown messages are ignored, so that either side may be newer.
 */
import type { SessionEvent } from './session-event.js';
import type { SessionState } from './session-state.js';

export interface SnapshotMessage { readonly event: 'snapshot'; readonly protocol: 1; readonly state: SessionState }
export type SessionMessage = SnapshotMessage | SessionEvent;

/** `cancel` ends the session after the candidates that run now; `snapshot` asks for the state once more. */
export interface SessionCommand { readonly command: 'cancel' | 'snapshot' }
