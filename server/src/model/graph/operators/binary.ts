/** Element-wise operators of two inputs with numpy's broadcasting. */
import { defined } from '../../../base/assert.js';
import { err, ok } from '../../../base/result.js';
import { elementCount } from '../../../ir/buffer.js';
import { isFloat } from '../../../ir/dtype.js';
import { binary, float, int, type BinaryOp, type Expr } from '../../../ir/expr.js';
import { broadcastStage, unaryStage } from '../../../dag/operators/elementwise.js';
import type { Lowering } from '../../lowering/lowering.js';
import type { Tensor } from '../../lowering/tensor.js';
import { allocate, broadcastShape, broadcastStrides, gathered, type HostTensor, type TensorType } from '../../tensor.js';
import type { Value } from '../graph.js';
import type { Operator } from '../operator.js';
import { constantNumbers, required } from '../operator-input.js';

interface BinaryKind {
  /** As relay names it in a task's description. */
  readonly label: string;
  readonly stage: string;
  readonly op: BinaryOp;
  readonly commutative: boolean;
}

const KINDS = {
  add: { label: 'add', stage: 'T_add', op: 'add', commutative: true },
  subtract: { label: 'subtract', stage: 'T_subtract', op: 'sub', commutative: false },
  multiply: { label: 'multiply', stage: 'T_multiply', op: 'mul', commutative: true },
  divide: { label: 'divide', stage: 'T_divide', op: 'div', commutative: false },
  maximum: { label: 'maximum', stage: 'T_maximum', op: 'max', commutative: true },
  minimum: { label: 'minimum', stage: 'T_minimum', op: 'min', commutative: true },
} as const satisfies Record<string, BinaryKind>;

export type BinaryName = keyof typeof KINDS;

/** `a op b` of tensors of equal rank. */
export function addBinary(to: Lowering, name: BinaryName, a: Tensor, b: Tensor): Tensor {
  const kind = KINDS[name];
  const whole = defined(broadcastShape(a.shape, b.shape), 'a common shape');
  const dropped = to.leadingToDrop([a, b], whole);
  const shape = whole.slice(dropped);
  const inputs = [a, b].map((operand) => to.alias(operand, operand.shape.slice(dropped)));
  const result = to.add({
    label: kind.label, pattern: 'elementwise', commutative: kind.commutative, inputs, output: { dtype: a.dtype, shape },
    build: ([x, y]) => [broadcastStage(kind.stage, kind.op, defined(x, 'an operand'), defined(y, 'an operand'), shape)],
  });
  return to.alias(result, whole);
}

/** `a op scalar`, the scalar written into the expression; or `scalar op a`. */
export function addScalar(to: Lowering, name: BinaryName, a: Tensor, scalar: number, scalarFirst = false): Tensor {
  const kind = KINDS[name];
  const imm = isFloat(a.dtype) ? float(scalar, a.dtype) : int(scalar, a.dtype);
  return addUnary(to, kind.label, kind.stage, a, (e) => (scalarFirst ? binary(kind.op, imm, e) : binary(kind.op, e, imm)));
}

/** One stage `stage = value(x)`; `prefix` names the axes. */
export function addUnary(to: Lowering, label: string, stage: string, x: Tensor, value: (x: Expr) => Expr, prefix = 'ax'): Tensor {
  const input = to.asComputed(x) ?? to.alias(x, x.shape.slice(to.leadingToDrop([x], x.shape)));
  const result = to.add({
    label, pattern: 'elementwise', inputs: [input], output: { dtype: x.dtype, shape: input.shape },
    build: ([operand]) => [unaryStage(stage, defined(operand, 'the operand'), value, prefix)],
  });
  return to.alias(result, x.shape);
}

function inferBroadcast(inputs: readonly (Value | undefined)[], dtype?: TensorType['dtype']): ReturnType<Operator['infer']> {
  const a = required(inputs, 0);
  if (!a.ok) return a;
  const b = required(inputs, 1);
  if (!b.ok) return b;
  if (inputs.length > 2) return err(`${inputs.length} inputs are not supported, only two`);
  const shape = broadcastShape(a.value.shape, b.value.shape);
  if (shape === undefined) return err(`shapes [${a.value.shape.join(', ')}] and [${b.value.shape.join(', ')}] do not broadcast`);
  if (a.value.dtype !== b.value.dtype) return err(`its inputs have the types ${a.value.dtype} and ${b.value.dtype}`);
  return ok([{ dtype: dtype ?? a.value.dtype, shape }]);
}

function foldBroadcast(inputs: readonly (HostTensor | undefined)[], type: TensorType, compute: (a: number, b: number) => number): HostTensor {
  const spread = inputs.slice(0, 2).map((t) => {
    const tensor = defined(t, 'an operand');
    return gathered(tensor, type.shape, broadcastStrides(tensor.shape, type.shape)).data;
  });
  const data = allocate(type.dtype, elementCount(type.shape));
  for (let i = 0; i < data.length; i++) data[i] = compute(spread[0]?.[i] ?? 0, spread[1]?.[i] ?? 0);
  return { ...type, data };
}

/** An operator that runs in the network, and in shape arithmetic. `compute` is for integers too: division truncates there. */
export function binaryOperator(name: BinaryName, compute: (a: number, b: number) => number): Operator {
  return {
    infer: ({ inputs }) => inferBroadcast(inputs),
    fold: (_, inputs, type) => foldBroadcast(inputs, type, isFloat(type.dtype) ? compute : (a, b) => Math.trunc(compute(a, b))),
    lower: (node, to) => {
      const [a, b] = [defined(node.inputs[0], 'an operand'), defined(node.inputs[1], 'an operand')];
      const y = defined(node.outputs[0], 'the output');
      const rank = y.shape.length;
      const layout = to.commonLayout([a, b], rank);
      const scalar = [a, b].find((v) => v.constant !== undefined && elementCount(v.shape) === 1);
      if (scalar !== undefined) {
        const value = constantNumbers(scalar, 'operand');
        if (!value.ok) return value;
        const other = scalar === a ? b : a;
        const commutes = KINDS[name].commutative;
        to.define(y, addScalar(to, name, to.read(other, layout, rank), value.value[0] ?? 0, scalar === a && !commutes), layout);
        return ok(undefined);
      }
      to.define(y, addBinary(to, name, to.read(a, layout, rank), to.read(b, layout, rank)), layout);
      return ok(undefined);
    },
  };
}
