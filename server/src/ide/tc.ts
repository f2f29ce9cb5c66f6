/** The `.tc` language in the editor. */
import type { ComputeDag } from '../dag/compute-dag.js';
import { parseTc } from '../lang/parse.js';
import type { TcProblem } from '../lang/problem.js';

/** Lines and columns count from 1. */
export interface TextProblem {
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** The DAG of a text with one definition, as logs hold it; undefined if it has errors. */
export function dagOfTc(tc: string): ComputeDag | undefined {
  const { defs } = parseTc(tc);
  return defs.length === 1 ? defs[0]?.dag : undefined;
}

export function diagnoseTc(text: string): readonly TextProblem[] {
  return parseTc(text).problems.map(textProblem);
}

export function textProblem({ line, column, length, severity, message, remedy }: TcProblem): TextProblem {
  return { line, column, length, severity, message: remedy === undefined ? message : `${message}\n${remedy}` };
}
