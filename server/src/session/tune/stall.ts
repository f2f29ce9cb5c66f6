/** What stands in a session's way and may be mended from outside: it waits, says why, and tries again until it works or somebody cancels it. */
import type { SessionEvent } from '../../protocol/session-event.js';
import type { SessionToken } from '../host/session-token.js';
import type { CancellationToken } from '../../base/cancellation.js';
import { describeProblem, SessionError } from '../problem.js';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2_000;

export class Stall {
  private before = 0;
  private since: number | undefined;
  private met: SessionError | undefined;

  constructor(private readonly emit: (event: SessionEvent) => void, private readonly token: CancellationToken | SessionToken) {}

  /** Seconds spent waiting so far. */
  get seconds(): number {
    return this.before + (this.since === undefined ? 0 : (performance.now() - this.since) / 1000);
  }

  /** What is waited for now. */
  get problem(): SessionError | undefined {
    return this.met;
  }

  /** The value of `attempt` once it does not throw a mendable problem. @throws what else it throws; the problem itself once cancelled */
  async until<T>(attempt: () => T | Promise<T>): Promise<T> {
    let said: string | undefined;
    try {
      for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
        try {
          const value = await attempt();
          if (said !== undefined) this.emit({ event: 'stalled', message: null });
          return value;
        } catch (e) {
          if (!(e instanceof SessionError) || !e.mendable || this.token.cancelled) throw e;
          const message = describeProblem(e);
          if (message !== said) this.emit({ event: 'stalled', message });
          said = message;
          this.met = e;
          this.since ??= performance.now();
          await this.pause(wait);
        }
      }
    } finally {
      if (this.since !== undefined) this.before += (performance.now() - this.since) / 1000;
      this.since = undefined;
      this.met = undefined;
    }
  }

  /** Ends early when the session is cancelled. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = 'onCancelled' in this.token ? this.token.onCancelled(() => end()) : undefined;
      const timer = setTimeout(() => end(), ms);
      const end = (): void => {
        clearTimeout(timer);
        stop?.();
        resolve();
      };
    });
  }
}
