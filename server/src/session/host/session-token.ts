/** The cancellation of a session: looked at by its search, listened to by what waits for a child process. */
import type { CancellationToken } from '../../base/cancellation.js';

export interface SessionToken extends CancellationToken {
  /** Calls `listener` when the session is cancelled, at once if it is already. Returns how to stop listening. */
  onCancelled(listener: () => void): () => void;
}

export interface SessionTokenSource {
  readonly token: SessionToken;
  cancel(): void;
}

export function createTokenSource(): SessionTokenSource {
  let cancelled = false;
  const listeners = new Set<() => void>();
  return {
    token: {
      get cancelled() {
        return cancelled;
      },
      onCancelled: (listener) => {
        if (cancelled) listener();
        else listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    cancel: () => {
      if (cancelled) return;
      cancelled = true;
      for (const listener of [...listeners]) listener();
      listeners.clear();
    },
  };
}
