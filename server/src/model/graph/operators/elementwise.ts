/** Operators whose output elements are expressions of one element of each input, with numpy's broadcasting. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { compute } from '../../../dag/create.js';
import { broadcastLoad, numberedAxes } from '../../../dag/operators/index-forms.js';
import type { DType } from '../../../ir/dtype.js';
import type { Expr } from '../../../ir/expr.js';
import { broadcastShape } from '../../tensor.js';
import type { Attributes } from '../attributes.js';
import type { Value } from '../graph.js';
import type { Operator, OperatorCall } from '../operator.js';

/** `undefined` stands for an omitted optional input. */
export type Operands = readonly (Expr | undefined)[];

export interface ElementwiseKind {
  /** As relay names it in a task's description. */
  readonly label: string;
  readonly stage: string;
  /** Inputs that must be there; default 1. */
  readonly least?: number;
  /** The type of the result; default: the first input's. */
  readonly type?: (call: OperatorCall) => DType | undefined;
  /** `dtype`: the result's. */
  readonly value: (operands: Operands, context: { readonly attributes: Attributes; readonly dtype: DType; readonly opset: number }) => Expr;
}

/** The common shape of all inputs. */
export function commonShape(inputs: readonly (Value | undefined)[]): Result<readonly number[]> {
  let shape: readonly number[] = [];
  for (const value of inputs) {
    if (value === undefined) continue;
    const next = broadcastShape(shape, value.shape);
    if (next === undefined) return err(`shapes ${inputs.flatMap((v) => (v === undefined ? [] : [`[${v.shape.join(', ')}]`])).join(' and ')} do not broadcast`);
    shape = next;
  }
  return ok(shape);
}

export function elementwise(kind: ElementwiseKind): Operator {
  return {
    infer: (call) => {
      const missing = Array.from({ length: kind.least ?? 1 }, (_, i) => i).find((i) => call.inputs[i] === undefined);
      if (missing !== undefined) return err(`input ${missing} is missing`);
      const shape = commonShape(call.inputs);
      if (!shape.ok) return shape;
      const dtype = kind.type === undefined ? call.inputs[0]?.dtype : kind.type(call);
      return dtype === undefined ? err('its element type is not supported') : ok([{ dtype, shape: shape.value }]);
    },
    lower: (node, to) => {
      const y = defined(node.outputs[0], 'the output');
      const rank = y.shape.length;
      const values = node.inputs.flatMap((value) => value ?? []);
      const layout = to.commonLayout(values, rank);
      const tensors = values.map((value) => to.read(value, layout, rank));
      const whole = tensors.reduce<readonly number[]>((shape, t) => defined(broadcastShape(shape, t.shape), 'a common shape'), new Array<number>(rank).fill(1));
      const dropped = to.leadingToDrop(tensors, whole);
      const shape = whole.slice(dropped);
      const result = to.add({
        label: kind.label, pattern: 'elementwise', inputs: tensors.map((t) => to.alias(t, t.shape.slice(dropped))), output: { dtype: y.dtype, shape },
        build: (buffers) => [compute(kind.stage, shape, numberedAxes('ax', shape.length), (axes) => {
          let next = 0;
          const operands = node.inputs.map((value) => (value === undefined ? undefined : broadcastLoad(defined(buffers[next++], 'an operand'), axes, shape)));
          return kind.value(operands, { attributes: node.attributes, dtype: y.dtype, opset: node.opset });
        })],
      });
      to.define(y, to.alias(result, whole), layout);
      return ok(undefined);
    },
  };
}

/** Of one input: `label` and stage `T_name`. */
export function unaryMath(name: string, value: (x: Expr, attributes: Attributes) => Expr, type?: DType): Operator {
  return elementwise({
    label: name, stage: `T_${name}`, ...(type === undefined ? {} : { type: () => type }),
    value: ([x], { attributes }) => value(defined(x, 'the input'), attributes),
  });
}

/** Of two inputs. */
export function binaryMath(name: string, value: (a: Expr, b: Expr, attributes: Attributes) => Expr, type?: DType): Operator {
  return elementwise({
    label: name, stage: `T_${name}`, least: 2, ...(type === undefined ? {} : { type: () => type }),
    value: ([a, b], { attributes }) => value(defined(a, 'an operand'), defined(b, 'an operand'), attributes),
  });
}
