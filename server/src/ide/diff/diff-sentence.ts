/** What changed between two schedules and what it brought, in one sentence. */
import type { Aligned } from '../align.js';
import type { NumberedStep } from '../diff-schedules.js';
import type { RecordFigures } from '../../protocol/loop-tree-view.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { threeDigits, timeText } from '../result-words.js';

export interface StagedStep extends NumberedStep {
  /** Name of the stage that it works on. */
  readonly stage: string;
  /** Of a split: name of the loop that it splits, if it is known. */
  readonly loop?: string | undefined;
}

export interface Outcome {
  /** Time of the right one relative to the left one's; null if one has none. */
  readonly ratio: number | null;
  readonly withinNoise: boolean;
}

/** Kinds of changes that are named; the others are counted. */
const MOST_NAMED = 4;
/** Splits of one stage whose sizes are named. */
const MOST_SPLITS = 3;

export function outcome(left: RecordFigures, right: RecordFigures): Outcome {
  if (left.meanMs === null || right.meanMs === null || left.meanMs <= 0) return { ratio: null, withinNoise: false };
  return { ratio: right.meanMs / left.meanMs, withinNoise: Math.abs(right.meanMs - left.meanMs) <= Math.max(halfSpread(left), halfSpread(right)) };
}

/** Milliseconds. A single repeat says nothing of its noise. */
function halfSpread({ minMs, maxMs }: RecordFigures): number {
  return minMs === null || maxMs === null ? 0 : (maxMs - minMs) / 2;
}

export function diffSentence(steps: readonly Aligned<StagedStep>[], left: RecordFigures, right: RecordFigures, ctx: PrintContext): string {
  const { t } = ctx;
  const changes = changeWords(steps, ctx);
  const named = changes.slice(0, MOST_NAMED);
  if (changes.length > named.length) named.push(t('{count} other changes', { count: changes.length - named.length }));
  const changed = named.length === 0 ? t('The same schedule', {}) : capital(named.join(', '));
  return `${changed}: ${broughtWords(left, right, ctx)}.`;
}

function broughtWords(left: RecordFigures, right: RecordFigures, { t }: PrintContext): string {
  const { ratio, withinNoise } = outcome(left, right);
  if (left.meanMs === null && right.meanMs === null) return t('neither ran', {});
  if (left.meanMs === null) return t('the left one failed, the right one takes {time}', { time: timeText((right.meanMs ?? 0) / 1e3) });
  if (right.meanMs === null) return t('the right one failed, the left one takes {time}', { time: timeText(left.meanMs / 1e3) });
  const times = { before: timeText(left.meanMs / 1e3), after: timeText(right.meanMs / 1e3) };
  if (ratio === null || ratio === 1) return t('no difference in time ({before})', times);
  if (withinNoise) return t('{before} against {after}, a difference within the spread of the measurements', times);
  return ratio < 1
    ? t('{factor} times as fast, {before} → {after}', { ...times, factor: threeDigits(1 / ratio) })
    : t('{factor} times as slow, {before} → {after}', { ...times, factor: threeDigits(ratio) });
}

/** One phrase for each kind of change and stage, the weightiest first. */
function changeWords(steps: readonly Aligned<StagedStep>[], ctx: PrintContext): string[] {
  const phrases = new Map<string, number>();
  for (const pair of steps) {
    if (pair.kind === 'same') continue;
    const found = pair.kind === 'changed' ? changedWords(pair.a, pair.b, steps, ctx) : pair.kind === 'added' ? oneSided(pair.b, true, ctx) : oneSided(pair.a, false, ctx);
    if (found !== undefined && !phrases.has(found.words)) phrases.set(found.words, found.weight);
  }
  return [...phrases].sort((a, b) => b[1] - a[1]).map(([words]) => words);
}

