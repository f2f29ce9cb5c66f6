/** How a network's latency falls while it is tuned, from its log: the sum over tasks of weight x best so far, once every task has a record. */
export interface CurveTask {
    readonly key: string;
    readonly weight: number;
}
/** `seconds` since the first record's time stamp (whole seconds: that is what records keep); `ms`: the sum. */
export interface CurvePoint {
    readonly trial: number;
    readonly seconds: number;
    readonly ms: number;
}
export declare function latencyCurve(logText: string, tasks: readonly CurveTask[]): CurvePoint[];
/** The first point with at least `share` of the final speed. */
export declare function reaching(points: readonly CurvePoint[], share: number): CurvePoint | undefined;
