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
  broadcast(event: SessionEvent): void;
  /** Ends when what was sent is with the viewers, or after a moment. */
  close(): Promise<void>;
}

function readCommand(line: string): SessionCommand['command'] | undefined {
  const command = parseObject(line)?.['command'];
  return command === 'cancel' || command === 'snapshot' ? command : undefined;
}

/** Listens on `address` (mode 0600; the folder's own mode keeps others out before that is set). */
export async function listenForViewers(address: string, state: () => SessionState, onCancel: () => void): Promise<Viewers> {
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
      if (command === 'cancel') onCancel();
      if (command === 'snapshot') snapshot(viewer);
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
