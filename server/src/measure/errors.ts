/** Why a candidate has no time: typed here, numbered in records (spec measure, section 1). */
import { unreachable } from '../base/assert.js';

export type MeasureError =
  /** The record's steps could not be replayed or lowered. */
  | { readonly kind: 'instantiation'; readonly message: string }
  /** `output`: all that the compiler said, where `message` is cut. */
  | { readonly kind: 'compile'; readonly message: string; readonly output?: string }
  /** The library or its symbol could not be loaded. */
  | { readonly kind: 'load'; readonly message: string }
  /** The candidate's process ended by a signal (`signal` e.g. `SIGSEGV`), or by itself (`signal` empty). */
  | { readonly kind: 'crash'; readonly signal: string; readonly stage: string; readonly message: string }
  | { readonly kind: 'wrong-result'; readonly message: string }
  | { readonly kind: 'build-timeout'; readonly seconds: number; readonly message: string }
  | { readonly kind: 'run-timeout'; readonly seconds: number; readonly message: string }
  /** The runner itself, or the way to it, failed: says nothing about the candidate. `mendable`: the place to build in did (disk full, folder gone). */
  | { readonly kind: 'runner'; readonly message: string; readonly mendable?: boolean };

/** Error numbers of records (0, none, is not an error). */
export type ErrorNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** The record's error number. */
export function errorNumber(error: MeasureError): ErrorNumber {
  switch (error.kind) {
    case 'instantiation': return 1;
    case 'compile': return 2;
    case 'load': return 3;
    case 'crash': return 4;
    case 'wrong-result': return 5;
    case 'build-timeout': return 6;
    case 'run-timeout': return 7;
    case 'runner': return 8;
    default: return unreachable(error);
  }
}

const MAX_MESSAGE = 512;

/** Long messages keep their first and last 256 characters (spec measure, section 2). */
export function cutMessage(text: string): string {
  if (text.length <= MAX_MESSAGE) return text;
  return `${text.slice(0, MAX_MESSAGE / 2)}\n...\n${text.slice(-MAX_MESSAGE / 2)}`;
}
