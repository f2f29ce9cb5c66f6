/**
 * A log on disk with its index: read in pieces, with room for others in between, so that the first rows can be shown at once and a
 * file of any size takes memory for its numbers only. A log that grows is read on from where the index ends; one that was replaced
 * by a shorter one is read anew.
 */
import { open, stat, type FileHandle } from 'node:fs/promises';
import { RecordIndex } from '../../ide/table/record-index.js';

const PIECE = 512 * 1024;
/** A line longer than this is not part of a log. */
const LONGEST_LINE = 64 * 1024 * 1024;

export class IndexedFile {
  private current = new RecordIndex();
  private reading: Promise<void> | undefined;
  private wanted = false;
  private generation = 0;
  private total = 0;
  private closed = false;
  problem: string | undefined;

  constructor(readonly file: string) {}

  get index(): RecordIndex {
    return this.current;
  }

  /** Counts the times that the file was read anew. */
  get version(): number {
    return this.generation;
  }

  /** Size of the file when it was last looked at. */
  get size(): number {
    return this.total;
  }

  get complete(): boolean {
    return this.reading === undefined || (this.total > 0 && this.current.bytes >= this.total);
  }

  /** Reads what is new. Resolves when the index has all that the file had at this moment; never rejects: see `problem`. */
  refresh(): Promise<void> {
    if (this.reading !== undefined) {
      this.wanted = true;
      return this.reading;
    }
    this.reading = this.readOn().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  /** Resolves when at least `rows` are there, or all. */
  async atLeast(rows: number): Promise<void> {
    if (this.reading === undefined) void this.refresh();
    do await pause();
    while (this.reading !== undefined && this.current.columns.length < rows);
  }

  close(): void {
    this.closed = true;
  }

  private async readOn(): Promise<void> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(this.file, 'r');
      do {
        this.wanted = false;
        await this.readFrom(handle);
      } while (this.wanted && !this.closed);
      this.problem = undefined;
    } catch (e) {
      const code = e instanceof Error && 'code' in e ? e.code : undefined;
      this.problem = code === 'ENOENT' ? 'there is no such file' : e instanceof Error ? e.message : String(e);
    } finally {
      await handle?.close();
    }
  }

  private async readFrom(handle: FileHandle): Promise<void> {
    const { size } = await handle.stat();
    this.total = size;
    if (size < this.current.bytes) {
      this.current = new RecordIndex();
      this.generation++;
    }
    const index = this.current;
    let buffer = Buffer.allocUnsafe(Math.min(PIECE, Math.max(1, size - index.bytes)));
    let rest = 0;
    for (let at = index.bytes; at < size && !this.closed;) {
      if (rest === buffer.length) buffer = Buffer.concat([buffer], Math.min(buffer.length * 2, LONGEST_LINE + PIECE));
      const { bytesRead } = await handle.read(buffer, rest, Math.min(buffer.length - rest, size - at), at);
      if (bytesRead === 0) break;
      at += bytesRead;
      const filled = rest + bytesRead;
      const end = buffer.lastIndexOf(10, filled - 1) + 1;
      if (end > 0 && end <= filled) {
        index.addText(buffer.toString('latin1', 0, end));
        buffer.copy(buffer, 0, end, filled);
        rest = filled - end;
        await pause();
      } else {
        rest = filled;
        if (rest > LONGEST_LINE) throw new Error('this is no log: it has a line of more than 64 MB');
      }
    }
    // A last line without its end: taken if it is whole, left for the next time if it is just being written.
    const last = buffer.toString('latin1', 0, rest);
    if (rest > 0 && last.trimEnd().endsWith('}')) index.addText(last);
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Reads places of a file; `at` and `bytes` from an index. */
export async function readPlaces(file: string, places: readonly { readonly at: number; readonly bytes: number }[]): Promise<string[]> {
  const handle = await open(file, 'r');
  try {
    const texts: string[] = [];
    for (const { at, bytes } of places) {
      const buffer = Buffer.alloc(bytes);
      const { bytesRead } = await handle.read(buffer, 0, bytes, at);
      texts.push(buffer.toString('utf8', 0, bytesRead));
    }
    return texts;
  } finally {
    await handle.close();
  }
}

export async function fileSize(file: string): Promise<number> {
  return stat(file).then((s) => s.size, () => 0);
}
