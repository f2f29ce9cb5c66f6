/**
 * What becomes of an extent that depends on data (graph.ts, RunTimeExtent) in operators that do not ask for it themselves. Operators that
 * treat each index of that axis alone compute the whole bound and hand the extent on; what they make of the elements behind it is not
 * read by anybody. Everything else is refused with the tensor's name.
 */
import { defined } from '../../base/assert.js';
import { err, ok, type Result } from '../../base/result.js';
import { elementCount } from '../../ir/buffer.js';
import { isFloat, type DType } from '../../ir/dtype.js';
import { limits } from '../../ir/scalar.js';
import { dtypeOf } from '../onnx/decode-tensor.js';
import { hostTensor, type TensorType } from '../tensor.js';
import { Emitter, int, type Expansion } from './expansion.js';
import type { RunTimeExtent, Value } from './graph.js';
import type { OperatorCall } from './operator.js';
import { axisOf, constantNumbers } from './operator-input.js';
import { commonCount, extentProblem } from './operators/procedure-operator.js';

/** By output: the axis with the extent; undefined where it is not kept. */
type Carry = (call: OperatorCall, types: readonly TensorType[]) => readonly (number | undefined)[] | undefined;

const ELEMENTWISE = `Abs Acos Acosh Add And Asin Asinh Atan Atanh BitCast BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast CastLike Ceil Celu Clip Cos Cosh DequantizeLinear
Div Elu Equal Erf Exp Floor Gelu Greater GreaterOrEqual HardSigmoid HardSwish Identity IsInf IsNaN LeakyRelu Less LessOrEqual Log Max Mean Min Mish Mod Mul Neg Not Or
PRelu Pow QuantizeLinear Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Sub Sum Swish Tan Tanh ThresholdedRelu Where Xor Dropout`.split(/\s+/);
const REDUCTIONS = ['ArgMax', 'ArgMin', 'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSum', 'ReduceSumSquare'];
const VIEWS = ['Flatten', 'Squeeze', 'Unsqueeze'];

/** Broadcast from the right; other operands must not have an extent of their own there. */
const elementwise: Carry = ({ inputs }, types) => {
  const shape = types[0]?.shape ?? [];
  let axis: number | undefined;
  for (const value of inputs) {
    if (value?.extent === undefined) continue;
    const own = value.extent.axis + shape.length - value.shape.length;
    if (axis !== undefined && axis !== own) return undefined;
    axis = own;
  }
  const along = axis;
  if (along === undefined) return undefined;
  const fits = inputs.every((value) => {
    const at = value === undefined ? -1 : along - shape.length + value.shape.length;
    return value === undefined || value.extent !== undefined || at < 0 || value.shape[at] === 1;
  });
  const bound = inputs.find((value) => value?.extent !== undefined);
  return fits && bound?.extent !== undefined && bound.shape[bound.extent.axis] === shape[along] ? types.map(() => along) : undefined;
};

/** The extent of the first input alone, where `axisIn` keeps it. */
function first(keep: (axis: number, x: Value, call: OperatorCall, types: readonly TensorType[]) => number | undefined): Carry {
  return (call, types) => {
    const [x, ...others] = call.inputs;
    if (x?.extent === undefined || others.some((value) => value?.extent !== undefined)) return undefined;
    const axis = keep(x.extent.axis, x, call, types);
    return axis === undefined ? undefined : types.map(() => axis);
  };
}

/** A dimension that stands behind as many elements as before. */
const view = first((axis, x, _, types) => {
  const shape = types[0]?.shape ?? [];
  const before = elementCount(x.shape.slice(0, axis));
  const to = shape.findIndex((extent, i) => extent === x.shape[axis] && elementCount(shape.slice(0, i)) === before);
  return to < 0 ? undefined : to;
});

/** A literal extent in Reshape's shape would be wrong in most runs. */
const reshape: Carry = (call, types) => {
  const axes = view(call, types);
  const at = axes?.[0];
  const shape = call.inputs[1];
  const target = at === undefined || shape?.constant === undefined ? undefined : constantNumbers(shape, 'shape');
  const wanted = target?.ok === true ? target.value[at ?? 0] : undefined;
  return wanted === undefined || wanted === -1 || wanted === 0 ? axes : undefined;
};

