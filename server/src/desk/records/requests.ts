/** `recordRows`, `recordLines`, `recordExport`: what the record table asks. */
import type { ExportAnswer, LinesAnswer, RecordQuery, RowsAnswer } from '../../protocol/record-table-view.js';
import { DeskError } from '../desk-error.js';
import { field, intField, stringField, type Json } from '../params.js';
import type { RecordTableDesk } from './record-table.js';

interface Context { readonly table: RecordTableDesk }

function query(params: Json): RecordQuery {
  const sort = field(params, 'sort');
  return {
    uri: stringField(params, 'uri'), filter: stringField(params, 'filter'),
    ...(sort === undefined ? {} : { sort: { field: stringField(sort, 'field'), descending: field(sort, 'descending') === true } }),
  };
}

export function recordRowsRequest(params: Json, { table }: Context): Promise<RowsAnswer> {
  return table.rows({ ...query(params), from: intField(params, 'from', 0), count: intField(params, 'count', 0), ...(field(params, 'find') === undefined ? {} : { find: intField(params, 'find', 1) }) });
}

export function recordLinesRequest(params: Json, { table }: Context): Promise<LinesAnswer> {
  const lines = field(params, 'lines');
  if (!Array.isArray(lines) || !lines.every((n): n is number => typeof n === 'number' && Number.isSafeInteger(n))) throw new DeskError('"lines" must be a list of line numbers');
  return table.lines({ uri: stringField(params, 'uri'), lines });
}

export function recordExportRequest(params: Json, { table }: Context): Promise<ExportAnswer> {
  const format = stringField(params, 'format');
  if (format !== 'csv' && format !== 'json') throw new DeskError('"format" must be csv or json');
  return table.export({ ...query(params), format });
}
