/**
 * The filter language of the record table: terms, all of which must hold.
 *
 *   @gflops > 200     a number: line trial ms gflops spread repeats steps seconds predicted error
 *   error:timeout     error:none, error:any, a number, or part of an error's name
 *   task:conv         part of the task's name, key or target; "in quotes" with spaces
 *   rule:multiLevelTiling   a rule or step code that left its steps in the record
 *   is:best           fastest of its task so far (is:best), of all (is:winner), with predicted score (is:predicted)
 *   source:borrowed   what the log says of the program: own (searched for here), borrowed, compatible, unverified
 *   -term             not
 *   word              as task:word
 */
import { MEASURE_ERRORS } from '../../records/record.js';
import { SOURCES, type Source } from './sources.js';
import { ruleBits, RULE_NAMES } from './step-kinds.js';

export const NUMBER_FIELDS = ['line', 'trial', 'ms', 'gflops', 'spread', 'repeats', 'steps', 'seconds', 'predicted', 'error'] as const;
export type NumberField = (typeof NUMBER_FIELDS)[number];
export type Comparison = '<' | '<=' | '>' | '>=' | '=' | '!=';
export type Mark = 'best' | 'winner' | 'predicted';

export type Term = { readonly not: boolean } & (
  | { readonly kind: 'number'; readonly field: NumberField; readonly compare: Comparison; readonly value: number }
  /** Error numbers that are asked for. */
  | { readonly kind: 'error'; readonly numbers: readonly number[] }
  /** In lower case. */
  | { readonly kind: 'task'; readonly text: string }
  | { readonly kind: 'rule'; readonly bits: number }
  | { readonly kind: 'source'; readonly source: Source }
  | { readonly kind: 'is'; readonly mark: Mark });

/** `start` and `end` are places in the text, from 0. `message` has English words with {0} for `argument`: the caller translates. */
export interface FilterProblem { readonly start: number; readonly end: number; readonly message: string; readonly argument: string }
export type ParsedFilter = { readonly terms: readonly Term[]; readonly problem?: undefined } | { readonly problem: FilterProblem };

const TOKEN = /\s+|(-?)(?:@([A-Za-z]*)\s*(<=|>=|!=|==|<|>|=|:)?\s*([^\s<>=!"]*)|([A-Za-z]+):(?:"([^"]*)"|([^\s"]*))|"([^"]*)"|([^\s"]+))/y;

const SHORT: Readonly<Record<string, readonly number[]>> = Object.freeze({ none: [0], any: [1, 2, 3, 4, 5, 6, 7, 8], timeout: [6, 7], compile: [2, 3], wrong: [5], crash: [4], instantiation: [1] });

export function parseFilter(text: string): ParsedFilter {
  const terms: Term[] = [];
  for (let at = 0; at < text.length;) {
    TOKEN.lastIndex = at;
    const m = TOKEN.exec(text);
    if (m === null) return { problem: { start: at, end: text.length, message: 'A quotation mark is not closed.', argument: '' } };
    const end = TOKEN.lastIndex;
    if (m[0].trim() !== '') {
      const term = readTerm(m);
      if ('message' in term) return { problem: { start: at, end, message: term.message, argument: term.argument } };
      terms.push(term);
    }
    at = end;
  }
  return { terms };
}

type Wrong = Pick<FilterProblem, 'message' | 'argument'>;

function readTerm(m: RegExpExecArray): Term | Wrong {
  const not = m[1] === '-';
  const [, , field, compare, value, name, quoted, plain, phrase, word] = m;
  if (field !== undefined) return readNumber(not, field.toLowerCase(), compare, value ?? '');
  if (name === undefined) return { kind: 'task', not, text: (phrase ?? word ?? '').toLowerCase() };
  const wanted = quoted ?? plain ?? '';
  if (wanted === '') return { message: '"{0}:" needs a value after the colon.', argument: name };
  switch (name.toLowerCase()) {
    case 'task': return { kind: 'task', not, text: wanted.toLowerCase() };
    case 'error': return readError(not, wanted.toLowerCase());
    case 'rule': case 'step': {
      const bits = ruleBits(wanted);
      return bits === undefined ? { message: `There is no rule or step "{0}". Rules: ${RULE_NAMES.join(', ')}.`, argument: wanted } : { kind: 'rule', not, bits };
    }
    case 'source': {
      const source = SOURCES.find((x) => x === wanted.toLowerCase());
      return source === undefined ? { message: '"source:{0}" is unknown: source:own, source:borrowed, source:compatible or source:unverified.', argument: wanted } : { kind: 'source', not, source };
    }
    case 'is': {
      const mark = (['best', 'winner', 'predicted'] as const).find((x) => x === wanted.toLowerCase());
      return mark === undefined ? { message: '"is:{0}" is unknown: is:best, is:winner or is:predicted.', argument: wanted } : { kind: 'is', not, mark };
    }
    default: return { message: `"{0}:" is unknown: task:, error:, rule:, is:, source:, or @ with a number (${NUMBER_FIELDS.map((f) => `@${f}`).join(' ')}).`, argument: name };
  }
}

function readNumber(not: boolean, name: string, compare: string | undefined, value: string): Term | Wrong {
  const field = NUMBER_FIELDS.find((f) => f === name);
  if (field === undefined) return { message: `"@{0}" is unknown: ${NUMBER_FIELDS.map((f) => `@${f}`).join(' ')}.`, argument: name };
  if (compare === undefined) return { message: '"@{0}" needs a comparison, such as > 200.', argument: name };
  const number = value === '' ? NaN : Number(value.replace(/%$/, ''));
  if (Number.isNaN(number)) return { message: '"{0}" is not a number.', argument: value };
  const sign = (['<', '<=', '>', '>=', '=', '!='] as const).find((c) => c === compare) ?? '=';
  return { kind: 'number', not, field, compare: sign, value: value.endsWith('%') ? number / 100 : number };
}

function readError(not: boolean, wanted: string): Term | Wrong {
  const numbers = SHORT[wanted] ?? (/^[0-8]$/.test(wanted) ? [Number(wanted)] : MEASURE_ERRORS.flatMap((name, i) => (name.replace(/ /g, '-').includes(wanted.replace(/ /g, '-')) ? [i] : [])));
  return numbers.length === 0 ? { message: `No error is called "{0}": none, any, ${MEASURE_ERRORS.slice(1).map((e) => e.replace(/ /g, '-')).join(', ')}, or 1 to 8.`, argument: wanted } : { kind: 'error', not, numbers };
}
