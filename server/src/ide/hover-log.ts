/** What a hover over a line of a tuning log says: plain Markdown, sentences in the user's language. */
import type { ComputeDag } from '../dag/compute-dag.js';
import { dagFlops } from '../dag/flops.js';
import type { AutoTvmRecord } from '../records/autotvm.js';
import { readNote, type LogNote, type TaskNote, type TrialNote, type TrialSource } from '../records/comments.js';
import { jsonOffset } from '../records/json-locate.js';
import { decodeWorkloadKey } from '../records/keys.js';
import { resolveKey, type Resolution, type ResolutionIndex } from '../records/library/resolve.js';
import { DEFAULT_PROGRAM } from '../records/network-choice.js';
import { readRecordLine } from '../records/read-line.js';
import type { MeasureRecord } from '../records/record.js';
import { EDITOR_COMMANDS, type RecordRef } from '../protocol/editor-commands.js';
import type { PrintContext } from '../schedule/steps/definition.js';
import { stepDefinition } from '../schedule/steps/index.js';
import { explainSteps } from './explain-steps.js';
import { trialNoteOf } from './log-text.js';
import { code, commandLink, fence, plain, table } from './markdown.js';
import { resultWords } from './result-words.js';

export interface LogHoverInput {
  /** The log's note about the task of a workload key. */
  readonly taskNote: (workloadKey: string) => TaskNote | undefined;
  /** The hovered line's text, its number from 1, and the lines after it (a few are enough). */
  readonly line: string;
  readonly number: number;
  readonly following: readonly string[];
  /** Offset in the line, in UTF-16 units. */
  readonly column: number;
  /** The DAG of an operator in the `.tc` language; undefined if it cannot be read. */
  readonly parse: (tc: string) => ComputeDag | undefined;
  /** What is known of keys already, so that a second hover is quick. */
  readonly keys?: ResolutionIndex;
  /** The document, and the physical line of the task's best record if it is known: gives links to what can be done with the record. `pages`: its loop tree and comparisons can be opened. */
  readonly place?: { readonly uri: string; readonly best: number | undefined; readonly pages: boolean };
  /** Why the record says little about this machine. */
  readonly elsewhere?: readonly string[];
}

const MOST_STATE_LINES = 60;

/** Undefined: nothing to say about this line. Never throws for any text. */
export function hoverLog(input: LogHoverInput, ctx: PrintContext): string | undefined {
  if (input.line.startsWith('#')) {
    const note = readNote(input.line);
    return typeof note === 'object' ? hoverNote(note, ctx) : undefined;
  }
  const read = readRecordLine(input.line);
  if (!read.ok) return undefined;
  return read.value.kind === 'record' ? hoverRecord(read.value.record, input, ctx) : hoverAutoTvm(read.value.record, input, ctx);
}

// Steps are counted from 0, as records count them where one step refers to another.

/** The step that the cursor stands in. */
function stepAt(line: string, column: number, count: number): number | undefined {
  if (column >= jsonOffset(line, ['r'])) return undefined;
  let found: number | undefined;
  for (let k = 0; k < count && jsonOffset(line, ['i', 1, 1, k]) <= column; k++) found = k;
  return found;
}

function shorten(text: string, { t }: PrintContext): string {
  const lines = text.trimEnd().split('\n');
  if (lines.length <= MOST_STATE_LINES) return lines.join('\n');
  return [...lines.slice(0, MOST_STATE_LINES), t('... {count} more lines', { count: lines.length - MOST_STATE_LINES })].join('\n');
}

/** Where the record was measured if not here, and what can be done with it. `tree`: it has a loop tree. */
function standing({ place, number, elsewhere = [] }: LogHoverInput, tree: boolean, { t }: PrintContext): readonly string[] {
  const parts = elsewhere.length > 0 ? [`⚠ ${t('Measured elsewhere: {reasons}', { reasons: plain(elsewhere.join('; ')) })}`] : [];
  if (place === undefined) return parts;
  const { uri, best } = place;
  const shown = tree && place.pages;
  const here: RecordRef = { uri, line: number };
  const links = shown ? [commandLink(t('Show loop tree', {}), EDITOR_COMMANDS.showLoopTree, here)] : [];
  if (best === number) links.push(`★ ${t('best of its task', {})}`);
  else if (best !== undefined) {
    if (shown) links.push(commandLink(t('Compare with best', {}), EDITOR_COMMANDS.compareRecords, { left: { uri, line: best }, right: here }));
    links.push(commandLink(t('Go to best (line {line})', { line: best }), EDITOR_COMMANDS.revealRecord, { uri, line: best }));
  }
  return links.length === 0 ? parts : [...parts, links.join(' · ')];
}

