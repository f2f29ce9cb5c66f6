/** What is wrong in a `.tc` text, and where. Lines and columns count from 1. */
export interface Position { readonly line: number; readonly column: number }

/** What kind of mistake it is, where an editor can offer to mend it. */
export type TcHint =
  /** A name that stands for nothing; `among`: what it could have been. */
  | { readonly kind: 'unknown'; readonly among: 'tensor' | 'value' | 'type' | 'attribute' }
  | { readonly kind: 'unbound-size' | 'no-reduction' | 'no-condition' }
  /** A tensor with too many or too few indices. */
  | { readonly kind: 'rank'; readonly wanted: number }
  /** A sign that is missing after what ends at `at`. */
  | { readonly kind: 'missing'; readonly sign: string; readonly at: Position };

export interface TcProblem extends Position {
  readonly message: string;
  /** What the author can do about it. */
  readonly remedy?: string;
  /** A definition with errors has no DAG; warnings do not matter to it. */
  readonly severity: 'error' | 'warning';
  /** Number of characters that the problem is about. */
  readonly length: number;
  readonly hint?: TcHint;
}

/** Thrown inside of this room only, and turned into a problem where a statement ends. */
export class TcFault extends Error {
  constructor(readonly at: Position, message: string, readonly remedy?: string, readonly length = 1, readonly hint?: TcHint) {
    super(message);
  }
}

export function problemOf(fault: TcFault): TcProblem {
  const { at, message, remedy, length, hint } = fault;
  return { line: at.line, column: at.column, message, severity: 'error', length, ...(remedy !== undefined && { remedy }), ...(hint !== undefined && { hint }) };
}
