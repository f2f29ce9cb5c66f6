/**
 * Logs as pages read them: an open document if there is one, else the file, read once and again when it has changed. What is read of a
 * line stays as long as its text does; a log that only grew is read on from its end.
 */
import { watch, type FSWatcher } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LogLines } from '../../ide/log/log-lines.js';
import { overviewOf, type LogOverview } from '../../ide/log/overview.js';
import { createResolutionIndex } from '../../records/library/resolve.js';
import { DeskError } from '../desk-error.js';
import type { OpenLogText } from '../desk.js';
import { fileOf } from '../params.js';

/** A log with all its lines. */
export interface ReadLog { readonly uri: string; readonly name: string; readonly lines: LogLines; readonly overview: LogOverview }

interface Known { readonly stamp: string; readonly log: ReadLog }

/** Logs that are kept. */
const MOST = 4;
/** A file that is written is told of so often, in milliseconds. */
const CALM = 500;

export class LogReader {
  /** What was found out about workload keys. */
  readonly keys = createResolutionIndex();
  private readonly known = new Map<string, Known>();
  private readonly watched = new Map<string, FSWatcher>();
  private readonly pending = new Set<NodeJS.Timeout>();

  /** `changed` is told of files that pages have asked for. */
  constructor(private readonly open: (uri: string) => OpenLogText | undefined, private readonly changed: (uri: string) => void) {}

  /** @throws DeskError if it cannot be read */
  async read(uri: string): Promise<ReadLog> {
    const document = this.open(uri);
    if (document !== undefined) {
      return this.keep(uri, `open ${document.edition}`, () => Array.from({ length: document.count }, (_, i) => document.line(i)).join('\n'));
    }
    const file = fileOf(uri);
    try {
      const { size, mtimeMs } = await stat(file);
      const stamp = `${size} ${mtimeMs}`;
      const known = this.known.get(uri);
      if (known?.stamp === stamp) return known.log;
      const text = await readFile(file, 'utf8');
      this.watch(uri, file);
      return this.keep(uri, stamp, () => text);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      throw new DeskError(code === 'ENOENT' ? `${file}: there is no such file` : `${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  close(): void {
    for (const watcher of this.watched.values()) watcher.close();
    for (const timer of this.pending) clearTimeout(timer);
    this.watched.clear();
    this.known.clear();
  }

  private keep(uri: string, stamp: string, text: () => string): ReadLog {
    const known = this.known.get(uri);
    if (known?.stamp === stamp) return known.log;
    const lines = new LogLines(text());
    while (!lines.scan(() => false));
    const log: ReadLog = { uri, name: path.posix.basename(decodeURIComponent(uri)), lines, overview: overviewOf(lines) };
    this.known.delete(uri);
    this.known.set(uri, { stamp, log });
    const [oldest] = this.known.keys();
    if (this.known.size > MOST && oldest !== undefined) {
      this.known.delete(oldest);
      this.watched.get(oldest)?.close();
      this.watched.delete(oldest);
    }
    return log;
  }

  private watch(uri: string, file: string): void {
    if (this.watched.has(uri)) return;
    let timer: NodeJS.Timeout | undefined;
    try {
      const watcher = watch(file, { persistent: false }, () => {
        if (timer !== undefined) return;
        const waiting = setTimeout(() => {
          this.pending.delete(waiting);
          timer = undefined;
          this.changed(uri);
        }, CALM);
        timer = waiting;
        this.pending.add(waiting);
        waiting.unref();
      });
      watcher.on('error', () => watcher.close());
      this.watched.set(uri, watcher);
    } catch {
      // A file system without watching: the page shows what it had until it is opened again.
    }
  }
}
