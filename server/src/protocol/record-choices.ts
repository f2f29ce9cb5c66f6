/** The records of one task, for picking one to compare with. */
export interface RecordChoices {
  readonly uri: string;
  readonly task: string;
  /** Physical lines. */
  readonly best: number | null;
  readonly previousBest: number | null;
  /** The fastest first, failed ones last; at most a thousand. */
  readonly records: readonly { readonly line: number; readonly result: string }[];
}
