/** What the record table asks the desk, and what it gets. The table holds only the rows it shows. */

export interface RecordQuery {
  /** Of the log, on a disk. */
  readonly uri: string;
  /** In the filter language (ide/table/filter.ts). */
  readonly filter: string;
  readonly sort?: { readonly field: string; readonly descending: boolean };
}

export interface RowsRequest extends RecordQuery {
  /** Position in the filtered and sorted list, from 0. */
  readonly from: number;
  readonly count: number;
  /** Also tell at which position this physical line is. */
  readonly find?: number;
}

/** Null: not known, or the record failed. Times of programs in milliseconds, others in seconds. */
export interface RecordRow {
  /** Physical line, from 1. */
  readonly line: number;
  /** Number of the record in the log, from 1. */
  readonly trial: number;
  readonly task: string;
  readonly ms: number | null;
  readonly gflops: number | null;
  /** (slowest - fastest) / mean of the repeats. */
  readonly spread: number | null;
  readonly repeats: number;
  /** Number and name of the error; 0 for none. */
  readonly error: number;
  readonly errorName: string;
  readonly predicted: number | null;
  readonly steps: number;
  readonly rules: readonly string[];
  /** That building and running took. */
  readonly seconds: number;
  /** Since 1970. */
  readonly time: number;
  /** The fastest of its task in the whole log. */
  readonly winner: boolean;
}

export interface FilterError { readonly start: number; readonly end: number; readonly message: string }

export interface RowsAnswer {
  readonly rows: readonly RecordRow[];
  /** Rows that the filter admits, of `records`. */
  readonly total: number;
  readonly records: number;
  /** Physical lines that are no record and no comment. */
  readonly damaged: number;
  readonly firstDamaged: number | null;
  readonly bytes: number;
  /** False while the file is still being read: numbers grow. */
  readonly complete: boolean;
  readonly indexedBytes: number;
  readonly tasks: readonly string[];
  readonly found?: number;
  /** The filter is not understood: the rows are unfiltered. */
  readonly filterError?: FilterError;
  /** The file cannot be read. */
  readonly problem?: string;
}

export type ExportFormat = 'csv' | 'json';

/** All rows of the query as the text of a file. */
export interface ExportRequest extends RecordQuery { readonly format: ExportFormat }
export interface ExportAnswer { readonly records: number; readonly text: string }

/** The lines themselves, as the log has them. */
export interface LinesRequest { readonly uri: string; readonly lines: readonly number[] }
export interface LinesAnswer { readonly texts: readonly string[] }
