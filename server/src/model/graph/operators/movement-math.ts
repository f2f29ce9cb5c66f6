/** Operators that place elements elsewhere: Expand, Tile, Pad, Split, Trilu, Gather..., DepthToSpace, CenterCropPad, TensorScatter. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { as, atLeast, atMost, both, by, clamp, equal, indexInto, less, minus, modulus, number, plus, quotient, smaller, times } from '../../../dag/operators/scalar-forms.js';
import { cast, ifThenElse, int, select, type Expr } from '../../../ir/expr.js';
import { dtypeOf } from '../../onnx/decode-tensor.js';
import { broadcastShape } from '../../tensor.js';
import type { Operator, OperatorCall } from '../operator.js';
import { axisOf, constantNumbers, optionalNumbers, required } from '../operator-input.js';
import { elementMap } from './element-map.js';
import { tensorOperator, type OutputPlan } from './tensor-operator.js';

/** One output with the first input's type. */
function moving(plan: (call: OperatorCall, shape: readonly number[]) => Result<Pick<OutputPlan, 'label' | 'shape'> & { readonly element: Parameters<typeof elementMap>[2] }>): Operator {
  return tensorOperator((call) => {
    const x = required(call.inputs, 0);
    if (!x.ok) return x;
    const planned = plan(call, x.value.shape);
    if (!planned.ok) return planned;
    const { label, shape, element } = planned.value;
    return ok([elementMap(label, { dtype: x.value.dtype, shape }, element)]);
  });
}

/** Elements of input `index`, which must be constant. */
export function numbersAt(call: OperatorCall, index: number, role: string): Result<readonly number[]> {
  const value = required(call.inputs, index);
  return value.ok ? constantNumbers(value.value, role) : value;
}

/** All axes counted from 0; default: all of them. */
export function axesFrom0(given: readonly number[] | undefined, rank: number): Result<readonly number[]> {
  const axes: number[] = [];
  for (const one of given ?? Array.from({ length: rank }, (_, i) => i)) {
    const axis = axisOf(one, rank);
    if (!axis.ok) return axis;
    axes.push(axis.value);
  }
  return ok(axes);
}

export const expandMath = moving((call, extents) => {
  const wanted = numbersAt(call, 1, 'shape');
  if (!wanted.ok) return wanted;
  const shape = broadcastShape(extents, wanted.value);
  if (shape === undefined) return err(`[${extents.join(', ')}] does not expand to [${wanted.value.join(', ')}]`);
  const lift = shape.length - extents.length;
  return ok({ label: 'broadcast_to', shape, element: (x, at) => x.at(0, extents.map((extent, i) => (extent === 1 ? int(0) : at[i + lift] ?? int(0)))) });
});

const tile = moving((call, extents) => {
  const repeats = numbersAt(call, 1, 'repeats');
  if (!repeats.ok) return repeats;
  if (repeats.value.length !== extents.length) return err(`${repeats.value.length} repeats for ${extents.length} dimensions`);
  const shape = extents.map((extent, i) => extent * (repeats.value[i] ?? 1));
  return ok({ label: 'tile', shape, element: (x, at) => x.at(0, at.map((axis, i) => (shape[i] === extents[i] ? axis : by(modulus, axis, extents[i] ?? 1)))) });
});

interface Pads { readonly before: readonly number[]; readonly shape: readonly number[] }

function padsOf(call: OperatorCall, extents: readonly number[]): Result<Pads> {
  const rank = extents.length;
  const pads = optionalNumbers(call.inputs[1], call.attributes.ints('pads'), 'pads');
  if (!pads.ok) return pads;
  const named = optionalNumbers(call.inputs[3], undefined, 'axes');
  if (!named.ok) return named;
  const axes = axesFrom0(named.value, rank);
  if (!axes.ok) return axes;
  const given = pads.value ?? [];
  if (given.length !== 2 * axes.value.length) return err(`${given.length} pads for ${axes.value.length} axes`);
  const before = new Array<number>(rank).fill(0);
  const shape = extents.slice();
  axes.value.forEach((axis, i) => {
    before[axis] = given[i] ?? 0;
    shape[axis] = (extents[axis] ?? 0) + (given[i] ?? 0) + (given[i + axes.value.length] ?? 0);
  });
  return ok({ before, shape });
}

