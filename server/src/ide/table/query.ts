/** Which rows of an index a filter admits, and in which order. All over typed arrays: 100,000 rows take a few milliseconds. */
import type { NumberField, Term } from './filter.js';
import type { IndexTask, RecordIndex } from './record-index.js';
import { isFrom } from './sources.js';
import type { Columns } from './columns.js';

export type SortField = NumberField | 'task' | 'time';
export interface Sort { readonly field: SortField; readonly descending: boolean }

type Test = (row: number) => boolean;

/** 1e9 operations a second; NaN where time or FLOPs are not known. */
export function gflopsOf(index: RecordIndex, row: number): number {
  const { columns, tasks } = index;
  return (tasks[columns.task[row] ?? 0]?.flops ?? NaN) / (columns.ms[row] ?? NaN) / 1e6;
}

/** The number of a row; NaN where there is none. `trial` counts the records from 1. */
export function numberOf(index: RecordIndex, field: NumberField | 'time'): (row: number) => number {
  const { columns } = index;
  switch (field) {
    case 'trial': return (row) => row + 1;
    case 'gflops': return (row) => gflopsOf(index, row);
    case 'line': return (row) => columns.line[row] ?? NaN;
    case 'ms': return (row) => columns.ms[row] ?? NaN;
    case 'spread': return (row) => columns.spread[row] ?? NaN;
    case 'repeats': return (row) => columns.repeats[row] ?? NaN;
    case 'steps': return (row) => columns.steps[row] ?? NaN;
    case 'seconds': return (row) => columns.seconds[row] ?? NaN;
    case 'predicted': return (row) => columns.predicted[row] ?? NaN;
    case 'error': return (row) => columns.error[row] ?? NaN;
    case 'time': return (row) => columns.time[row] ?? NaN;
  }
}

function compareTest(value: (row: number) => number, term: Extract<Term, { kind: 'number' }>): Test {
  const limit = term.value;
  switch (term.compare) {
    case '<': return (row) => value(row) < limit;
    case '<=': return (row) => value(row) <= limit;
    case '>': return (row) => value(row) > limit;
    case '>=': return (row) => value(row) >= limit;
    case '=': return (row) => value(row) === limit;
    case '!=': return (row) => value(row) !== limit;
  }
}

const matches = (task: IndexTask, text: string): boolean => task.name.toLowerCase().includes(text) || task.key.toLowerCase().includes(text) || task.target.toLowerCase().includes(text);

/** Rows that were the fastest of their task when they were measured. */
export function bestWhenMeasured(columns: Columns, tasks: number): Uint8Array {
  const best = new Float64Array(tasks).fill(Infinity);
  const marks = new Uint8Array(columns.length);
  for (let row = 0; row < columns.length; row++) {
    const task = columns.task[row] ?? 0;
    const ms = columns.ms[row] ?? NaN;
    if (!(ms < (best[task] ?? Infinity))) continue;
    best[task] = ms;
    marks[row] = 1;
  }
  return marks;
}

function testOf(index: RecordIndex, term: Term): Test {
  const { columns, tasks } = index;
  switch (term.kind) {
    case 'number': return compareTest(numberOf(index, term.field), term);
    case 'error': {
      const wanted = new Set(term.numbers);
      return (row) => wanted.has(columns.error[row] ?? 0);
    }
    case 'task': {
      const wanted = tasks.map((task) => matches(task, term.text));
      return (row) => wanted[columns.task[row] ?? 0] === true;
    }
    case 'rule': return (row) => ((columns.kinds[row] ?? 0) & term.bits) !== 0;
    case 'source': return (row) => isFrom(columns.source[row] ?? 0, term.source);
    case 'is': {
      if (term.mark === 'predicted') return (row) => !Number.isNaN(columns.predicted[row] ?? NaN);
      if (term.mark === 'winner') return (row) => tasks[columns.task[row] ?? 0]?.best === row;
      const marks = bestWhenMeasured(columns, tasks.length);
      return (row) => marks[row] === 1;
    }
  }
}

/** The rows that all terms admit, sorted; without `sort` in the order of the file. Rows without the number come last, equal ones by line. */
export function queryRows(index: RecordIndex, terms: readonly Term[], sort?: Sort): Uint32Array {
  const tests = terms.map((term): Test => {
    const test = testOf(index, term);
    return term.not ? (row) => !test(row) : test;
  });
  const found = new Uint32Array(index.columns.length);
  let count = 0;
  rows: for (let row = 0; row < found.length; row++) {
    for (const test of tests) if (!test(row)) continue rows;
    found[count++] = row;
  }
  const rows = found.slice(0, count);
  return sort === undefined ? rows : sortRows(index, rows, sort);
}

function sortRows(index: RecordIndex, rows: Uint32Array, { field, descending }: Sort): Uint32Array {
  const values = new Float64Array(index.columns.length);
  const value = field === 'task' ? taskOrder(index) : numberOf(index, field);
  for (const row of rows) values[row] = value(row);
  const sign = descending ? -1 : 1;
  return rows.sort((a, b) => {
    const x = values[a] ?? NaN;
    const y = values[b] ?? NaN;
    if (x === y) return a - b;
    if (x !== x || y !== y) return x !== x && y !== y ? a - b : x !== x ? 1 : -1;
    return sign * (x - y);
  });
}

function taskOrder({ tasks, columns }: RecordIndex): (row: number) => number {
  const rank = new Map(tasks.map((task, i) => ({ i, name: task.name })).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.i - b.i)).map(({ i }, at) => [i, at]));
  return (row) => rank.get(columns.task[row] ?? 0) ?? 0;
}
