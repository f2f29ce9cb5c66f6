/** Does a session still run? Its process must be alive and its socket must answer, since process ids are used again. */
import { connect } from 'node:net';
import { hostname } from 'node:os';
import type { SessionInfo } from '../../protocol/session-info.js';

const ANSWER_MS = 2000;

function processAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** True if something listens there. A stopped process's socket still takes connections; a dead one's refuses. */
export function listens(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const peer = connect(socket);
    const end = (answer: boolean): void => {
      peer.destroy();
      resolve(answer);
    };
    peer.setTimeout(ANSWER_MS, () => end(true));
    peer.once('connect', () => end(true));
    peer.once('error', (error) => end('code' in error && error.code !== 'ENOENT' && error.code !== 'ECONNREFUSED'));
  });
}

/** A session of another machine (a log on a shared disk) cannot be asked and counts as alive. */
export async function sessionAlive(info: SessionInfo): Promise<boolean> {
  if (info.host !== hostname()) return true;
  return processAlive(info.pid) && listens(info.socket);
}
