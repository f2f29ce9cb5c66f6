/**
 * The log on disk: append-only, one line a trial, written before the trial counts. A line that a killed writer left unfinished is taken
 * away when the log is opened again (it never counted); nothing else is changed. The file comes into being with its first line.
 */
import { closeSync, fstatSync, ftruncateSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { formatLine, type WritableLine } from '../records/format-log.js';
import { readLog, type ParsedLog } from '../records/read-log.js';
import { SessionError, systemProblem } from './problem.js';

export class LogFile {
  private fd: number | undefined;
  private lines: number;
  readonly before: ParsedLog;

  /** Opens the log, if it is there. @throws SessionError if it cannot be written, or is something else than a log */
  constructor(readonly path: string, private readonly shownPath: string) {
    let text = '';
    try {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found !== undefined && !found.isFile() && !found.isDirectory()) throw new SessionError('cannot write the log: this is no regular file', { file: shownPath });
      if (found !== undefined) {
        this.fd = openSync(path, 'a+');
        text = this.repair(this.fd, readFileSync(path));
      }
    } catch (e) {
      this.close();
      throw e instanceof SessionError ? e : systemProblem(e, 'cannot write the log', shownPath);
    }
    this.before = readLog(text);
    this.lines = text === '' ? 0 : text.split('\n').length - 1;
  }

  /** Ends the last line, or removes it if it is the unfinished beginning of one of ours. Other files stay as they are. */
  private repair(fd: number, bytes: Buffer): string {
    const end = bytes.lastIndexOf(0x0a) + 1;
    const last = bytes.subarray(end).toString('utf8');
    const begun = last !== '' && (/^(\{"i": |# \{")/.test(last) || '{"i": '.startsWith(last) || '# {"'.startsWith(last)) && !isJson(last.replace(/^# /, ''));
    const text = bytes.toString('utf8');
    if (isForeign(begun ? bytes.subarray(0, end).toString('utf8') : text)) {
      throw new SessionError('this is no tuning log, nothing was changed: choose another file with --log', { file: this.shownPath });
    }
    if (begun) {
      ftruncateSync(fd, end);
      return bytes.subarray(0, end).toString('utf8');
    }
    if (last === '') return text;
    this.write(fd, '\n');
    return `${text}\n`;
  }

  /** Appends lines at once and returns the physical number of the first. @throws SessionError (nothing half-written stays) */
  append(...lines: readonly WritableLine[]): number {
    const first = this.lines + 1;
    try {
      this.fd ??= openSync(this.path, 'a+');
      this.write(this.fd, lines.map((l) => `${formatLine(l)}\n`).join(''));
    } catch (e) {
      throw systemProblem(e, 'cannot write the log', this.shownPath);
    }
    this.lines += lines.length;
    return first;
  }

  private write(fd: number, text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    const { size } = fstatSync(fd);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    } catch (e) {
      ftruncateSync(fd, size);
      throw e;
    }
  }

  close(): void {
    if (this.fd === undefined) return;
    const { fd } = this;
    this.fd = undefined;
    try {
      fsyncSync(fd);
    } catch {
      // What could not be kept was told when it was written.
    } finally {
      closeSync(fd);
    }
  }
}

/** Something other than comments is in it, and not one line is of a log, not even a damaged one. */
function isForeign(text: string): boolean {
  const { lines, problems } = readLog(text);
  return problems.length > 0 && lines.every((l) => l.kind === 'comment') && !/^\{\s*"i(nput)?"/m.test(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