/** Where the element of padding comes from. */
function paddedIndex(mode: string, source: Expr, extent: number): Expr {
  if (mode === 'edge') return clamp(source, int(0), int(extent - 1));
  if (mode === 'wrap') return by(modulus, source, extent);
  if (extent === 1) return int(0);
  const period = 2 * (extent - 1);
  const turn = by(modulus, source, period);
  return smaller(smaller(turn, minus(int(period), turn)), int(extent - 1));
}

export const pad = moving((call, extents) => {
  const pads = padsOf(call, extents);
  if (!pads.ok) return pads;
  const { before, shape } = pads.value;
  const mode = call.attributes.text('mode', 'constant');
  return ok({
    label: mode === 'constant' ? 'pad' : `${mode}_pad`, shape,
    element: (x, at) => {
      const changed = (i: number): boolean => before[i] !== 0 || shape[i] !== extents[i];
      const source = at.map((axis, i) => (before[i] === 0 ? axis : by(minus, axis, before[i] ?? 0)));
      if (mode !== 'constant') return x.at(0, source.map((e, i) => (changed(i) ? paddedIndex(mode, e, extents[i] ?? 1) : e)));
      const inside = source.flatMap((e, i) => (changed(i) ? [by(atLeast, e, 0), by(less, e, extents[i] ?? 0)] : []));
      const { dtype } = x.buffer(0);
      const filler = x.has(2) ? x.scalar(2) : number(call.attributes.number('value', 0), dtype);
      return inside.length === 0 ? x.at(0, source) : ifThenElse(inside.reduce(both), x.at(0, source), filler);
    },
  });
});

const split = tensorOperator((call) => {
  const x = required(call.inputs, 0);
  if (!x.ok) return x;
  const { dtype, shape: extents } = x.value;
  const axis = axisOf(call.attributes.number('axis', 0), extents.length);
  if (!axis.ok) return axis;
  const given = optionalNumbers(call.inputs[1], call.attributes.ints('split'), 'split');
  if (!given.ok) return given;
  const total = extents[axis.value] ?? 0;
  const count = call.attributes.number('num_outputs', call.outputCount);
  const part = Math.ceil(total / count);
  const parts = given.value ?? Array.from({ length: count }, (_, i) => Math.max(0, Math.min(part, total - i * part)));
  if (parts.reduce((a, b) => a + b, 0) !== total) return err(`the parts [${parts.join(', ')}] do not add up to ${total}`);
  let start = 0;
  return ok(parts.map((extent): OutputPlan => {
    const from = start;
    start += extent;
    return elementMap('split', { dtype, shape: extents.map((n, i) => (i === axis.value ? extent : n)) }, (inputs, at) => inputs.at(0, at.map((e, i) => (i === axis.value && from > 0 ? by(plus, e, from) : e))));
  }));
});

const trilu = moving((call, extents) => {
  const rank = extents.length;
  if (rank < 2) return err('it needs an input of rank 2 or more');
  const upper = call.attributes.number('upper', 1) === 1;
  return ok({
    label: 'trilu', shape: extents,
    element: (x, at) => {
      const diagonal = minus(at[rank - 1] ?? int(0), at[rank - 2] ?? int(0));
      const k = x.has(1) ? cast('int32', x.scalar(1)) : int(0);
      return select(upper ? atLeast(diagonal, k) : atMost(diagonal, k), x.at(0, at), number(0, x.buffer(0).dtype));
    },
  });
});

const eyeLike = tensorOperator((call) => {
  const x = required(call.inputs, 0);
  if (!x.ok) return x;
  const dtype = call.attributes.has('dtype') ? dtypeOf(call.attributes.number('dtype', 0)) : x.value.dtype;
  if (dtype === undefined || x.value.shape.length !== 2) return err('it needs a matrix and a supported type');
  const k = call.attributes.number('k', 0);
  return ok([elementMap('eye', { dtype, shape: x.value.shape }, (_, [row = int(0), column = int(0)]) => select(equal(column, by(plus, row, k)), number(1, dtype), number(0, dtype)))]);
});

