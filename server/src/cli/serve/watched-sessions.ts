/** The tuning sessions of this user whose logs lie in the served folder: found as they begin, watched until they end. They outlive the server. */
import { AttachedSessions } from '../../desk/dashboard/attached-sessions.js';
import type { SessionDoor } from '../../desk/dashboard/session-door.js';
import type { SessionState } from '../../protocol/session-state.js';
import { findSessions } from '../../session/host/index.js';
import { isInside } from './confine.js';

const LOOK_EVERY_MS = 2000;

export interface WatchedSessions extends SessionDoor { close(): void }

/** `dir`: where sessions enter themselves. */
export function watchSessions(dir: string, root: string, tell: (state: SessionState) => void): WatchedSessions {
  const sessions = new AttachedSessions(tell);
  const trying = new Set<string>();
  let closed = false;
  const look = async (): Promise<void> => {
    const { live } = await findSessions(dir, ({ log }) => isInside(root, log));
    for (const info of live) {
      const { id } = info;
      if (closed || sessions.stateOf(id) !== undefined || trying.has(id)) continue;
      trying.add(id);
      const state = await sessions.attach(info).catch(() => undefined);
      trying.delete(id);
      if (state !== undefined && !closed) tell(state);
    }
  };
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  void look().catch(() => undefined);
  return {
    states: () => sessions.states(),
    control: (id, action) => sessions.control(id, action),
    close: () => {
      closed = true;
      clearInterval(timer);
      sessions.close();
    },
  };
}
