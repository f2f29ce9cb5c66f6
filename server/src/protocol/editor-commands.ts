/** Commands of the client that lenses and hovers of the language server name, and the arguments that they hand over. */

/** A record of an open log or of a log on a disk: the document's URI and the physical line, from 1. */
export interface RecordRef { readonly uri: string; readonly line: number }

/** Two records to compare; of a record and its task's best, the best is `left`. */
export interface RecordPair { readonly left: RecordRef; readonly right: RecordRef }

export const EDITOR_COMMANDS = {
  /** `RecordRef`: the loop tree of a record. */
  showLoopTree: 'ansor.showLoopTree',
  /** `RecordPair`. */
  compareRecords: 'ansor.compareRecords',
  /** `RecordRef`: shows the line in its editor. */
  revealRecord: 'ansor.revealRecord',
  /** The URI of a model. */
  tuneCurrentModel: 'ansor.tuneCurrentModel',
} as const;

/** The only commands that links in hovers may run. */
export const LINKED_COMMANDS: readonly string[] = [EDITOR_COMMANDS.showLoopTree, EDITOR_COMMANDS.compareRecords, EDITOR_COMMANDS.revealRecord];