const oneHot = tensorOperator((call) => {
  const indices = required(call.inputs, 0);
  if (!indices.ok) return indices;
  const values = required(call.inputs, 2);
  if (!values.ok) return values;
  const depth = numbersAt(call, 1, 'depth');
  if (!depth.ok) return depth;
  const extents = indices.value.shape;
  const axis = axisOf(call.attributes.number('axis', -1), extents.length + 1);
  if (!axis.ok) return axis;
  const count = Math.trunc(depth.value[0] ?? 0);
  const shape = [...extents.slice(0, axis.value), count, ...extents.slice(axis.value)];
  return ok([elementMap('one_hot', { dtype: values.value.dtype, shape }, (x, at) => {
    const chosen = as('int32', x.at(0, at.filter((_, i) => i !== axis.value)));
    const from0 = select(by(less, chosen, 0), by(plus, chosen, count), chosen);
    return select(equal(from0, at[axis.value] ?? int(0)), x.at(2, [int(1)]), x.at(2, [int(0)]));
  })]);
});

const gatherElementsMath = tensorOperator((call) => {
  const x = required(call.inputs, 0);
  if (!x.ok) return x;
  const indices = required(call.inputs, 1);
  if (!indices.ok) return indices;
  const axis = axisOf(call.attributes.number('axis', 0), x.value.shape.length);
  if (!axis.ok) return axis;
  return ok([elementMap('gather', { dtype: x.value.dtype, shape: indices.value.shape }, (inputs, at) =>
    inputs.at(0, at.map((e, i) => (i === axis.value ? indexInto(inputs.at(1, at), x.value.shape[i] ?? 1) : e))))]);
});

const gatherND = tensorOperator((call) => {
  const x = required(call.inputs, 0);
  if (!x.ok) return x;
  const indices = required(call.inputs, 1);
  if (!indices.ok) return indices;
  const batch = call.attributes.number('batch_dims', 0);
  const extents = x.value.shape;
  const outer = indices.value.shape.slice(0, -1);
  const depth = indices.value.shape[outer.length] ?? 1;
  if (batch + depth > extents.length) return err(`${depth} indices for ${extents.length - batch} dimensions`);
  return ok([elementMap('gather_nd', { dtype: x.value.dtype, shape: [...outer, ...extents.slice(batch + depth)] }, (inputs, at) => {
    const place = at.slice(0, outer.length);
    const chosen = Array.from({ length: depth }, (_, k) => indexInto(inputs.at(1, [...place, int(k)]), extents[batch + k] ?? 1));
    return inputs.at(0, [...place.slice(0, batch), ...chosen, ...at.slice(outer.length)]);
  })]);
});

const reverseSequence = moving((call, extents) => {
  const time = call.attributes.number('time_axis', 0);
  const batch = call.attributes.number('batch_axis', 1);
  return ok({
    label: 'reverse_sequence', shape: extents,
    element: (x, at) => {
      const length = as('int32', x.at(1, [at[batch] ?? int(0)]));
      const t = at[time] ?? int(0);
      const turned = clamp(minus(by(minus, length, 1), t), int(0), int((extents[time] ?? 1) - 1));
      return x.at(0, at.map((e, i) => (i === time ? select(less(t, length), turned, t) : e)));
    },
  });
});

const depthToSpace = moving((call, [n = 1, c = 1, h = 1, w = 1]) => {
  const b = call.attributes.number('blocksize', 1);
  const channels = c / (b * b);
  const columnsFirst = call.attributes.text('mode', 'DCR') === 'CRD';
  return ok({
    label: 'depth_to_space', shape: [n, channels, h * b, w * b],
    element: (x, [i = int(0), ch = int(0), y = int(0), z = int(0)]) => {
      const block = plus(by(times, by(modulus, y, b), b), by(modulus, z, b));
      const channel = columnsFirst ? plus(by(times, ch, b * b), block) : plus(by(times, block, channels), ch);
      return x.at(0, [i, channel, by(quotient, y, b), by(quotient, z, b)]);
    },
  });
});