function hoverRecord(record: MeasureRecord, input: LogHoverInput, ctx: PrintContext): string {
  const { t } = ctx;
  const note = input.taskNote(record.workloadKey);
  const trial = trialNoteOf(input.following, input.number);
  const written = note === undefined ? undefined : input.parse(note.tc);
  const resolution = written === undefined ? resolveKey(record, input.keys) : undefined;
  const found = resolution === undefined || resolution.kind === 'unresolved' ? undefined : resolution;
  const dag = written ?? found?.dag;
  const focus = stepAt(input.line, input.column, record.steps.length);
  const explained = explainSteps(record.steps, dag, focus, ctx);
  const name = note?.name || found?.name || decodeWorkloadKey(record.workloadKey)?.name || record.workloadKey;
  const parts = [`**${plain(name)}** · ${plain(resultWords(record.result, note?.flops || (dag === undefined ? undefined : dagFlops(dag)), ctx))}`];
  if (trial?.error !== undefined) parts.push(fence(shorten(trial.error, ctx)));
  if (trial?.source !== undefined) parts.push(sourceWords(trial, trial.source, ctx));
  parts.push(code(record.target), ...standing(input, true, ctx));
  const focused = focus === undefined ? undefined : record.steps[focus];
  if (focused !== undefined) {
    const definition = stepDefinition(focused.kind);
    parts.push(`${t('Step {number}', { number: focus ?? 0 })}: ${code(focused.kind)} ${plain(definition.title)}. ${plain(definition.summary)}`);
  }
  parts.push(explained.sentences.length === 0
    ? t('No transform steps: the naive program.', {})
    : explained.sentences.map((sentence, k) => `${k}. ${k === focus ? `**${plain(sentence)}**` : plain(sentence)}`).join('\n'));
  if (explained.problem !== undefined) parts.push(`⚠ ${t('Step {number} cannot be applied: {reason}', { number: explained.problem.step, reason: plain(explained.problem.message) })}`);
  if (explained.before !== undefined && explained.after !== undefined && explained.sentences.length > 0) {
    parts.push(`${t('Loops before', {})}\n${fence(shorten(explained.before, ctx))}`, `${t('Loops after', {})}\n${fence(shorten(explained.after, ctx))}`);
  }
  if (resolution !== undefined) parts.push(originWords(resolution, ctx));
  return parts.join('\n\n');
}

/** Where a program is from that was not searched for, and what its run here is worth. */
function sourceWords({ confirms }: TrialNote, { log, line, from, factor, unverified }: TrialSource, { t }: PrintContext): string {
  const place = log === undefined ? t('line {line} of this log', { line }) : t('line {line} of {log}', { line, log: plain(log) });
  const whose = {
    model: t('Borrowed from another model: {place}.', { place }), machine: t('Borrowed from another machine: {place}.', { place }), target: t('Borrowed from another target of this machine: {place}.', { place }),
    compatible: factor === undefined ? t('Tried because it was good for sizes that divide these: {place}.', { place }) : t('Tried because it was good for sizes that divide these, with {factor} times less work: {place}.', { place, factor }),
  }[from];
  return [
    `↷ ${whose}`,
    ...(unverified === true ? [t('Unverified: its workload key does not say the whole operator.', {})] : []),
    ...(confirms === undefined ? [] : [t('Because of this run, {count} borrowed programs count as trials.', { count: confirms })]),
  ].join(' ');
}

/** Where the operator of a record is from that the log does not hold. */
function originWords(resolution: Resolution, { t }: PrintContext): string {
  switch (resolution.kind) {
    case 'exact': return `*${t('The log does not hold this operator. It was found by its workload key, which says all of it.', {})}*`;
    case 'assumed':
      return `*${t('The log does not hold this operator. It was found by its workload key, which leaves something open. Assumed:', {})}*\n${resolution.assumptions.map((one) => `- ${plain(one)}`).join('\n')}`;
    case 'unresolved': return `*${t('The log does not hold this operator, so that stages and iterators have numbers only.', {})} ${plain(resolution.reason)}.*`;
  }
}

function hoverAutoTvm(record: AutoTvmRecord, input: LogHoverInput, ctx: PrintContext): string {
  const knobs = record.knobs.map((knob): readonly [string, string] => [knob.name, JSON.stringify(knob.value)]);
  return [`**AutoTVM ${plain(record.taskName)}** · ${plain(resultWords(record.result, undefined, ctx))}`, code(record.target), ...standing(input, false, ctx), table([ctx.t('Knob', {}), ctx.t('Value', {})], knobs)].join('\n\n');
}

function hoverNote(note: LogNote, { t }: PrintContext): string | undefined {
  switch (note.kind) {
    case 'session': {
      const { version, target, host, compiler, seed } = note.note;
      const rows: (readonly [string, string])[] = [[t('Target', {}), target]];
      if (host !== undefined) rows.push([t('Machine', {}), `${host.cpu}, ${t('{count} cores', { count: host.cores })}`]);
      if (compiler !== undefined) rows.push([t('Compiler', {}), compiler]);
      if (seed !== undefined) rows.push([t('Seed', {}), String(seed)]);
      return `${t('A tuning session of Ansor {version} starts here.', { version: plain(version) })}\n\n${table(['', ''], rows)}`;
    }
    case 'task':
      return `**${plain(note.note.name || t('Task', {}))}** · ${t('{count} MFLOP', { count: Number((note.note.flops / 1e6).toPrecision(4)) })}\n\n${fence(note.note.tc.trimEnd(), 'ansor-tc')}`;
    case 'trial': {
      const { line, rule, verdict, predicted, error } = note.note;
      const rows: (readonly [string, string])[] = [];
      if (verdict !== undefined) rows.push([t('Verdict', {}), verdict]);
      if (rule !== undefined) rows.push([t('Rule', {}), rule]);
      if (predicted !== undefined) rows.push([t('Predicted score', {}), String(predicted)]);
      return [t('About the trial at line {line}', { line }), ...(rows.length > 0 ? [table(['', ''], rows)] : []), ...(error !== undefined ? [fence(error)] : [])].join('\n\n');
    }
    case 'network': {
      const rules = note.note.tasks.filter((task) => task.program === DEFAULT_PROGRAM).length;
      return t('Measured in the whole network: which program each of {count} tasks uses there; {rules} use that of the default rules.', { count: note.note.tasks.length, rules });
    }
    case 'extended': return undefined;
  }
}
