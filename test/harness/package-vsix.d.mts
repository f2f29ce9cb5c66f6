export declare const root: string;
export declare function stage(): string;
export declare function packageVsix(): string;
