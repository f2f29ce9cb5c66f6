/** The tuning sessions of this user whose logs lie in the served folder: found as they begin, watched until they end. They outlive the server. */
import type { SessionDoor } from '../../desk/dashboard/session-door.js';
import type { SessionState } from '../../protocol/session-state.js';
import { attachSession, findSessions, type AttachedSession } from '../../session/host/index.js';
import { isInside } from './confine.js';

const LOOK_EVERY_MS = 2000;
/** States reach the pages at most so often. */
const TELL_EVERY_MS = 250;
const MOST_ENDED = 20;

export interface WatchedSessions extends SessionDoor { close(): void }

/** `dir`: where sessions enter themselves. */
export function watchSessions(dir: string, root: string, tell: (state: SessionState) => void): WatchedSessions {
  const attached = new Map<string, AttachedSession>();
  const trying = new Set<string>();
  const ended: SessionState[] = [];
  const waiting = new Map<string, NodeJS.Timeout>();
  let closed = false;
  const soon = (id: string): void => {
    if (waiting.has(id)) return;
    waiting.set(id, setTimeout(() => {
      waiting.delete(id);
      const session = attached.get(id);
      if (session !== undefined) tell(session.state());
    }, TELL_EVERY_MS));
  };
  const look = async (): Promise<void> => {
    const { live } = await findSessions(dir, ({ log }) => isInside(root, log));
    for (const info of live) {
      const { id, socket } = info;
      if (closed || attached.has(id) || trying.has(id)) continue;
      trying.add(id);
      const session = await attachSession(socket, {
        onEvent: () => soon(id),
        onEnd: (state) => {
          attached.delete(id);
          ended.push(state);
          ended.splice(0, ended.length - MOST_ENDED);
          tell(state);
        },
      }).catch(() => undefined);
      trying.delete(id);
      if (session === undefined) continue;
      if (closed) session.detach();
      else {
        attached.set(id, session);
        tell(session.state());
      }
    }
  };
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  void look().catch(() => undefined);
  return {
    states: () => [...ended, ...[...attached.values()].map((session) => session.state())],
    control: (id, action) => {
      const session = attached.get(id);
      if (session === undefined) return false;
      if (action === 'cancel') session.cancel();
      else if (action === 'pause') session.pause();
      else if (action === 'resume') session.resume();
      else session.setBudget(action);
      tell(session.state());
      return true;
    },
    close: () => {
      closed = true;
      clearInterval(timer);
      for (const wait of waiting.values()) clearTimeout(wait);
      for (const session of attached.values()) session.detach();
    },
  };
}
