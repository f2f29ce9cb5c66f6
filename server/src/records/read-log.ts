/** Reads a whole tuning log, or what was appended to it. Never throws: one bad line spoils one record. */
import { shorten } from '../base/shorten.js';
import type { AutoTvmRecord } from './autotvm.js';
import { readNote, type LogNote } from './comments.js';
import type { MeasureRecord } from './record.js';
import { readRecordLine } from './read-line.js';

/** A physical line of a log, counted from 1. Empty lines give none. */
export type LogLine = { readonly line: number } & (
  | { readonly kind: 'record'; readonly record: MeasureRecord }
  | { readonly kind: 'autotvm'; readonly record: AutoTvmRecord }
  | LogNote
  | { readonly kind: 'comment'; readonly text: string }
);

/** `line` and `column` from 1; columns count UTF-16 units. */
export interface LogProblem { readonly line: number; readonly column: number; readonly message: string }

export interface ParsedLog { readonly lines: readonly LogLine[]; readonly problems: readonly LogProblem[] }

/** Where reading stopped: `line` complete lines were read, `rest` is the beginning of the next one. */
export interface LogTail { readonly line: number; readonly rest: string }

export const logStart: LogTail = Object.freeze({ line: 0, rest: '' });

const LONGEST_MESSAGE = 500;

/** All lines of `text`; a last line without newline counts. */
export function readLog(text: string): ParsedLog {
  const { lines, problems, tail } = readAppended(logStart, text);
  return { lines: [...lines, ...readUnfinished(tail).lines], problems: [...problems, ...readUnfinished(tail).problems] };
}

/** The lines that `chunk`, appended to what was read up to `tail`, completes. */
export function readAppended(tail: LogTail, chunk: string): ParsedLog & { readonly tail: LogTail } {
  const pieces = (tail.rest + chunk).split('\n');
  const rest = pieces.pop() ?? '';
  const lines: LogLine[] = [];
  const problems: LogProblem[] = [];
  pieces.forEach((piece, k) => readLine(piece, tail.line + 1 + k, lines, problems));
  return { lines, problems, tail: { line: tail.line + pieces.length, rest } };
}

/** The last line, to which more may be appended still. */
export function readUnfinished(tail: LogTail): ParsedLog {
  const lines: LogLine[] = [];
  const problems: LogProblem[] = [];
  readLine(tail.rest, tail.line + 1, lines, problems);
  return { lines, problems };
}

function readLine(piece: string, line: number, lines: LogLine[], problems: LogProblem[]): void {
  const before = problems.length;
  readAnyLine(piece, line, lines, problems);
  // Messages quote what they found, which may be of any length.
  for (let i = before; i < problems.length; i++) {
    const p = problems[i];
    if (p !== undefined && p.message.length > LONGEST_MESSAGE) problems[i] = { ...p, message: shorten(p.message, LONGEST_MESSAGE) };
  }
}

function readAnyLine(piece: string, line: number, lines: LogLine[], problems: LogProblem[]): void {
  const start = line === 1 && piece.startsWith('\ufeff') ? 1 : 0;
  const text = piece.slice(start, piece.endsWith('\r') ? -1 : undefined);
  if (text.trim() === '') return;
  if (text.startsWith('#') || text.startsWith(' ')) {
    const note = readNote(text);
    if (typeof note === 'string') problems.push({ line, column: start + 1, message: note });
    if (note === undefined || typeof note === 'string') lines.push({ line, kind: 'comment', text });
    else lines.push({ line, ...note });
    return;
  }
  const read = readRecordLine(text);
  if (read.ok) lines.push({ line, ...read.value });
  else problems.push({ line, column: start + read.error.column, message: read.error.message });
}
