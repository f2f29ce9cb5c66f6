/**
 * An index of a log, filled piece by piece while the file is read: numbers of each record in columns, the tasks, what notes say. It
 * never throws; lines that cannot be read are counted and kept as places.
 */
import { decodeWorkloadKey } from '../../records/keys.js';
import { readNote, type SessionNote } from '../../records/comments.js';
import { readRecordLine } from '../../records/read-line.js';
import { Columns } from './columns.js';
import { emptyScan, scanRecord, setResult, type Scanned } from './scan-record.js';
import { sourceBits } from './sources.js';
import { stepBit, TILED } from './step-kinds.js';

export interface IndexTask {
  readonly key: string;
  readonly target: string;
  /** From the task's note; else the operator's name in the key, or the key's beginning. */
  name: string;
  /** Floating-point operations; NaN where the log does not tell. */
  flops: number;
  /** Calls in the model; 1 where no session line tells. */
  weight: number;
  /** Key of the task for which this one is another algorithm. */
  of?: string | undefined;
  records: number;
  errors: number;
  /** Row of the fastest; -1 while there is none. */
  best: number;
  /** First and last of its rows. */
  first: number;
}

export interface SessionPlace { readonly line: number; readonly note: SessionNote; /** Rows before it. */ readonly row: number }
export interface ErrorNote { readonly message: string; readonly output?: string; readonly program?: string }

const MOST_ERROR_NOTES = 20_000;

export class RecordIndex {
  readonly columns = new Columns();
  readonly tasks: IndexTask[] = [];
  readonly sessions: SessionPlace[] = [];
  /** Lines that are neither records nor comments, the first few. */
  readonly damaged: number[] = [];
  damagedCount = 0;
  /** What notes say about failed records, by physical line. */
  readonly errorNotes = new Map<number, ErrorNote>();
  /** Physical lines read so far. */
  lines = 0;
  /** Bytes read so far, whole lines only. */
  bytes = 0;
  private readonly byText = new Map<string, number>();
  private readonly byIdentity = new Map<string, number>();
  private readonly named = new Map<string, { readonly name: string; readonly flops: number }>();
  private weights = new Map<string, { readonly weight: number; readonly of?: string }>();
  private readonly scan: Scanned = emptyScan();
  private lastText = '';
  private lastTask = -1;
  private open = false;

  /**
   * Takes whole lines: `text` has one character per byte (Latin-1), so that places in it are places in the file; it ends with a
   * newline, or with the file.
   */
  addText(text: string): void {
    // The last line of the last piece had no end: it is this newline.
    const skipped = this.open && text.startsWith('\n') ? 1 : 0;
    if (text !== '') this.open = !text.endsWith('\n');
    for (let from = skipped; from < text.length;) {
      const newline = text.indexOf('\n', from);
      const end = newline < 0 ? text.length : newline;
      this.lines++;
      this.addLine(text, from, end > from && text.charCodeAt(end - 1) === 13 ? end - 1 : end);
      from = end + 1;
    }
    this.bytes += text.length;
  }

  private addLine(text: string, from: number, to: number): void {
    if (to === from) return;
    if (text.charCodeAt(from) === 35) return this.addNote(text.slice(from, to));
    const { scan, columns } = this;
    if (!scanRecord(text, from, to, scan) && !this.scanSlowly(text.slice(from, to))) {
      if (text.slice(from, to).trim() === '') return;
      this.damagedCount++;
      if (this.damaged.length < 1000) this.damaged.push(this.lines);
      return;
    }
    const task = this.taskOf(scan.taskText);
    const row = columns.length;
    columns.push({ ...scan, offset: this.bytes + from, bytes: to - from, line: this.lines, task });
    const entry = this.tasks[task];
    if (entry === undefined) return;
    entry.records++;
    if (scan.error !== 0) entry.errors++;
    else if (entry.best < 0 || scan.ms < (columns.ms[entry.best] ?? Infinity)) entry.best = row;
  }

  private taskOf(text: string): number {
    if (text === this.lastText && this.lastTask >= 0) return this.lastTask;
    let task = this.byText.get(text);
    if (task === undefined) {
      task = this.addTask(text);
      this.byText.set(text, task);
    }
    this.lastText = text;
    this.lastTask = task;
    return task;
  }