const reduction = first((axis, x, call, types) => {
  const given = call.inputs[1] === undefined ? call.attributes.ints('axes') ?? (call.attributes.has('axis') ? [call.attributes.number('axis', 0)] : undefined) : undefined;
  const constant = call.inputs[1] === undefined ? ok(given) : constantNumbers(call.inputs[1], 'axes');
  if (!constant.ok || constant.value === undefined) return undefined;
  const axes = constant.value.map((one) => (one < 0 ? one + x.shape.length : one));
  if (axes.includes(axis) || axes.length === 0) return undefined;
  const kept = (types[0]?.shape.length ?? 0) === x.shape.length;
  return kept ? axis : axis - axes.filter((one) => one < axis).length;
});

/** One axis, or all from it on, is worked on as a whole. */
function except(otherwise: number, from: boolean): Carry {
  return first((axis, x, { attributes, opset }) => {
    const given = attributes.number('axis', otherwise === -1 && opset < 13 && !from ? 1 : otherwise);
    const along = given < 0 ? given + x.shape.length : given;
    return (from || opset < 13 ? axis < along : axis !== along) ? axis : undefined;
  });
}

const gather: Carry = ({ inputs: [x, indices], attributes }, types) => {
  if (x === undefined || indices === undefined) return undefined;
  const axis = axisOf(attributes.number('axis', 0), x.shape.length);
  if (!axis.ok || (x.extent !== undefined && indices.extent !== undefined && x.extent.axis !== axis.value)) return undefined;
  if (indices.extent !== undefined) return types.map(() => axis.value + (indices.extent?.axis ?? 0));
  const own = x.extent?.axis ?? axis.value;
  // Along the axis itself nothing of the extent is left; indices are counted from its end by an expansion below.
  if (own === axis.value) return [undefined];
  return types.map(() => (own < axis.value ? own : own + indices.shape.length - 1));
};

/** Rows of the first operand. */
const product: Carry = first((axis, x, { attributes }) => (axis < x.shape.length - 1 && attributes.number('transA', 0) === 0 ? axis : undefined));

const concat: Carry = ({ inputs, attributes }, types) => {
  const rank = types[0]?.shape.length ?? 0;
  const axis = axisOf(attributes.number('axis', 0), rank);
  const own = inputs.find((value) => value?.extent !== undefined)?.extent?.axis;
  return axis.ok && own !== undefined && axis.value !== own && inputs.every((value) => value?.extent?.axis === own) ? [own] : undefined;
};

