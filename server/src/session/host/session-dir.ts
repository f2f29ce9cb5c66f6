/**
 * The folder with the sessions of one user: per session a socket `ID.sock` and an entry `ID.json` (SessionInfo), after its end
 * `ID.ended.json` (SessionState). Only that user may enter it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';

/** A socket's path must fit into `sockaddr_un`: 104 bytes on macOS, 108 on Linux, with the final zero. */
const LONGEST_SOCKET_PATH = 103;

export function newSessionId(): string {
  return randomBytes(8).toString('hex');
}

/** Where sessions live that no editor started: `ANSOR_SESSION_DIR`, else a folder of this user for things that run. */
export function defaultSessionDir(env: NodeJS.ProcessEnv): string {
  if (env['ANSOR_SESSION_DIR']) return env['ANSOR_SESSION_DIR'];
  if (env['XDG_RUNTIME_DIR']) return path.join(env['XDG_RUNTIME_DIR'], 'ansor');
  return path.join(tmpdir(), `ansor-${userInfo().username}`);
}

/** Makes the folder, for its owner only. Throws when somebody else owns what is there, as anyone may in a shared `/tmp`. */
export function prepareSessionDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const found = lstatSync(dir);
  if (!found.isDirectory()) throw new Error(`${dir} is not a folder`);
  if (process.getuid === undefined) return;
  if (found.uid !== process.getuid()) throw new Error(`${dir} belongs to another user`);
  if ((found.mode & 0o077) !== 0) chmodSync(dir, 0o700);
}

/** The address of a session's socket: a named pipe on Windows; in a short folder where the session folder's path is too long for a socket. */
export function socketAddress(dir: string, id: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return `\\\\.\\pipe\\ansor-${id}`;
  const usual = path.join(dir, `${id}.sock`);
  if (Buffer.byteLength(usual) <= LONGEST_SOCKET_PATH) return usual;
  const short = createHash('sha256').update(dir).digest('hex').slice(0, 12);
  return path.join(tmpdir(), `ansor-${userInfo().username}-${short}`, `${id}.sock`);
}

export function entryPath(dir: string, id: string): string {
  return path.join(dir, `${id}.json`);
}

export function endedPath(dir: string, id: string): string {
  return path.join(dir, `${id}.ended.json`);
}
