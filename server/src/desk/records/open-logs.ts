/** The logs that pages look at, each with one index that all of them share. */
import path from 'node:path';
import { IndexedFile } from './indexed-file.js';

/** Indexes kept: one of a large log takes some 10 MB. */
const MOST = 6;

export class OpenLogs {
  private readonly files = new Map<string, IndexedFile>();

  /** The log's index, which may still be empty: see `refresh`. */
  get(log: string): IndexedFile {
    const file = path.resolve(log);
    const known = this.files.get(file);
    if (known !== undefined) {
      // The one used last comes last.
      this.files.delete(file);
      this.files.set(file, known);
      return known;
    }
    const made = new IndexedFile(file);
    this.files.set(file, made);
    const [oldest] = this.files;
    if (this.files.size > MOST && oldest !== undefined) {
      oldest[1].close();
      this.files.delete(oldest[0]);
    }
    return made;
  }

  close(): void {
    for (const file of this.files.values()) file.close();
    this.files.clear();
  }
}
