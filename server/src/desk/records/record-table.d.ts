import type { ExportAnswer, ExportRequest, LinesAnswer, LinesRequest, RowsAnswer, RowsRequest } from '../../protocol/record-table-view.js';
import type { OpenLogs } from './open-logs.js';
export type Words = (text: string, values?: Readonly<Record<string, string | number>>) => string;
export declare class RecordTableDesk {
    private readonly logs;
    private readonly t;
    private readonly last;
    constructor(logs: OpenLogs, t: Words);
    rows(request: RowsRequest): Promise<RowsAnswer>;
    lines({ log, lines }: LinesRequest): Promise<LinesAnswer>;
    export(request: ExportRequest): Promise<ExportAnswer>;
    private query;
}
