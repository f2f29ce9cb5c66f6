/**
 * The log on disk: append-only, one line a trial, written before the trial counts. A line that a killed writer left unfinished is taken
 * away when the log is opened again (it never counted); nothing else is changed. The file comes into being with its first line. Before each
 * line it is looked at: where it was removed, replaced or cut meanwhile, what it lacks of the session's lines is written again.
 */
import { closeSync, constants, fdatasync, fstatSync, ftruncateSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { formatLine, type WritableLine } from '../records/format-log.js';
import { readLog, type ParsedLog } from '../records/read-log.js';
import { SessionError, systemProblem } from './problem.js';

/** A line about another by its number: worthless in a file with other numbers. */
const REFERS = /^# \{"trial":/;

const LOOK_EVERY_MS = 1000;
const NO_FOLDER = { ENOENT: 'there is no such folder: make it again and it goes on' };
/** Of what somebody put into a log's place while its session runs; the session waits until it is gone. */
const IN_THE_WAY = 'something else has the name of this log: take it away and the log is written again';
/** Opening a pipe waits for nobody. */
const OPEN = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);

/** A regular file, for reading and appending; made if it is not there. @throws SessionError for anything else */
function openRegular(path: string, shown: string): number {
  const fd = openSync(path, OPEN, 0o666);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new SessionError('cannot write the log: this is no regular file', { file: shown });
}

export class LogFile {
  private fd: number | undefined;
  /** Lines that the file holds, without newlines. */
  private held: string[] = [];
  private size = 0;
  private syncing = false;
  private readonly said: string[] = [];
  readonly before: ParsedLog;

  /** Opens the log, if it is there. `owns` is asked before each look and line: false, and nothing is written any more. @throws SessionError if it cannot be written, or is something else than a log */
  constructor(readonly path: string, private readonly shownPath: string, private readonly owns: () => boolean = () => true) {
    try {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found !== undefined && !found.isFile() && !found.isDirectory()) throw new SessionError('cannot write the log: this is no regular file', { file: shownPath });
      if (found !== undefined) {
        this.fd = openRegular(path, shownPath);
        this.take(this.repair(this.fd, readFileSync(this.fd)));
      }
    } catch (e) {
      this.release();
      throw e instanceof SessionError ? e : systemProblem(e, 'cannot write the log', shownPath);
    }
    this.before = readLog(this.held.map((l) => `${l}\n`).join(''));
  }

  /** What people should know and have not been told: once each. */
  notices(): string[] {
    return this.said.splice(0);
  }

  private take(text: string): void {
    this.held = text === '' ? [] : text.split('\n').slice(0, -1);
    this.size = Buffer.byteLength(text);
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
      this.said.push(`${this.shownPath}: a line was begun and not ended (its writer was killed), ${bytes.length - end} bytes were removed; every finished trial is there`);
      return bytes.subarray(0, end).toString('utf8');
    }
    if (last === '') return text;
    this.write(fd, '\n');
    return `${text}\n`;
  }

  /** Appends lines at once and returns the physical number of the first. @throws SessionError (nothing half-written stays) */
  append(...lines: readonly WritableLine[]): number {
    const texts = lines.map(formatLine);
    try {
      const fd = this.current();
      const text = texts.map((l) => `${l}\n`).join('');
      this.write(fd, text);
      this.size += Buffer.byteLength(text);
    } catch (e) {
      throw e instanceof SessionError ? e : systemProblem(e, 'cannot write the log', this.shownPath, NO_FOLDER);
    }
    const first = this.held.length + 1;
    this.held.push(...texts);
    this.sync();
    return first;
  }

  /** Looks every second whether the file is still there, so that a log that somebody removed is back before the next trial. Returns how to stop. */
  guard(): () => void {
    const timer = setInterval(() => {
      try {
        if (this.fd !== undefined) this.current();
      } catch {
        // The next line tells.
      }
    }, LOOK_EVERY_MS).unref();
    return () => clearInterval(timer);
  }

  /** The file is there with all its lines. @throws SessionError */
  settle(): void {
    if (this.fd === undefined) return;
    try {
      fsyncSync(this.current());
    } catch (e) {
      throw e instanceof SessionError ? e : systemProblem(e, 'cannot write the log', this.shownPath, NO_FOLDER);
    }
  }

  /** The open file, which is the one that has the log's name and ends where we ended it. */
  private current(): number {
    if (!this.owns()) throw new SessionError('the lock was removed and another session has the log now: this one writes nothing more', { file: this.shownPath });
    if (this.fd === undefined) {
      const made = openRegular(this.path, this.shownPath);
      this.fd = made;
      // Somebody may have made it in between.
      if (fstatSync(made).size > 0) this.join(made);
      return made;
    }
    const own = fstatSync(this.fd);
    const there = statSync(this.path, { throwIfNoEntry: false });
    if (there?.ino === own.ino && there.dev === own.dev && own.size === this.size) return this.fd;
    return this.reopen(this.fd);
  }

  /** The file that has the log's name now, instead of `old`. @throws SessionError, mendable where it is no log */
  private reopen(old: number): number {
    let fd: number | undefined;
    try {
      fd = openRegular(this.path, this.shownPath);
      this.join(fd);
    } catch (e) {
      if (fd !== undefined) closeSync(fd);
      const taken = e instanceof SessionError || (e instanceof Error && 'code' in e && e.code === 'EISDIR');
      throw taken ? new SessionError(IN_THE_WAY, { file: this.shownPath }, false, true) : e;
    }
    closeSync(old);
    this.fd = fd;
    return fd;
  }

  /** Another file, or one that another program changed: what it lacks of our lines is added. */
  private join(fd: number): void {
    const text = this.repair(fd, readFileSync(fd));
    const there = new Set(text.split('\n'));
    const lacking = this.held.filter((l) => l !== '' && !there.has(l) && (text === '' || !REFERS.test(l)));
    const added = lacking.map((l) => `${l}\n`).join('');
    this.write(fd, added);
    this.take(text + added);
    if (lacking.length > 0) this.said.push(`${this.shownPath}: the log was ${text === '' ? 'removed' : 'changed by another program'}; ${lacking.length} lines of this session were written again`);
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

  /** To the disk, one at a time and without waiting: against a loss of power, no end of this process can lose what was written. */
  private sync(): void {
    if (this.syncing || this.fd === undefined) return;
    this.syncing = true;
    // An error shows with the next line.
    fdatasync(this.fd, () => { this.syncing = false; });
  }

  /** Whoever removes the file up to here gets it back. */
  close(): void {
    if (this.fd === undefined) return;
    try {
      fsyncSync(this.current());
    } catch {
      // What could not be kept was told when it was written.
    } finally {
      this.release();
    }
  }

  private release(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
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
