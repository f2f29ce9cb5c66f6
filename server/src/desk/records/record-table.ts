/** The record table's requests: rows of a filtered, sorted log; export; the lines themselves. */
import type { ExportAnswer, ExportRequest, LinesAnswer, LinesRequest, RecordQuery, RowsAnswer, RowsRequest } from '../../protocol/record-table-view.js';
import { NUMBER_FIELDS, parseFilter } from '../../ide/table/filter.js';
import { queryRows, type Sort, type SortField } from '../../ide/table/query.js';
import type { RecordIndex } from '../../ide/table/record-index.js';
import { csvLine, CSV_HEAD, recordRow } from '../../ide/table/rows.js';
import { DeskError } from '../desk-error.js';
import { fileOf } from '../params.js';
import { readPlaces, type IndexedFile } from './indexed-file.js';
import type { OpenLogs } from './open-logs.js';

/** Rows of one answer. */
const MOST_ROWS = 500;
/** Enough for a first screen: the index of a large log goes on in the background. */
const FIRST_ROWS = 300;
const MOST_LINES = 1000;
const EXPORT_PIECE = 2000;

export type Words = (text: string, values?: Readonly<Record<string, string | number>>) => string;

const SORT_FIELDS: readonly SortField[] = [...NUMBER_FIELDS, 'task', 'time'];

interface Answered { readonly index: RecordIndex; readonly length: number; readonly question: string; readonly rows: Uint32Array }

export class RecordTableDesk {
  private readonly last = new Map<string, Answered>();

  constructor(private readonly logs: OpenLogs, private readonly t: Words) {}

  async rows(request: RowsRequest): Promise<RowsAnswer> {
    const file = this.logs.get(fileOf(request.uri));
    await file.atLeast(FIRST_ROWS);
    const { rows, filterError } = this.query(file, request);
    const { index } = file;
    const from = Math.max(0, Math.min(request.from, rows.length));
    const shown = [...rows.subarray(from, from + Math.min(request.count, MOST_ROWS))].map((row) => recordRow(index, row));
    const at = request.find === undefined ? -1 : index.columns.rowOfLine(request.find);
    return {
      rows: shown, total: rows.length, records: index.columns.length, damaged: index.damagedCount, firstDamaged: index.damaged[0] ?? null, bytes: file.size, complete: file.complete,
      indexedBytes: index.bytes, tasks: index.tasks.map((task) => task.name), ...(request.find !== undefined && { found: at < 0 ? -1 : rows.indexOf(at) }),
      ...(filterError !== undefined && { filterError }), ...(file.problem !== undefined && { problem: file.problem }),
    };
  }

  async lines({ uri, lines }: LinesRequest): Promise<LinesAnswer> {
    const log = fileOf(uri);
    const { columns } = this.logs.get(log).index;
    const places = lines.slice(0, MOST_LINES).flatMap((line) => {
      const row = columns.rowOfLine(line);
      return row < 0 ? [] : [{ at: columns.offset[row] ?? 0, bytes: columns.bytes[row] ?? 0 }];
    });
    return { texts: await readPlaces(log, places) };
  }

  /** @throws DeskError for a filter that is not understood */
  async export(request: ExportRequest): Promise<ExportAnswer> {
    const file = this.logs.get(fileOf(request.uri));
    await file.refresh();
    const { rows, filterError } = this.query(file, request);
    if (filterError !== undefined) throw new DeskError(filterError.message);
    const pieces: string[] = [];
    for (let from = 0; from < rows.length; from += EXPORT_PIECE) {
      const piece = [...rows.subarray(from, from + EXPORT_PIECE)].map((row) => recordRow(file.index, row));
      pieces.push(request.format === 'csv' ? piece.map((row) => `${csvLine(row)}\r\n`).join('') : piece.map((row) => JSON.stringify(row)).join(',\n') + (from + EXPORT_PIECE < rows.length ? ',\n' : '\n'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { records: rows.length, text: request.format === 'csv' ? `${CSV_HEAD.join(',')}\r\n${pieces.join('')}` : `[\n${pieces.join('')}]\n` };
  }

  private query(file: IndexedFile, { filter, sort }: Omit<RecordQuery, 'uri'>): { readonly rows: Uint32Array; readonly filterError?: RowsAnswer['filterError'] } {
    const { index } = file;
    const question = JSON.stringify([filter, sort]);
    const parsed = parseFilter(filter);
    const filterError = parsed.problem === undefined ? undefined : { start: parsed.problem.start, end: parsed.problem.end, message: this.t(parsed.problem.message, { 0: parsed.problem.argument }) };
    const known = this.last.get(file.file);
    if (known?.index === index && known.length === index.columns.length && known.question === question) return { rows: known.rows, ...(filterError !== undefined && { filterError }) };
    const field = SORT_FIELDS.find((f) => f === sort?.field);
    const order: Sort | undefined = field === undefined ? undefined : { field, descending: sort?.descending === true };
    const rows = queryRows(index, parsed.problem === undefined ? parsed.terms : [], order);
    this.last.set(file.file, { index, length: index.columns.length, question, rows });
    return { rows, ...(filterError !== undefined && { filterError }) };
  }
}
