/** The processes around tuning: hosting a session, watching one, finding and starting them. */
export { attachSession, type AttachedSession, type AttachOptions } from './attach-session.js';
export { findSessions, forgetSession, liveSessionOf, takeEndedOf, type FoundSessions } from './find-sessions.js';
export { hostSession, type HostOptions, type HostProblem } from './host-session.js';
export { launchSession, type LaunchOptions } from './launch-session.js';
export { heldMessage, lockFileOf } from './lock.js';
export { defaultSessionDir } from './session-dir.js';
export { createSessionControl, type SessionControl } from './session-control.js';
export { createTokenSource } from './session-token.js';
export type { SessionToken } from './session-token.js';
