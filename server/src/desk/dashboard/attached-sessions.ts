/** The tuning sessions that this process is attached to: their states are passed on as they change, what a person wants of them is told to them. They outlive it. */
import type { SessionInfo } from '../../protocol/session-info.js';
import type { SessionState } from '../../protocol/session-state.js';
import { attachSession, type AttachedSession } from '../../session/host/index.js';
import type { SessionDoor } from './session-door.js';

/** States are passed on at most so often, so that a fast session floods nobody. */
const TELL_EVERY_MS = 250;
/** Ended sessions that are remembered. */
const MOST_ENDED = 20;

export class AttachedSessions implements SessionDoor {
  private readonly attached = new Map<string, AttachedSession>();
  private readonly waiting = new Map<string, NodeJS.Timeout>();
  private readonly ended: SessionState[] = [];
  private closed = false;

  /** `onEnd` is called before the last state is told. */
  constructor(private readonly tell: (state: SessionState) => void, private readonly onEnd: (info: SessionInfo) => void = () => undefined) {}

  /** Of a session that runs. */
  stateOf(id: string): SessionState | undefined {
    return this.attached.get(id)?.state();
  }

  /** Rejects where the session cannot be reached. */
  async attach(info: SessionInfo): Promise<SessionState> {
    const known = this.stateOf(info.id);
    if (known !== undefined) return known;
    const session = await attachSession(info.socket, { onEvent: () => this.tellSoon(info.id), onEnd: (state) => this.end(info, state) });
    if (this.closed) session.detach();
    else this.attached.set(info.id, session);
    return session.state();
  }

  states(): readonly SessionState[] {
    return [...this.ended, ...[...this.attached.values()].map((session) => session.state())];
  }

  control(id: string, action: Parameters<SessionDoor['control']>[1]): boolean {
    const session = this.attached.get(id);
    if (session === undefined) return false;
    if (action === 'cancel') session.cancel();
    else if (action === 'pause') session.pause();
    else if (action === 'resume') session.resume();
    else session.setBudget(action);
    this.tell(session.state());
    return true;
  }

  /** Lets go of all sessions; they go on. */
  close(): void {
    this.closed = true;
    for (const timer of this.waiting.values()) clearTimeout(timer);
    for (const session of this.attached.values()) session.detach();
    this.attached.clear();
    this.waiting.clear();
  }

  private tellSoon(id: string): void {
    if (this.waiting.has(id)) return;
    this.waiting.set(id, setTimeout(() => {
      this.waiting.delete(id);
      const state = this.stateOf(id);
      if (state !== undefined) this.tell(state);
    }, TELL_EVERY_MS));
  }

  private end(info: SessionInfo, state: SessionState): void {
    this.attached.delete(info.id);
    clearTimeout(this.waiting.get(info.id));
    this.waiting.delete(info.id);
    this.onEnd(info);
    this.ended.push(state);
    this.ended.splice(0, this.ended.length - MOST_ENDED);
    this.tell(state);
  }
}
