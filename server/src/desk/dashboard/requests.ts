/** `dashboard`, `sessionControl`, `failureText`, `reproduce`: what the dashboard asks. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { dashboardView } from '../../ide/dashboard/dashboard-view.js';
import { dagOfTc } from '../../ide/tc.js';
import { resolveKey } from '../../records/library/resolve.js';
import { readNote } from '../../records/comments.js';
import { readRecordLine } from '../../records/read-line.js';
import type { FailureText, ReproducedView } from '../../protocol/dashboard-requests.js';
import type { DashboardView } from '../../protocol/dashboard-view.js';
import type { Budget } from '../../protocol/session-message.js';
import type { SessionState } from '../../protocol/session-state.js';
import { logFolder, PROGRAM_NAME } from '../../session/log-folder.js';
import { reproduce } from '../../session/reproduce.js';
import { DeskError } from '../desk-error.js';
import { field, fileOf, recordField, stringField, type Json } from '../params.js';
import type { OpenLogs } from '../records/open-logs.js';
import { readPlaces } from '../records/indexed-file.js';
import type { SessionDoor } from './session-door.js';

interface Context { readonly indexes: OpenLogs; readonly sessions: SessionDoor; readonly reproduceDir: string; readonly trusted: () => boolean }

const runs = ({ phase }: SessionState): boolean => phase === 'starting' || phase === 'running' || phase === 'cancelling';

/** Null: there is no session and no log to show. */
export async function dashboardRequest(params: Json, { indexes, sessions }: Context): Promise<DashboardView | null> {
  const states = sessions.states();
  const uri = field(params, 'uri');
  const chosen = typeof uri === 'string' ? fileOf(uri) : (states.find(runs) ?? states.at(-1))?.info.log;
  if (chosen === undefined) return null;
  const log = path.resolve(chosen);
  const own = states.filter((s) => path.resolve(s.info.log) === log);
  const session = own.find(runs) ?? own.at(-1) ?? null;
  const file = indexes.get(log);
  await file.atLeast(20_000);
  // A session that has just begun has no log yet.
  const problem = session !== null && file.index.columns.length === 0 ? undefined : file.problem;
  return dashboardView({ log, name: path.basename(log), index: file.index, session, complete: file.complete, ...(problem !== undefined && { problem }) });
}

export function sessionControlRequest(params: Json, { sessions }: Context): Promise<boolean> {
  const action = stringField(params, 'action');
  const id = stringField(params, 'id');
  if (action === 'pause' || action === 'resume') return Promise.resolve(sessions.control(id, action));
  if (action === 'stop') return Promise.resolve(sessions.control(id, 'cancel'));
  if (action === 'budget') return Promise.resolve(sessions.control(id, budgetOf(field(params, 'budget'))));
  throw new DeskError(`a session cannot be told to ${JSON.stringify(action)}`);
}

function budgetOf(json: Json): Budget {
  const trials = field(json, 'trials');
  const limit = field(json, 'timeLimitSeconds');
  if (trials !== undefined && !(typeof trials === 'number' && Number.isSafeInteger(trials) && trials >= 1)) throw new DeskError('the number of trials must be a whole number of at least 1');
  if (limit !== undefined && limit !== null && !(typeof limit === 'number' && limit > 0)) throw new DeskError('the time limit must be a number of seconds above 0');
  return { ...(trials !== undefined && { trials }), ...(limit !== undefined && { timeLimitSeconds: limit }) };
}

const OUTPUT_NAME = /^[0-9a-f]{16}\.txt$/;

export async function failureTextRequest(params: Json, { indexes }: Context): Promise<FailureText> {
  const { uri, line } = recordField(params);
  const log = fileOf(uri);
  const { index } = indexes.get(log);
  const note = index.errorNotes.get(line);
  const title = `${path.basename(log)}:${line}`;
  if (note === undefined) return { title, text: '' };
  // The name comes from a log: only one of ours is opened.
  const whole = note.output !== undefined && OUTPUT_NAME.test(note.output) ? await readFile(path.join(logFolder(log), note.output), 'utf8').catch(() => undefined) : undefined;
  return { title, text: whole ?? note.message };
}

/** Writes files and asks the compiler who it is: only in a trusted workspace. */
export async function reproduceRequest(params: Json, { indexes, reproduceDir, trusted }: Context): Promise<ReproducedView> {
  if (!trusted()) throw new DeskError('programs are written and compiled in trusted workspaces only');
  const { uri, line } = recordField(params);
  const log = fileOf(uri);
  const file = indexes.get(log);
  await file.refresh();
  const row = file.index.columns.rowOfLine(line);
  if (row < 0) throw new DeskError(`${path.basename(log)}: there is no record on line ${line}`);
  const [text = ''] = await readPlaces(log, [{ at: file.index.columns.offset[row] ?? 0, bytes: file.index.columns.bytes[row] ?? 0 }]);
  const read = readRecordLine(text);
  if (!read.ok || read.value.kind !== 'record') throw new DeskError(read.ok ? 'a record of AutoTVM has no transform steps' : read.error.message);
  const { record } = read.value;
  const tc = await tcOf(log, record.workloadKey);
  const resolved = tc === undefined ? resolveKey(record) : undefined;
  const dag = tc === undefined ? (resolved !== undefined && resolved.kind !== 'unresolved' ? resolved.dag : undefined) : dagOfTc(tc);
  if (dag === undefined) throw new DeskError('the operator of this record is not known: its log has no task line');
  const place = `${path.basename(log)}:${line}`;
  const folder = path.join(reproduceDir, `${path.basename(log).replace(/[^A-Za-z0-9._-]/g, '_')}-L${line}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`);
  const note = file.index.errorNotes.get(line);
  // As above: only names of ours.
  const kept = note?.program !== undefined && PROGRAM_NAME.test(note.program) ? await readFile(path.join(logFolder(log), note.program)).catch(() => undefined) : undefined;
  const made = await reproduce({ record, dag, place, message: note?.message, folder, ...(kept === undefined ? {} : { measured: { name: `as-measured${path.extname(note?.program ?? '')}`, data: kept } }) });
  if (!made.ok) throw new DeskError(made.error);
  return made.value;
}

/** The operator in a log's task line. */
async function tcOf(log: string, key: string): Promise<string | undefined> {
  const text = await readFile(log, 'utf8');
  for (let at = text.indexOf('# {"task":'); at >= 0; at = text.indexOf('\n# {"task":', at + 1)) {
    const from = text.charCodeAt(at) === 10 ? at + 1 : at;
    const end = text.indexOf('\n', from);
    const note = readNote(text.slice(from, end < 0 ? undefined : end));
    if (typeof note === 'object' && note.kind === 'task' && note.note.key === key) return note.note.tc;
  }
  return undefined;
}

export function logUri(log: string): string {
  return pathToFileURL(log).href;
}
