/**
 * The text of a log as an editor changes it: lines that are replaced by ranges, and what was read of each line, which stays as long as
 * its text does. Mutable, since a log of 100 MB is changed a character at a time.
 */
import type { TaskNote } from '../../records/comments.js';
import { readLogLine, type LineRead } from './line-read.js';
import { TaskIds } from './task-ids.js';

/** Line and character (UTF-16 units) from 0. */
export interface TextPlace { readonly line: number; readonly character: number }

interface Cell { readonly text: string; read: LineRead | undefined }

/** Lines that are read within a keystroke. */
const FEW = 16;

function isTaskNote({ text }: Cell): boolean {
  return text.startsWith('# {"task"');
}

function split(text: string): Cell[] {
  const lines = text.includes('\r') ? text.split(/\r\n|\r|\n/) : text.split('\n');
  return lines.map((line) => ({ text: line, read: undefined }));
}

export class LogLines {
  private cells: Cell[];
  private readonly ids = new TaskIds();
  /** All lines before this one have been read. */
  private scanned = 0;
  /** Task notes by key, the last of equal ones; undefined after a change of one. */
  private notes: ReadonlyMap<string, TaskNote> | undefined;
  /** Counts the changes. */
  edition = 0;

  constructor(text: string) {
    this.cells = split(text);
  }

  get count(): number {
    return this.cells.length;
  }

  /** Without its line break; empty beyond the end. */
  line(index: number): string {
    return this.cells[index]?.text ?? '';
  }

  lines(from: number, to: number): readonly string[] {
    return this.cells.slice(from, to).map((cell) => cell.text);
  }

  /** Exchanges the text between two places. */
  replace(start: TextPlace, end: TextPlace, text: string): void {
    const first = Math.min(start.line, this.cells.length - 1);
    const last = Math.min(end.line, this.cells.length - 1);
    const head = this.line(first).slice(0, start.line > first ? undefined : start.character);
    const tail = end.line > last ? '' : this.line(last).slice(end.character);
    const fresh = split(head + text + tail);
    const gone = this.cells.slice(first, last + 1);
    if ([...gone, ...fresh].some(isTaskNote)) this.notes = undefined;
    if (fresh.length < 1000) this.cells.splice(first, last - first + 1, ...fresh);
    else this.cells = [...this.cells.slice(0, first), ...fresh, ...this.cells.slice(last + 1)];
    // What a person types is read at once, so that a log that was read stays so.
    if (fresh.length <= FEW && this.scanned > last) {
      for (const cell of fresh) cell.read = readLogLine(cell.text, this.ids);
      this.scanned += fresh.length - gone.length;
    } else this.scanned = Math.min(this.scanned, first);
    this.edition++;
  }

  /** What line `index` holds; read now if it was not yet. */
  read(index: number): LineRead {
    const cell = this.cells[index];
    if (cell === undefined) return { kind: 'blank', faults: [] };
    return (cell.read ??= readLogLine(cell.text, this.ids));
  }

  /** Reads lines that were not read yet until `due` says stop; it is asked after each. True when all are read. */
  scan(due: () => boolean): boolean {
    for (; this.scanned < this.cells.length; this.scanned++) {
      const cell = this.cells[this.scanned];
      if (cell === undefined || cell.read !== undefined) continue;
      cell.read = readLogLine(cell.text, this.ids);
      if (due()) {
        this.scanned++;
        break;
      }
    }
    return this.scanned >= this.cells.length;
  }

  get complete(): boolean {
    return this.scanned >= this.cells.length;
  }

  /** The last task note with this key, found without reading the records. */
  taskNote(workloadKey: string): TaskNote | undefined {
    return (this.notes ??= this.findNotes()).get(workloadKey);
  }

  private findNotes(): ReadonlyMap<string, TaskNote> {
    const notes = new Map<string, TaskNote>();
    this.cells.forEach((cell, index) => {
      const read = isTaskNote(cell) ? this.read(index) : undefined;
      if (read?.kind === 'task') notes.set(read.note.key, read.note);
    });
    return notes;
  }

  /** With `\n` between the lines. */
  text(): string {
    return this.cells.map((cell) => cell.text).join('\n');
  }
}
