/** The viewer's side of a session's socket. */
import { connect } from 'node:net';
import type { SessionEvent } from '../../protocol/session-event.js';
import type { Budget, SessionCommand, SessionMessage } from '../../protocol/session-message.js';
import type { SessionState } from '../../protocol/session-state.js';
import { lineSplitter, parseObject } from './lines.js';
import { initialState, reduceEvent } from './reduce.js';

const LONGEST_MESSAGE = 64 * 1024 * 1024;
const SNAPSHOT_MS = 10_000;
const EVENTS = new Set(['started', 'round', 'trial', 'best', 'progress', 'model', 'control', 'stalled', 'leaders', 'warning', 'done', 'error']);

export interface AttachedSession {
  /** What is known now. */
  state(): SessionState;
  cancel(): void;
  pause(): void;
  resume(): void;
  setBudget(budget: Budget): void;
  /** Lets go; the session goes on. */
  detach(): void;
}

export interface AttachOptions {
  /** After each event, with the new state. */
  readonly onEvent?: (event: SessionEvent, state: SessionState) => void;
  /** The session ended, in phase `done`, `failed` or `lost`. Not called after `detach`. */
  readonly onEnd?: (state: SessionState) => void;
}

/** The peer is a session of this user (the folder's mode sees to it), so that a message's `event` tells its type. */
function readMessage(line: string): SessionMessage | undefined {
  const o = parseObject(line);
  const event = o?.['event'];
  if (event === 'snapshot' || (typeof event === 'string' && EVENTS.has(event))) return o as unknown as SessionMessage;
  return undefined;
}

/** Attaches to the session at `socket`; resolves once its snapshot is there, rejects when nothing answers. */
export function attachSession(socket: string, options: AttachOptions = {}): Promise<AttachedSession> {
  return new Promise((resolve, reject) => {
    const peer = connect(socket);
    let state: SessionState | undefined;
    let detached = false;
    const giveUp = (message: string): void => {
      peer.destroy();
      reject(new Error(message));
    };
    const timer = setTimeout(() => giveUp(`the session at ${socket} does not answer`), SNAPSHOT_MS);
    const send = (command: SessionCommand): void => {
      if (!peer.destroyed) peer.write(`${JSON.stringify(command)}\n`);
    };
    const session = (known: SessionState): AttachedSession => ({
      state: () => state ?? known,
      cancel: () => {
        if (state?.phase === 'starting' || state?.phase === 'running') state = { ...state, phase: 'cancelling' };
        send({ command: 'cancel' });
      },
      pause: () => send({ command: 'pause' }),
      resume: () => send({ command: 'resume' }),
      setBudget: (budget) => send({ command: 'budget', ...budget }),
      detach: () => {
        detached = true;
        peer.destroy();
      },
    });
    peer.on('data', lineSplitter(LONGEST_MESSAGE, (line) => {
      const message = readMessage(line);
      if (message === undefined || detached) return;
      if (message.event === 'snapshot') {
        clearTimeout(timer);
        // A session of an older version knows fewer fields.
        state = { ...initialState(message.state.info), ...message.state };
        resolve(session(state));
      } else if (state !== undefined) {
        state = reduceEvent(state, message);
        options.onEvent?.(message, state);
      }
    }, () => peer.destroy()));
    peer.on('error', (error) => giveUp(`cannot attach to the session at ${socket}: ${error.message}`));
    peer.on('close', () => {
      clearTimeout(timer);
      if (state === undefined) return giveUp(`the session at ${socket} closed the connection`);
      if (detached) return;
      if (state.phase !== 'done' && state.phase !== 'failed') {
        state = { ...state, phase: 'lost', paused: false, stalled: null, currentTask: null, problem: `the tuning process ${state.info.pid} ended without a result; its log keeps every finished trial` };
      }
      options.onEnd?.(state);
    });
  });
}
