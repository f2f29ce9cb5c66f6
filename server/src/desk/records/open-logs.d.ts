import { IndexedFile } from './indexed-file.js';
export declare class OpenLogs {
    private readonly files;
    /** The log's index, which may still be empty: see `refresh`. */
    get(log: string): IndexedFile;
    close(): void;
}
