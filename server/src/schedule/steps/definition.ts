/**
 * What every transform step says about itself. One file per kind exports one such object; the table in `index.ts` has them all,
 * so that a new kind does not compile until its file is written.
 */
import type { Result } from '../../base/result.js';
import type { State } from '../state.js';
import type { StepKind, TransformStep } from '../step.js';

/** A field of a step in a record. */
export type RecordField = string | number | readonly number[];
/** A step in a record: the kind, then its fields. */
export type StepRecord = readonly [StepKind, ...RecordField[]];

/** What is wrong with a step of a record: `field` is its index in the step's array (0 is the kind). */
export interface FieldError { readonly field: number; readonly message: string }

/** Translates a sentence with `{name}` holes; `english` fills the holes of the sentence as it stands. */
export interface PrintContext { t(sentence: string, values: Readonly<Record<string, string | number>>): string }

export const english: PrintContext = {
  t: (sentence, values) => sentence.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole)),
};

/** One step at work: `prior` (record form) leads to the state text `before`, then `step` to `after`. */
export interface StepExample {
  readonly tc: string;
  readonly prior: readonly StepRecord[];
  readonly step: StepRecord;
  readonly before: string;
  readonly after: string;
}

export interface StepDefinition<S extends TransformStep> {
  readonly kind: S['kind'];
  /** One word or two for headings, e.g. `split`. */
  readonly title: string;
  /** The fields after the kind, as a record has them. */
  readonly fields: readonly string[];
  /** What the step does, in a sentence or two, for documentation. */
  readonly summary: string;
  /** The state after the step. Throws ScheduleError if the step is illegal here. */
  apply(state: State, step: S): State;
  /** One sentence in words; `state` is the one before the step. Never throws for a step that can be applied. */
  print(state: State, step: S, ctx: PrintContext): string;
  toRecord(step: S): StepRecord;
  /** Strict: exact number of fields, exact types. */
  fromRecord(record: readonly unknown[]): Result<S, FieldError>;
  readonly example: StepExample;
}