const spaceToDepth = moving((call, [n = 1, c = 1, h = 1, w = 1]) => {
  const b = call.attributes.number('blocksize', 1);
  return ok({
    label: 'space_to_depth', shape: [n, c * b * b, h / b, w / b],
    element: (x, [i = int(0), ch = int(0), y = int(0), z = int(0)]) => {
      const block = by(quotient, ch, c);
      return x.at(0, [i, by(modulus, ch, c), plus(by(times, y, b), by(quotient, block, b)), plus(by(times, z, b), by(modulus, block, b))]);
    },
  });
});

const centerCropPad = moving((call, extents) => {
  const wanted = numbersAt(call, 1, 'shape');
  if (!wanted.ok) return wanted;
  const axes = axesFrom0(call.attributes.ints('axes'), extents.length);
  if (!axes.ok) return axes;
  const shape = extents.slice();
  axes.value.forEach((axis, i) => { shape[axis] = wanted.value[i] ?? shape[axis] ?? 0; });
  // Index of the input at output index 0: rounded towards what ONNX crops and pads less.
  const offset = shape.map((extent, i) => {
    const more = (extents[i] ?? 0) - extent;
    return more >= 0 ? Math.floor(more / 2) : -Math.floor(-more / 2);
  });
  return ok({
    label: 'center_crop_pad', shape,
    element: (x, at) => {
      const source = at.map((e, i) => (offset[i] === 0 ? e : by(plus, e, offset[i] ?? 0)));
      const inside = source.flatMap((e, i) => ((shape[i] ?? 0) > (extents[i] ?? 0) ? [by(atLeast, e, 0), by(less, e, extents[i] ?? 0)] : []));
      return inside.length === 0 ? x.at(0, source) : ifThenElse(inside.reduce(both), x.at(0, source), number(0, x.buffer(0).dtype));
    },
  });
});

const tensorScatter = moving((call, extents) => {
  const axis = axisOf(call.attributes.number('axis', -2), extents.length);
  if (!axis.ok) return axis;
  const update = required(call.inputs, 1);
  if (!update.ok) return update;
  const circular = call.attributes.text('mode', 'linear') === 'circular';
  const length = update.value.shape[axis.value] ?? 1;
  const capacity = extents[axis.value] ?? 1;
  return ok({
    label: 'tensor_scatter', shape: extents,
    element: (x, at) => {
      const start = x.has(2) ? as('int32', x.at(2, [at[0] ?? int(0)])) : int(0);
      const behind = minus(at[axis.value] ?? int(0), start);
      const place = circular ? by(modulus, behind, capacity) : behind;
      const written = both(by(atLeast, place, 0), by(less, place, length));
      return ifThenElse(written, x.at(1, at.map((e, i) => (i === axis.value ? place : e))), x.at(0, at));
    },
  });
});

/** start, start + delta, ... below `limit`; all three are constants, so that the result is one too. */
const range = tensorOperator((call) => {
  const start = required(call.inputs, 0);
  if (!start.ok) return start;
  const parts: number[] = [];
  for (const [i, role] of ['start', 'limit', 'delta'].entries()) {
    const value = numbersAt(call, i, role);
    if (!value.ok) return value;
    parts.push(value.value[0] ?? 0);
  }
  const [first = 0, limit = 0, delta = 1] = parts;
  const { dtype } = start.value;
  if (delta === 0) return err('a delta of 0 is impossible');
  return ok([elementMap('arange', { dtype, shape: [Math.max(0, Math.ceil((limit - first) / delta))] }, (_, [i = int(0)]) => by(plus, by(times, as(dtype, i), delta), first))]);
});

export const MOVEMENT_OPERATORS: Readonly<Record<string, Operator>> = {
  CenterCropPad: centerCropPad, DepthToSpace: depthToSpace, EyeLike: eyeLike, GatherND: gatherND, OneHot: oneHot, Pad: pad, Range: range,
  ReverseSequence: reverseSequence, SpaceToDepth: spaceToDepth, Split: split, TensorScatter: tensorScatter, Tile: tile, Trilu: trilu,
};

/** The folding form for large constants with the expressions for what is computed. */
export function withLowering(folding: Operator, math: Operator): Operator {
  return { ...folding, lower: defined(math.lower, 'lowering') };
}

export const gatherElementsLowering = gatherElementsMath;
