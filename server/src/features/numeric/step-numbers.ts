/**
 * What two lists of steps have in common and in which numbers they differ: the structure is everything but the lengths of splits and
 * the unroll limits. The split before an RF step shapes a stage, so that its lengths belong to the structure too.
 */
import type { PragmaStep, SplitStep, TransformStep } from '../../schedule/step.js';

interface Named { readonly id: number; readonly hash: number }

interface StepShape extends Named { readonly numbers: readonly number[] }

const UNROLL = /^auto_unroll_max_step\$(\d+)$/;

/** The numbers of a step; undefined for an open split. */
export function numbersOf(step: TransformStep): readonly number[] | undefined {
  if (step.kind === 'SP') {
    const numbers: number[] = [];
    for (const length of step.lengths) {
      if (length === null) return undefined;
      numbers.push(length);
    }
    return numbers;
  }
  const value = step.kind === 'PR' ? UNROLL.exec(step.pragma) : null;
  return value === null ? [] : [Number(value[1])];
}

export function isUnroll(step: TransformStep): step is PragmaStep {
  return step.kind === 'PR' && UNROLL.test(step.pragma);
}

export function unrollWith(step: PragmaStep, limit: number): PragmaStep {
  return { ...step, pragma: `auto_unroll_max_step$${limit}` };
}

function textOf(step: TransformStep, isShape: boolean): string {
  if (step.kind === 'SP' && !isShape) return JSON.stringify(['SP', step.stage, step.iter, step.lengths.length, step.innerToOuter, step.extent]);
  if (isUnroll(step)) return JSON.stringify(['PR', step.stage, step.iter]);
  return JSON.stringify(step);
}

/** Structures and numbers of lists of steps; remembers steps, which the search shares between its states. */
export class StepNumbers {
  private readonly ids = new Map<string, number>();
  private known = new WeakMap<TransformStep, StepShape>();
  private knownShapes = new WeakMap<TransformStep, StepShape>();
  /** Splits by their parts, packed into one number: their texts are made once, not once a step. */
  private readonly splits = new Map<number, Named>();
  /** Of the last `read`: the numbers one after the other, `count` of them. */
  numbers = new Float64Array(64);
  count = 0;
  /** Of the last structure: the same whatever was read before. */
  hash = 0;

  /** Drops what is remembered of steps. Names stay what they are. */
  forget(): void {
    this.known = new WeakMap();
    this.knownShapes = new WeakMap();
  }

  /** The structure's name, one code unit a step; undefined if a split is open. */
  read(steps: readonly TransformStep[]): string | undefined {
    let name = '';
    let hash = 0;
    this.count = 0;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i] as TransformStep;
      const shape = this.shapeOf(step, step.kind === 'SP' && steps[i + 1]?.kind === 'RF');
      if (shape === undefined) return undefined;
      name += String.fromCharCode(shape.id);
      hash = Math.imul(hash ^ shape.hash, 0x85ebca77);
      hash ^= hash >>> 15;
      const { numbers } = shape;
      for (let k = 0; k < numbers.length; k++) this.push(numbers[k] ?? 0);
    }
    this.hash = hash;
    return name;
  }

  private push(x: number): void {
    if (this.count === this.numbers.length) {
      const bigger = new Float64Array(this.count * 2);
      bigger.set(this.numbers);
      this.numbers = bigger;
    }
    this.numbers[this.count++] = x;
  }

  private shapeOf(step: TransformStep, isShape: boolean): StepShape | undefined {
    const known = isShape ? this.knownShapes : this.known;
    let shape = known.get(step);
    if (shape === undefined) {
      const numbers = numbersOf(step);
      if (numbers === undefined) return undefined;
      const { id, hash } = step.kind === 'SP' && !isShape ? this.split(step) : this.named(textOf(step, isShape));
      shape = { id, hash, numbers };
      known.set(step, shape);
    }
    return shape;
  }

  private split(step: SplitStep): Named {
    const key = packed(step);
    if (key < 0) return this.named(textOf(step, false));
    let named = this.splits.get(key);
    if (named === undefined) this.splits.set(key, named = this.named(textOf(step, false)));
    return named;
  }

  private named(text: string): Named {
    let id = this.ids.get(text);
    if (id === undefined) this.ids.set(text, id = this.ids.size);
    return { id, hash: textHash(text) };
  }
}

/** What `textOf` says of a split in one number; below 0 where it does not fit. */
function packed({ stage, iter, lengths, innerToOuter, extent }: SplitStep): number {
  if (!(isWithin(stage, 1 << 8) && isWithin(iter, 1 << 8) && isWithin(lengths.length, 1 << 4) && isWithin(extent, 2 ** 31))) return -1;
  return (((extent * 256 + stage) * 256 + iter) * 16 + lengths.length) * 2 + (innerToOuter ? 1 : 0);
}

function isWithin(n: number, end: number): boolean {
  return Number.isInteger(n) && n >= 0 && n < end;
}

function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
