/** What differs between two schedules: their steps, matched with each other, and texts line by line. */
import type { RecordField, StepRecord } from '../schedule/steps/definition.js';
import { stepDefinition } from '../schedule/steps/index.js';
import type { TransformStep } from '../schedule/step.js';
import { align, type Aligned } from './align.js';

/** A step of either schedule with its position in it, from 1, and its sentence. */
export interface NumberedStep { readonly number: number; readonly record: StepRecord; readonly sentence: string }

export function numberSteps(steps: readonly TransformStep[], sentences: readonly string[]): readonly NumberedStep[] {
  return steps.map((step, i) => ({ number: i + 1, record: stepDefinition(step.kind).toRecord(step), sentence: sentences[i] ?? '' }));
}

/** Equal steps first; then steps of one kind that work on the same stage, then those on another. */
export function diffSteps<S extends NumberedStep>(a: readonly S[], b: readonly S[]): readonly Aligned<S>[] {
  return align(a, b, (x, y) => {
    const [kind, ...fields] = x.record;
    const [otherKind, ...others] = y.record;
    if (kind !== otherKind) return 2;
    const equal = fields.map((field, i) => sameField(field, others[i]));
    if (equal.every(Boolean)) return 0;
    return equal[0] === true ? 1 : 1.75;
  });
}

function sameField(a: RecordField, b: RecordField | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export function diffLines(a: string, b: string): readonly Aligned<string>[] {
  const lines = (text: string): string[] => text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined);
  return align(lines(a), lines(b), (x, y) => (x === y ? 0 : 2));
}

/** Lines with `-`, `+` or a blank before them; of equal ones only `context` beside those that differ, `...` for the rest. Empty: no difference. */
export function diffText(lines: readonly Aligned<string>[], context = 3): string {
  const near = (i: number): boolean => lines.slice(Math.max(0, i - context), i + context + 1).some((l) => l.kind !== 'same');
  const out: string[] = [];
  lines.forEach((l, i) => {
    if (l.kind !== 'same') out.push(l.kind === 'added' ? `+${l.b}` : l.kind === 'removed' ? `-${l.a}` : `-${l.a}\n+${l.b}`);
    else if (near(i)) out.push(` ${l.a}`);
    else if (out.length > 0 && out.at(-1) !== '...') out.push('...');
  });
  while (out.at(-1) === '...') out.pop();
  return out.join('\n');
}
