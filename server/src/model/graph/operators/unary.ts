/** Element-wise operators of one input. */
import { defined } from '../../../base/assert.js';
import { ok } from '../../../base/result.js';
import { isFloat } from '../../../ir/dtype.js';
import { binary, float, select, type Expr } from '../../../ir/expr.js';
import { clipped, unaryCall } from '../../../dag/operators/elementwise.js';
import type { Lowering } from '../../lowering/lowering.js';
import type { Tensor } from '../../lowering/tensor.js';
import { allocate, type HostTensor } from '../../tensor.js';
import type { Attributes } from '../attributes.js';
import type { GraphNode } from '../graph.js';
import type { Operator } from '../operator.js';
import { optionalNumbers, required } from '../operator-input.js';
import { addBinary, addScalar, addUnary } from './binary.js';
import { clipAnywhere } from './binary-math.js';

const sameType: Operator['infer'] = ({ inputs }) => {
  const x = required(inputs, 0);
  return x.ok ? ok([{ dtype: x.value.dtype, shape: x.value.shape }]) : x;
};

/** Reads the input in the layout that it has and writes the output in the same. */
function lowerInPlace(node: GraphNode, to: Lowering, change: (x: Tensor) => Tensor): void {
  const x = defined(node.inputs[0], 'the input');
  const layout = to.commonLayout([x], x.shape.length);
  to.define(defined(node.outputs[0], 'the output'), change(to.read(x, layout)), layout);
}

function foldEach(compute: (x: number, attributes: Attributes) => number): NonNullable<Operator['fold']> {
  return ({ attributes }, [x], type): HostTensor => {
    const source = defined(x, 'the input').data;
    const data = allocate(type.dtype, source.length);
    for (let i = 0; i < data.length; i++) data[i] = compute(source[i] ?? 0, attributes);
    return { ...type, data };
  };
}

/** `write` gives the expression, `compute` the same on numbers. */
function unary(label: string, stage: string, write: (x: Expr, attributes: Attributes) => Expr, compute: (x: number, attributes: Attributes) => number): Operator {
  return {
    infer: sameType,
    fold: foldEach(compute),
    lower: (node, to) => {
      lowerInPlace(node, to, (x) => addUnary(to, label, stage, x, (e) => write(e, node.attributes)));
      return ok(undefined);
    },
  };
}

export const relu = unary('nn_relu', 'T_relu', (x) => binary('max', x, float(0, x.dtype)), (x) => Math.max(x, 0));
export const sigmoid = unary('sigmoid', 'T_sigmoid', unaryCall('tir.sigmoid'), (x) => 1 / (1 + Math.exp(-x)));
export const tanh = unary('tanh', 'T_tanh', unaryCall('tir.tanh'), Math.tanh);
export const exp = unary('exp', 'T_exp', unaryCall('tir.exp'), Math.exp);
export const sqrt = unary('sqrt', 'T_sqrt', unaryCall('tir.sqrt'), Math.sqrt);
export const neg = unary('negative', 'T_negative', (x) => binary('sub', float(0, x.dtype), x), (x) => -x);
export const leakyRelu = unary(
  'nn_leaky_relu', 'T_leaky_relu',
  (x, a) => select(binary('gt', x, float(0, x.dtype)), x, binary('mul', x, float(a.number('alpha', 0.01), x.dtype))),
  (x, a) => (x > 0 ? x : x * a.number('alpha', 0.01)),
);

/** Erf has no fold: it does not occur in shape arithmetic. */
export const erf: Operator = {
  infer: sameType,
  lower: (node, to) => {
    lowerInPlace(node, to, (x) => addUnary(to, 'erf', 'T_erf', x, unaryCall('tir.erf')));
    return ok(undefined);
  },
};

function addClip(to: Lowering, x: Tensor, low: number | undefined, high: number | undefined): Tensor {
  return addUnary(to, 'clip', 'compute', x, (e) => clipped(e, low, high), 'i');
}

/** Bounds are inputs since operator set 11, attributes before. */
export const clip: Operator = {
  infer: sameType,
  lower: (node, to) => {
    const boundsKnown = [node.inputs[1], node.inputs[2]].every((value) => value === undefined || value.constant !== undefined);
    if (!boundsKnown || !isFloat(defined(node.inputs[0], 'the input').dtype)) return defined(clipAnywhere.lower, 'lowering')(node, to);
    const bound = (index: number, name: string) => optionalNumbers(node.inputs[index], node.attributes.has(name) ? [node.attributes.number(name, 0)] : undefined, `${name} bound`);
    const low = bound(1, 'min');
    if (!low.ok) return low;
    const high = bound(2, 'max');
    if (!high.ok) return high;
    lowerInPlace(node, to, (x) => addClip(to, x, low.value?.[0], high.value?.[0]));
    return ok(undefined);
  },
};

/** clip(alpha * x + beta, 0, 1) */
function addHardSigmoid(to: Lowering, x: Tensor, alpha: number, beta: number): Tensor {
  return addClip(to, addScalar(to, 'add', addScalar(to, 'multiply', x, alpha), beta), 0, 1);
}

export const hardSigmoid: Operator = {
  infer: sameType,
  lower: (node, to) => {
    lowerInPlace(node, to, (x) => addHardSigmoid(to, x, node.attributes.number('alpha', 0.2), node.attributes.number('beta', 0.5)));
    return ok(undefined);
  },
};

/** x * clip(x + 3, 0, 6) / 6, in the order in which the operator library writes it. */
export const hardSwish: Operator = {
  infer: sameType,
  lower: (node, to) => {
    lowerInPlace(node, to, (x) => addBinary(to, 'multiply', x, addScalar(to, 'divide', addClip(to, addScalar(to, 'add', x, 3), 0, 6), 6)));
    return ok(undefined);
  },
};
