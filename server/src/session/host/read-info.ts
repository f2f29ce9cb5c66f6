/** Reads lock files and session entries, which a crash or another program may have left in any shape. */
import { readFileSync } from 'node:fs';
import type { SessionInfo } from '../../protocol/session-info.js';
import { parseObject } from './lines.js';

/** Undefined if the text is no session's information. */
export function parseSessionInfo(text: string): SessionInfo | undefined {
  const o = parseObject(text);
  if (o === undefined) return undefined;
  const { id, pid, host, socket, log, model, started, version } = o;
  if (typeof id !== 'string' || !/^[0-9a-f]{8,64}$/.test(id) || typeof pid !== 'number' || typeof host !== 'string' || typeof socket !== 'string') return undefined;
  if (typeof log !== 'string' || typeof model !== 'string' || typeof started !== 'string' || typeof version !== 'string') return undefined;
  return { id, pid, host, socket, log, model, started, version };
}

/** `missing`: no such file. `damaged`: there, but not readable as session information. */
export function readSessionInfo(file: string): SessionInfo | 'missing' | 'damaged' {
  try {
    return parseSessionInfo(readFileSync(file, 'utf8')) ?? 'damaged';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'missing' : 'damaged';
  }
}
