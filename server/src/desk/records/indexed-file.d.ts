import { RecordIndex } from '../../ide/table/record-index.js';
export declare class IndexedFile {
    readonly file: string;
    private current;
    private reading;
    private wanted;
    private generation;
    private total;
    private closed;
    problem: string | undefined;
    constructor(file: string);
    get index(): RecordIndex;
    /** Counts the times that the file was read anew. */
    get version(): number;
    /** Size of the file when it was last looked at. */
    get size(): number;
    get complete(): boolean;
    /** Reads what is new. Resolves when the index has all that the file had at this moment; never rejects: see `problem`. */
    refresh(): Promise<void>;
    /** Resolves when at least `rows` are there, or all. */
    atLeast(rows: number): Promise<void>;
    close(): void;
    private readOn;
    private readFrom;
}
/** Reads places of a file; `at` and `bytes` from an index. */
export declare function readPlaces(file: string, places: readonly {
    readonly at: number;
    readonly bytes: number;
}[]): Promise<string[]>;
export declare function fileSize(file: string): Promise<number>;
