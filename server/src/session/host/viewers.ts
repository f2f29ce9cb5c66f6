/** The socket of a session: viewers come, get a snapshot and then every event, and may send commands. */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import type { SessionEvent } from '../../protocol/session-event.js';
import type { SessionCommand, SnapshotMessage } from '../../protocol/session-message.js';
import type { SessionState } from '../../protocol/session-state.js';
import { lineSplitter, parseObject } from './lines.js';

const LONGEST_COMMAND = 64 * 1024;
/** A viewer that has so much unread is let go; it may attach again and gets a fresh snapshot. */
const MOST_UNREAD_BYTES = 4 * 1024 * 1024;

export interface Viewers {
  /** How many are attached now. */
  readonly count: number;
  broadcast(event: SessionEvent): void;
  /** Ends when what was sent is with the viewers, or after a moment. */
  close(): Promise<void>;
}

const MOST_TRIALS = 1e9;

function readBudget({ trials, timeLimitSeconds: limit }: Readonly<Record<string, unknown>>): SessionCommand | undefined {
  const count = typeof trials === 'number' && Number.isInteger(trials) && trials >= 1 && trials <= MOST_TRIALS ? { trials } : {};
  const time = limit === null || (typeof limit === 'number' && limit > 0 && limit < Infinity) ? { timeLimitSeconds: limit } : {};
  return 'trials' in count || 'timeLimitSeconds' in time ? { command: 'budget', ...count, ...time } : undefined;
}

/** Undefined for what is no command, or one of a newer version. */
function readCommand(line: string): SessionCommand | undefined {
  const message = parseObject(line);
  const command = message?.['command'];
  if (command === 'cancel' || command === 'pause' || command === 'resume' || command === 'snapshot') return { command };
  return command === 'budget' && message !== undefined ? readBudget(message) : undefined;
}

/** Listens on `address` (mode 0600; the folder's own mode keeps others out before that is set). `onCommand` gets all but `snapshot`. */
export async function listenForViewers(address: string, state: () => SessionState, onCommand: (command: SessionCommand) => void): Promise<Viewers> {
  const pipe = process.platform === 'win32';
  const viewers = new Set<Socket>();
  const send = (viewer: Socket, message: SnapshotMessage | SessionEvent): void => {
    if (viewer.writableLength > MOST_UNREAD_BYTES) viewer.destroy();
    else viewer.write(`${JSON.stringify(message)}\n`);
  };
  const snapshot = (viewer: Socket): void => send(viewer, { event: 'snapshot', protocol: 1, state: state() });
  const server = createServer((viewer) => {
    viewers.add(viewer);
    viewer.on('close', () => viewers.delete(viewer));
    viewer.on('error', () => viewer.destroy());
    viewer.on('data', lineSplitter(LONGEST_COMMAND, (line) => {
      const command = readCommand(line);
      if (command?.command === 'snapshot') snapshot(viewer);
      else if (command !== undefined) onCommand(command);
    }, () => viewer.destroy()));
    snapshot(viewer);
  });
  if (!pipe) mkdirSync(path.dirname(address), { recursive: true, mode: 0o700 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, resolve);
  });
  if (!pipe) chmodSync(address, 0o600);
  return {
    get count() {
      return viewers.size;
    },
    broadcast: (event) => {
      for (const viewer of viewers) send(viewer, event);
    },
    close: () => new Promise((resolve) => {
      const force = setTimeout(() => {
        for (const viewer of viewers) viewer.destroy();
      }, 1000);
      server.close(() => {
        clearTimeout(force);
        if (!pipe) rmSync(address, { force: true });
        resolve();
      });
      for (const viewer of viewers) viewer.end();
    }),
  };
}
