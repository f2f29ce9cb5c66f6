/** Outputs whose elements each come from one expression over the inputs' elements. */
import { defined } from '../../../base/assert.js';
import { compute } from '../../../dag/create.js';
import { numberedAxes } from '../../../dag/operators/index-forms.js';
import type { Buffer } from '../../../ir/buffer.js';
import { int, load, type Expr } from '../../../ir/expr.js';
import type { TensorType } from '../../tensor.js';
import type { OutputPlan } from './tensor-operator.js';

/** `element` gives the value at an output index. */
export function elementMap(label: string, type: TensorType, element: (inputs: Inputs, at: readonly Expr[]) => Expr): OutputPlan {
  return {
    label, pattern: 'injective', dtype: type.dtype, shape: type.shape,
    stages: (buffers) => [compute(`T_${label}`, type.shape, numberedAxes('ax', type.shape.length), (at) => element(inputsOf(buffers), at))],
  };
}

/** Access to a node's inputs inside a stage. */
export interface Inputs {
  readonly has: (index: number) => boolean;
  readonly buffer: (index: number) => Buffer;
  readonly at: (index: number, indices: readonly Expr[]) => Expr;
  /** The only element. */
  readonly scalar: (index: number) => Expr;
}

export function inputsOf(buffers: readonly (Buffer | undefined)[]): Inputs {
  const buffer = (index: number): Buffer => defined(buffers[index], `input ${index}`);
  return {
    has: (index) => buffers[index] !== undefined,
    buffer,
    at: (index, indices) => load(buffer(index), indices),
    scalar: (index) => load(buffer(index), buffer(index).shape.map(() => int(0))),
  };
}
