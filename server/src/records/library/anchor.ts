/** What the generators of the operator library make: the stages of an operator up to where element-wise tails begin (spec key-resolution, section 3). */
import { placeholder } from '../../dag/create.js';
import type { Op, PlaceholderOp } from '../../dag/op.js';
import type { Buffer } from '../../ir/buffer.js';
import type { DType } from '../../ir/dtype.js';

export type Shape = readonly number[];

/**
 * How texts of a time call things: `old` is the scheme with shapes in the text; `word` and `numbered` are the newer one, whose
 * inputs are all called `placeholder`, and later `p0`, `p1`, ...
 */
export type Era = 'old' | 'word' | 'numbered';

/** Shapes of an operator: all inputs in order of discovery (an anchor takes the first ones) and the output. */
export interface Problem {
  readonly inputs: readonly Shape[];
  readonly out: Shape;
  readonly era: Era;
  readonly dtype: DType;
}

export interface Anchor {
  /** For people, e.g. `conv2d NHWC 3x3`. */
  readonly family: string;
  /** In stage order, inputs among them. */
  readonly ops: readonly Op[];
  readonly output: Buffer;
  /** How many inputs of the problem it takes. */
  readonly inputs: number;
  /** Axes of the output along which a bias may vary; undefined: any. */
  readonly channelAxes?: readonly number[];
  /** What the newer keys do not say and was chosen, in words. */
  readonly assumptions: readonly string[];
  /** Of stages whose reduction extents the old texts print as they were written, not as numbers. */
  readonly extentTexts?: ReadonlyMap<Op, readonly string[]>;
}

/** The anchors of one family for these shapes, likely ones first. */
export type Family = (problem: Problem) => Iterable<Anchor>;

/** Input number `k` of a problem. */
export function inputOf(problem: Pick<Problem, 'era' | 'dtype'>, k: number, shape: Shape, constant = false): PlaceholderOp {
  return placeholder(problem.era === 'numbered' ? `p${k}` : 'placeholder', shape, problem.dtype, { constant });
}

export function sameShape(a: Shape | undefined, b: Shape | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length && a.every((extent, i) => extent === b[i]);
}

/** Whether the inputs after the first `taken` can be operands of element-wise stages, so that a family that takes no more is worth trying. */
export function othersFit({ inputs, out }: Problem, taken: number): boolean {
  return inputs.slice(taken).every((shape) => {
    const missing = out.length - shape.length;
    if (missing > 0 && shape.length === 1 && out.includes(shape[0] ?? 0)) return true;
    return missing >= 0 && shape.every((extent, i) => extent === 1 || extent === out[i + missing]);
  });
}
