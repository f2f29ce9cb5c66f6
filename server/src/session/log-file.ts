/**
 * The log on disk: append-only, one line a trial, written before the trial counts. A line that a killed writer left unfinished is taken
 * away when the log is opened again (it never counted); nothing else is changed.
 */
import { closeSync, fstatSync, ftruncateSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { formatLine, type WritableLine } from '../records/format-log.js';
import { readLog, type ParsedLog } from '../records/read-log.js';
import { systemProblem } from './problem.js';

export class LogFile {
  private readonly fd: number;
  private lines: number;
  readonly before: ParsedLog;

  /** Opens or creates the log. @throws SessionError */
  constructor(readonly path: string, private readonly shownPath: string) {
    try {
      this.fd = openSync(path, 'a+');
    } catch (e) {
      throw systemProblem(e, 'cannot write the log', shownPath);
    }
    const text = this.repair(readFileSync(path));
    this.before = readLog(text);
    this.lines = text === '' ? 0 : text.split('\n').length - 1;
  }

  /** Ends the last line, or removes it if it is the unfinished beginning of one of ours. */
  private repair(bytes: Buffer): string {
    if (bytes.length === 0 || bytes[bytes.length - 1] === 0x0a) return bytes.toString('utf8');
    const end = bytes.lastIndexOf(0x0a) + 1;
    const last = bytes.subarray(end).toString('utf8');
    const ours = /^(\{"i": |# \{)/.test(last) || '{"i": '.startsWith(last) || '# {'.startsWith(last);
    if (ours && !isJson(last.replace(/^# /, ''))) {
      ftruncateSync(this.fd, end);
      return bytes.subarray(0, end).toString('utf8');
    }
    this.write('\n');
    return `${bytes.toString('utf8')}\n`;
  }

  /** Appends lines at once and returns the physical number of the first. @throws SessionError (nothing half-written stays) */
  append(...lines: readonly WritableLine[]): number {
    const first = this.lines + 1;
    this.write(lines.map((l) => `${formatLine(l)}\n`).join(''));
    this.lines += lines.length;
    return first;
  }

  private write(text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    const size = fstatSync(this.fd).size;
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.fd, bytes, at);
    } catch (e) {
      ftruncateSync(this.fd, size);
      throw systemProblem(e, 'cannot write the log', this.shownPath);
    }
  }

  close(): void {
    fsyncSync(this.fd);
    closeSync(this.fd);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
