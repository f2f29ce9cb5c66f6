/** What is wrong in a `.tc` text, and where. Lines and columns count from 1. */
export interface Position { readonly line: number; readonly column: number }

export interface TcProblem extends Position {
  readonly message: string;
  /** What the author can do about it. */
  readonly remedy?: string;
  /** A definition with errors has no DAG; warnings do not matter to it. */
  readonly severity: 'error' | 'warning';
  /** Number of characters that the problem is about. */
  readonly length: number;
}

/** Thrown inside of this room only, and turned into a problem where a statement ends. */
export class TcFault extends Error {
  constructor(readonly at: Position, message: string, readonly remedy?: string, readonly length = 1) {
    super(message);
  }
}

export function problemOf(fault: TcFault): TcProblem {
  const { at, message, remedy, length } = fault;
  return { line: at.line, column: at.column, message, severity: 'error', length, ...(remedy === undefined ? {} : { remedy }) };
}
