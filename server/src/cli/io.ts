/** How sub-commands speak: results on standard output, progress and words for people on standard error. */
import { SessionError, describeProblem, oneLine } from '../session/problem.js';

export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Standard error is a terminal: progress may overwrite its line. */
  readonly terminal: boolean;
}

export const processStreams: Streams = {
  out: (text) => { process.stdout.write(text); },
  err: (text) => { process.stderr.write(text); },
  terminal: process.stderr.isTTY === true,
};

/** One document on one line. */
export function printJson(io: Streams, document: unknown): void {
  io.out(`${JSON.stringify(document)}\n`);
}

/** One line for people; what is not expected says how to report it. */
export function failureLine(e: unknown): { readonly line: string; readonly status: 1 | 2 } {
  if (e instanceof SessionError) return { line: describeProblem(e), status: e.usage ? 2 : 1 };
  const message = e instanceof Error ? e.message : String(e);
  return { line: `unexpected: ${oneLine(message)} (this is a bug: please report it${process.env['ANSOR_DEBUG'] === '1' ? '' : '; ANSOR_DEBUG=1 shows where'})`, status: 1 };
}