const RULES: ReadonlyMap<string, Carry> = new Map<string, Carry>([
  ...[...ELEMENTWISE].map((op): [string, Carry] => [op, elementwise]),
  ...REDUCTIONS.map((op): [string, Carry] => [op, reduction]),
  ...VIEWS.map((op): [string, Carry] => [op, view]), ['Reshape', reshape],
  ['Transpose', first((axis, x, { attributes }) => {
    const order = attributes.ints('perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i);
    return order.indexOf(axis);
  })],
  ['Slice', first((axis, x, _, types) => (types[0]?.shape[axis] === x.shape[axis] ? axis : undefined))],
  ['Split', first((axis, x, { attributes }) => (attributes.number('axis', 0) + (attributes.number('axis', 0) < 0 ? x.shape.length : 0) !== axis ? axis : undefined))],
  ['Softmax', except(-1, false)], ['LogSoftmax', except(-1, false)], ['Hardmax', except(-1, false)], ['LayerNormalization', except(-1, true)], ['RMSNormalization', except(-1, true)],
  ['Gather', gather], ['MatMul', product], ['Gemm', product], ['Concat', concat],
  ['GatherND', ({ inputs: [x, indices] }, types) => (x?.extent === undefined && indices?.extent !== undefined && indices.extent.axis < indices.shape.length - 1 ? types.map(() => indices.extent?.axis) : undefined)],
  ['GatherElements', ({ inputs: [x, indices] }, types) => (x?.extent === undefined && indices?.extent !== undefined ? types.map(() => indices.extent?.axis) : undefined)],
]);

export function carriedExtents(op: string, call: OperatorCall, types: readonly TensorType[]): Result<readonly (RunTimeExtent | undefined)[]> {
  const from = call.inputs.find((value) => value?.extent !== undefined);
  if (from === undefined || call.attributes.has(FILLED)) return ok([]);
  // What is chosen from an axis has its indices' extent, whatever that axis has.
  const count = commonCount(op === 'Gather' && call.inputs[1]?.extent !== undefined ? call.inputs.slice(1) : call.inputs);
  if (!count.ok) return count;
  const axes = RULES.get(op)?.(call, types);
  if (axes === undefined || count.value === undefined) return err(extentProblem(from));
  const of = count.value;
  return ok(axes.map((axis) => (axis === undefined ? undefined : { axis, count: of })));
}

function vector(emit: Emitter, values: readonly number[]): Value {
  return emit.constant(hostTensor('int64', [values.length], values));
}

/** Shape of a value with such an extent: known in a run only. */
function shapeOf(at: Expansion): readonly Value[] | undefined {
  const x = at.inputs[0];
  if (x?.extent === undefined) return undefined;
  const emit = new Emitter(at);
  const { axis, count } = x.extent;
  const attribute = (name: string, otherwise: number): number => {
    const given = at.node.attributes.get(name);
    return given?.kind === 'int' ? given.value : otherwise;
  };
  const clamp = (n: number): number => Math.min(Math.max(n < 0 ? n + x.shape.length : n, 0), x.shape.length);
  const [start, end] = [clamp(attribute('start', 0)), clamp(attribute('end', x.shape.length))];
  const parts: Value[] = [];
  if (start >= end || axis < start || axis >= end) return [vector(emit, x.shape.slice(start, end))];
  if (axis > start) parts.push(vector(emit, x.shape.slice(start, axis)));
  parts.push(emit.op('Reshape', [count, vector(emit, [1])]));
  if (end > axis + 1) parts.push(vector(emit, x.shape.slice(axis + 1, end)));
  return [parts.length === 1 && parts[0] !== undefined ? parts[0] : emit.op('Concat', parts, { axis: int(0) })];
}

function sizeOf(at: Expansion): readonly Value[] | undefined {
  const x = at.inputs[0];
  if (x?.extent === undefined) return undefined;
  const emit = new Emitter(at);
  const rest = elementCount(x.shape.filter((_, i) => i !== x.extent?.axis));
  return [emit.op('Mul', [x.extent.count, emit.constant(hostTensor('int64', [], [rest]))])];
}

/** Marks a Gather whose indices have been counted from the start. */
const FROM_START = '#from_start';

/** Indices of a dimension whose extent depends on data are counted from that extent where they are negative. */
function gatherFrom(at: Expansion): readonly Value[] | undefined {
  const [x, indices] = at.inputs;
  const given = at.node.attributes.get('axis');
  const axis = given?.kind === 'int' ? given.value : 0;
  if (x?.extent === undefined || indices === undefined || x.extent.axis !== (axis < 0 ? axis + x.shape.length : axis)) return undefined;
  const loaded = indices.constant?.load();
  if (at.node.attributes.has(FROM_START) || (loaded?.ok === true && loaded.value.data.every((index) => index >= 0))) return undefined;
  const emit = new Emitter(at);
  const wide = emit.op('Cast', [indices], { to: int(7) });
  const zero = emit.constant(hostTensor('int64', [], [0]));
  const from0 = emit.op('Where', [emit.op('Less', [wide, zero]), emit.op('Add', [wide, x.extent.count]), wide]);
  // Below the first element lies nothing; a negative index would be counted from the bound.
  return [emit.op('Gather', [x, emit.op('Max', [from0, zero])], { axis: int(axis), [FROM_START]: int(1) })];
}

/** Marks a Where that makes the elements behind the extent known: what comes of it has the whole bound. */
const FILLED = '#filled';

/** What a reduction sees of the elements behind the extent. */
const NEUTRAL: Readonly<Record<string, (dtype: DType) => number>> = {
  ReduceL1: () => 0, ReduceL2: () => 0, ReduceSum: () => 0, ReduceSumSquare: () => 0, ReduceProd: () => 1,
  ReduceMax: (dtype) => (isFloat(dtype) ? -Infinity : limits(dtype)[0]), ReduceMin: (dtype) => (isFloat(dtype) ? Infinity : limits(dtype)[1]),
};

/** ONNX's number of an element type. */
function codeOf(dtype: DType): number {
  return defined(Array.from({ length: 17 }, (_, code) => code).find((code) => dtypeOf(code) === dtype), 'a number of ONNX');
}

/** The axes that a reduction names, counted from 0; undefined: those are not known, or the operator is no reduction like these. */
function reducedAxes({ node, inputs: [x, given] }: Expansion): readonly number[] | undefined {
  const named = node.attributes.get('axes');
  const constant = given === undefined ? ok(named?.kind === 'ints' ? named.value : []) : constantNumbers(given, 'axes');
  if (!constant.ok || x === undefined) return undefined;
  const keeps = node.attributes.get('noop_with_empty_axes');
  if (constant.value.length === 0) return keeps?.kind === 'int' && keeps.value === 1 ? [] : x.shape.map((_, i) => i);
  return constant.value.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
}

/** A reduction along the axis whose extent depends on data: the elements behind the extent become neutral; a mean is divided by the elements that there are. */
function reduceOver(at: Expansion): readonly Value[] | undefined {
  const [x] = at.inputs;
  const mean = at.node.op === 'ReduceMean';
  const neutral = NEUTRAL[mean ? 'ReduceSum' : at.node.op];
  const axes = reducedAxes(at);
  if (x?.extent === undefined || neutral === undefined || axes?.includes(x.extent.axis) !== true) return undefined;
  const { axis, count } = x.extent;
  const emit = new Emitter(at);
  const places = emit.constant(hostTensor('int64', x.shape.map((extent, i) => (i === axis ? extent : 1)), Float64Array.from({ length: x.shape[axis] ?? 0 }, (_, i) => i)));
  const filled = emit.op('Where', [emit.op('Less', [places, count]), x, emit.constant(hostTensor(x.dtype, [], [neutral(x.dtype)]))], { [FILLED]: int(1) });
  const kept = at.node.attributes.get('keepdims');
  const result = emit.op(mean ? 'ReduceSum' : at.node.op, [filled, vector(emit, axes)], { keepdims: int(kept?.kind === 'int' ? kept.value : 1) });
  if (!mean) return [result];
  const others = elementCount(axes.filter((one) => one !== axis).map((one) => x.shape[one] ?? 1));
  return [emit.op('Div', [result, emit.op('Cast', [emit.op('Mul', [count, emit.constant(hostTensor('int64', [], [others]))])], { to: int(codeOf(x.dtype)) })])];
}

/** The places (int64) at which `mask`, a vector, holds: as many as there are. */
function placesOf(emit: Emitter, mask: Value): Value {
  return emit.op('Reshape', [emit.op('NonZero', [mask]), vector(emit, [-1])]);
}

/** Which of a dimension's `bound` places lie before the extent: bool of shape [bound]. */
function before(emit: Emitter, bound: number, count: Value): Value {
  return emit.op('Less', [vector(emit, Array.from({ length: bound }, (_, i) => i)), count]);
}

/** Parts joined along dimensions that depend on data: all of their bounds are joined, then what lies before each one's extent is chosen. */
function joinAlong(at: Expansion): readonly Value[] | undefined {
  const parts = at.inputs.flatMap((value) => value ?? []);
  const given = at.node.attributes.get('axis');
  const rank = parts[0]?.shape.length ?? 0;
  const named = given?.kind === 'int' ? given.value : 0;
  const axis = named < 0 ? named + rank : named;
  if (at.node.attributes.has(FILLED) || !parts.some(({ extent }) => extent?.axis === axis) || parts.some(({ extent }) => extent !== undefined && extent.axis !== axis)) return undefined;
  const emit = new Emitter(at);
  const masks = parts.map(({ shape, extent }) => {
    const bound = shape[axis] ?? 0;
    return extent === undefined ? emit.constant(hostTensor('bool', [bound], new Float64Array(bound).fill(1))) : before(emit, bound, extent.count);
  });
  const joined = emit.op('Concat', parts, { axis: int(axis), [FILLED]: int(1) });
  return [emit.op('Gather', [joined, placesOf(emit, emit.op('Concat', masks, { axis: int(0) }))], { axis: int(axis) })];
}

/** Nodes that stand for others where an input has such an extent; undefined: the operator itself serves. */
export const EXTENT_EXPANSIONS: ReadonlyMap<string, (at: Expansion) => readonly Value[] | undefined> = new Map([
  ['Shape', shapeOf], ['Size', sizeOf], ['Gather', gatherFrom], ['Concat', joinAlong], ...[...Object.keys(NEUTRAL), 'ReduceMean'].map((op): [string, (at: Expansion) => readonly Value[] | undefined] => [op, reduceOver]),
]);