  private addTask(text: string): number {
    let key = text;
    let target = '';
    try {
      const list: unknown = JSON.parse(`[${utf8(text)}]`);
      if (Array.isArray(list)) [key, target] = [String(list[0]), String(list[1])];
    } catch {
      // The line was scanned by its marks only: its task keeps its text as key.
    }
    const identity = JSON.stringify([key, target]);
    const known = this.byIdentity.get(identity);
    if (known !== undefined) return known;
    const note = this.named.get(key);
    this.tasks.push({
      key, target, name: note?.name ?? nameOfKey(key), flops: note?.flops ?? NaN, weight: this.weights.get(key)?.weight ?? 1, of: this.weights.get(key)?.of, records: 0, errors: 0, best: -1, first: this.columns.length,
    });
    this.byIdentity.set(identity, this.tasks.length - 1);
    return this.tasks.length - 1;
  }

  private addNote(latin: string): void {
    const note = readNote(utf8(latin));
    if (note === undefined || typeof note === 'string') return;
    if (note.kind === 'task') {
      const { key, name, flops } = note.note;
      const known = { name: name === '' ? nameOfKey(key) : name, flops: flops > 0 ? flops : NaN };
      this.named.set(key, known);
      for (const task of this.tasks) if (task.key === key) Object.assign(task, known);
    } else if (note.kind === 'session') {
      this.sessions.push({ line: this.lines, note: note.note, row: this.columns.length });
      const weights = new Map((note.note.model?.tasks ?? []).map((t) => [t.key, t]));
      if (weights.size === 0) return;
      this.weights = weights;
      for (const task of this.tasks) Object.assign(task, { weight: weights.get(task.key)?.weight ?? task.weight, of: weights.get(task.key)?.of });
    } else if (note.kind === 'trial') {
      const { line, predicted, error, output, program, source } = note.note;
      const last = this.columns.length - 1;
      const row = this.columns.line[last] === line ? last : this.columns.rowOfLine(line);
      if (row >= 0 && predicted !== undefined) this.columns.predicted[row] = predicted;
      if (row >= 0 && source !== undefined) this.columns.source[row] = sourceBits(source);
      if (error !== undefined && this.errorNotes.size < MOST_ERROR_NOTES) this.errorNotes.set(line, { message: error, ...(output !== undefined && { output }), ...(program !== undefined && { program }) });
    }
  }

  /** A record in another layout, or one of AutoTVM. */
  private scanSlowly(latin: string): boolean {
    const read = readRecordLine(utf8(latin));
    if (!read.ok) return false;
    const { scan } = this;
    const line = read.value;
    const { costs, errorNo, allCost, timestamp } = line.record.result;
    const mean = costs.reduce((a, b) => a + b, 0) / Math.max(1, costs.length);
    setResult(scan, errorNo, mean, Math.max(...costs) - Math.min(...costs), costs.length, allCost, timestamp);
    if (line.kind === 'autotvm') {
      const { taskName, args, target } = line.record;
      scan.steps = line.record.knobs.length;
      scan.kinds = 0;
      scan.taskText = asciiJson([JSON.stringify([taskName, ...args]), target]);
      return true;
    }
    // Only the kind of a step counts here, which its record form begins with.
    const steps = stepCodes(utf8(latin));
    scan.steps = steps.count;
    scan.kinds = steps.kinds;
    scan.taskText = asciiJson([line.record.workloadKey, line.record.target]);
    return true;
  }
}

/** The items of a list as JSON, without the brackets. */
function asciiJson(items: readonly string[]): string {
  return JSON.stringify(items).slice(1, -1);
}

function stepCodes(line: string): { readonly count: number; readonly kinds: number } {
  const json: unknown = JSON.parse(line);
  let count = 0;
  let kinds = 0;
  const list = (value: unknown, ...at: readonly (string | number)[]): unknown =>
    at.reduce<unknown>((v, k) => (typeof v === 'object' && v !== null ? (Object.entries(v).find(([name]) => name === String(k)) ?? [])[1] : undefined), value);
  const steps = list(json, 'i', 1, 1);
  for (const step of Array.isArray(steps) ? steps : []) {
    if (!Array.isArray(step)) continue;
    count++;
    kinds |= stepBit(String(step[0]));
    if (step[0] === 'SP' && Array.isArray(step[4]) && step[4].length > 1) kinds |= TILED;
  }
  return { count, kinds };
}

/** The text whose UTF-8 bytes are the characters of `latin`. */
function utf8(latin: string): string {
  if (!/[\x80-\xff]/.test(latin)) return latin;
  try {
    return decodeURIComponent(latin.replace(/[%\x80-\xff]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`));
  } catch {
    return latin;
  }
}

function nameOfKey(key: string): string {
  const decoded = decodeWorkloadKey(key);
  if (decoded === undefined) return key.slice(0, 24);
  return /^[0-9a-f]{32}$/.test(decoded.name) ? `${decoded.name.slice(0, 8)} (${decoded.args.filter((a) => typeof a === 'number').slice(0, 6).join(', ')})` : decoded.name;
}
