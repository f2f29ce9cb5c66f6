/** Problems of a tuning log, line by line, so that a log that grows is not read again from its beginning. */
import { readAppended } from '../records/read-log.js';
import type { TextProblem } from './tc.js';

/** What is known of each physical line of a log. */
export interface CheckedLine { readonly text: string; readonly problems: readonly TextProblem[] }

/** Checks physical line `number` (from 1); `known` is what was found there before, of this or another text. */
export function checkLine(text: string, number: number, known: CheckedLine | undefined): CheckedLine {
  if (known !== undefined && known.text === text) return known;
  const { problems } = readAppended({ line: number - 1, rest: '' }, `${text}\n`);
  return { text, problems: problems.map((problem) => ({ ...problem, length: 1, severity: 'error' })) };
}