/** Extents of the loops that a split makes, from the outside, such as `128×1×2×2`. */
function tileSizes({ record: [, , , extent, lengths, innerToOuter] }: StagedStep): string {
  const parts = Array.isArray(lengths) ? lengths.map(Number) : [];
  const rest = Math.ceil(Number(extent) / parts.reduce((n, part) => n * part, 1));
  return (innerToOuter === 1 ? [rest, ...parts] : [...parts, rest]).join('×');
}

/** What became of the tiles of a stage, split by split: `i 128×1×2×2 → 32×1×4×4; j ...`. */
function splitWords(stage: string, steps: readonly Aligned<StagedStep>[]): string {
  const splits = steps.flatMap((pair) => {
    if (pair.kind !== 'changed' || pair.b.record[0] !== 'SP' || pair.b.stage !== stage) return [];
    const { a, b } = pair;
    return [`${b.loop === undefined ? '' : `${b.loop} `}${tileSizes(a)} → ${tileSizes(b)}`];
  });
  return [...splits.slice(0, MOST_SPLITS), ...(splits.length > MOST_SPLITS ? ['…'] : [])].join('; ');
}

interface Phrase { readonly words: string; readonly weight: number }

function changedWords(a: StagedStep, b: StagedStep, steps: readonly Aligned<StagedStep>[], { t }: PrintContext): Phrase | undefined {
  const [kind] = b.record;
  const stage = b.stage;
  switch (kind) {
    case 'SP': return { words: t('other tile sizes of {stage} ({sizes})', { stage, sizes: splitWords(stage, steps) }), weight: 6 };
    case 'FSP': case 'FFSP': return undefined;
    case 'PR': return { words: t('{stage} is unrolled up to {after} instead of {before} statements', { stage, before: unroll(a), after: unroll(b) }), weight: 5 };
    case 'CA': return { words: t('{stage} is computed at another loop', { stage }), weight: 7 };
    case 'AN': return { words: t('other loops of {stage} are marked', { stage }), weight: 4 };
    case 'FU': return { words: t('other loops of {stage} are fused', { stage }), weight: 3 };
    case 'RE': return { words: t('another order of the loops of {stage}', { stage }), weight: 3 };
    default: return { words: t('other steps of {stage}', { stage }), weight: 2 };
  }
}

/** Of a step that only the right one has (`added`), or only the left one. */
function oneSided({ record, stage }: StagedStep, added: boolean, { t }: PrintContext): Phrase | undefined {
  switch (record[0]) {
    case 'CHW': case 'CHR': return { words: added ? t('{stage} gets a copy in faster memory', { stage }) : t('no copy of {stage} in faster memory', { stage }), weight: 8 };
    case 'RF': return { words: added ? t('the reduction of {stage} is factored', { stage }) : t('the reduction of {stage} is not factored', { stage }), weight: 8 };
    case 'CI': return { words: added ? t('{stage} is inlined', { stage }) : t('{stage} is not inlined', { stage }), weight: 7 };
    case 'CA': return { words: added ? t('{stage} is computed inside of another stage', { stage }) : t('{stage} is not computed inside of another stage', { stage }), weight: 7 };
    case 'CR': return { words: t('{stage} is computed at another place', { stage }), weight: 7 };
    case 'SP': return { words: added ? t('{stage} is split more', { stage }) : t('{stage} is split less', { stage }), weight: 6 };
    case 'PR': return { words: added ? t('{stage} is unrolled', { stage }) : t('{stage} is not unrolled', { stage }), weight: 5 };
    case 'AN': return { words: t('other loops of {stage} are marked', { stage }), weight: 4 };
    case 'FSP': case 'FFSP': return undefined;
    default: return { words: t('other steps of {stage}', { stage }), weight: 2 };
  }
}

function unroll({ record }: StagedStep): string {
  return String(record[3]).split('$')[1] ?? '0';
}

function capital(text: string): string {
  return text.replace(/^\p{Ll}/u, (c) => c.toUpperCase());
}
