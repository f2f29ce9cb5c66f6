/**
 * Which program of a task a network uses. A program that is the fastest alone need not be so in the network, where other tensors fill the
 * caches and lie at other addresses: a session measures the candidates there and notes what it chose (docs/log-format.md, "network").
 */
import { md5Hex } from '../dag/text.js';
import type { TransformStep } from '../schedule/step.js';
import type { NetworkNote } from './comments.js';
import { formatSteps } from './format.js';
import type { LogLine } from './read-log.js';

/** That the default rules' program is used, whatever they make of the task. */
export const DEFAULT_PROGRAM = 'default';

/** How a network note names a program: the first 16 digits of the md5 sum of its steps as records write them. */
export function programName(steps: readonly TransformStep[]): string {
  return md5Hex(formatSteps(steps)).slice(0, 16);
}

export interface NetworkChoice {
  /** Physical line of the note. */
  readonly line: number;
  /** Program by task key. */
  readonly programs: ReadonlyMap<string, string>;
}

/** The last choice for a model on a target; undefined if there is none. */
export function networkChoice(lines: readonly LogLine[], model: string, target: string): NetworkChoice | undefined {
  const last = lines.findLast((l): l is LogLine & { readonly kind: 'network'; readonly note: NetworkNote } => l.kind === 'network' && l.note.model === model && l.note.target === target);
  return last === undefined ? undefined : { line: last.line, programs: new Map(last.note.tasks.map((t) => [t.key, t.program])) };
}
