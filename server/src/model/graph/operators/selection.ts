/** Operators that choose elements: Gather, Slice, and GatherElements (on constants only). */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { elementCount } from '../../../ir/buffer.js';
import { sliceStage, takeStage, type SliceRange } from '../../../dag/operators/movement.js';
import type { Lowering } from '../../lowering/lowering.js';
import type { Tensor } from '../../lowering/tensor.js';
import { allocate, gathered, stridesOf } from '../../tensor.js';
import type { Operator, OperatorCall } from '../operator.js';
import { axisOf, constantNumbers, optionalNumbers, required } from '../operator-input.js';

/** Gather along one axis; negative indices count from the end. */
export const gather: Operator = {
  infer: ({ inputs, attributes }) => {
    const x = required(inputs, 0);
    if (!x.ok) return x;
    const indices = required(inputs, 1);
    if (!indices.ok) return indices;
    const axis = axisOf(attributes.number('axis', 0), x.value.shape.length);
    if (!axis.ok) return axis;
    const shape = [...x.value.shape.slice(0, axis.value), ...indices.value.shape, ...x.value.shape.slice(axis.value + 1)];
    return ok([{ dtype: x.value.dtype, shape }]);
  },
  fold: ({ attributes }, [x, indices], type) => {
    const tensor = defined(x, 'the data');
    const at = defined(indices, 'the indices');
    const axis = axisOf(attributes.number('axis', 0), tensor.shape.length);
    const along = axis.ok ? axis.value : 0;
    const extent = tensor.shape[along] ?? 1;
    const inner = elementCount(tensor.shape.slice(along + 1));
    const outer = elementCount(tensor.shape.slice(0, along));
    const data = allocate(type.dtype, elementCount(type.shape));
    let next = 0;
    for (let o = 0; o < outer; o++) {
      for (const index of at.data) {
        const from = (o * extent + (index < 0 ? index + extent : index)) * inner;
        data.set(tensor.data.subarray(from, from + inner), next);
        next += inner;
      }
    }
    return { ...type, data };
  },
  lower: (node, to) => {
    const [x, indices] = [defined(node.inputs[0], 'the data'), defined(node.inputs[1], 'the indices')];
    const y = defined(node.outputs[0], 'the output');
    const axis = axisOf(node.attributes.number('axis', 0), x.shape.length);
    if (!axis.ok) return axis;
    const data = to.read(x, 'plain');
    if (indices.constant !== undefined && elementCount(indices.shape) === 1) {
      const chosen = constantNumbers(indices, 'indices');
      if (!chosen.ok) return chosen;
      const index = chosen.value[0] ?? 0;
      const extent = x.shape[axis.value] ?? 1;
      const ranges = x.shape.map((size, i): SliceRange => (i === axis.value ? { start: index < 0 ? index + extent : index, step: 1, extent: 1 } : { start: 0, step: 1, extent: size }));
      to.define(y, to.alias(addSlice(to, data, ranges), y.shape), 'plain');
      return ok(undefined);
    }
    const tensor = to.add({
      label: 'take', pattern: 'injective', inputs: [data, to.read(indices, 'plain')], output: { dtype: y.dtype, shape: y.shape },
      build: ([from, at]) => [takeStage(defined(from, 'the data'), defined(at, 'the indices'), axis.value)],
    });
    to.define(y, tensor, 'plain');
    return ok(undefined);
  },
};

function addSlice(to: Lowering, data: Tensor, ranges: readonly SliceRange[]): Tensor {
  return to.add({
    label: 'strided_slice', pattern: 'injective', inputs: [data], output: { dtype: data.dtype, shape: ranges.map((range) => range.extent) },
    build: ([from]) => [sliceStage(defined(from, 'the data'), ranges)],
  });
}

/** The range of each dimension. Parameters are inputs since operator set 10, attributes before. */
function slices({ inputs, attributes }: Pick<OperatorCall, 'inputs' | 'attributes'>, shape: readonly number[]): Result<readonly SliceRange[]> {
  const lists: (readonly number[] | undefined)[] = [];
  for (const [i, name] of ['starts', 'ends', 'axes', 'steps'].entries()) {
    const given = optionalNumbers(inputs[i + 1], attributes.ints(name), name);
    if (!given.ok) return given;
    lists.push(given.value);
  }
  const [starts = [], ends = [], axes, steps] = lists;
  const ranges: SliceRange[] = shape.map((extent) => ({ start: 0, step: 1, extent }));
  for (const [i, begin] of starts.entries()) {
    const axis = axisOf(axes?.[i] ?? i, shape.length);
    if (!axis.ok) return axis;
    const size = shape[axis.value] ?? 0;
    const step = steps?.[i] ?? 1;
    if (step === 0) return err('a step of 0 is impossible');
    const end = ends[i] ?? size;
    const [least, most] = step > 0 ? [0, size] : [-1, size - 1];
    const clamp = (n: number): number => Math.min(Math.max(n < 0 ? n + size : n, least), most);
    const start = Math.max(clamp(begin), 0);
    ranges[axis.value] = { start, step, extent: Math.max(0, Math.ceil((clamp(end) - start) / step)) };
  }
  return ok(ranges);
}

export const slice: Operator = {
  infer: (call) => {
    const x = required(call.inputs, 0);
    if (!x.ok) return x;
    const ranges = slices(call, x.value.shape);
    return ranges.ok ? ok([{ dtype: x.value.dtype, shape: ranges.value.map((range) => range.extent) }]) : ranges;
  },
  fold: (call, [x], type) => {
    const tensor = defined(x, 'the data');
    const ranges = slices(call, tensor.shape);
    const strides = stridesOf(tensor.shape);
    const chosen = ranges.ok ? ranges.value : [];
    const offset = chosen.reduce((n, range, i) => n + range.start * (strides[i] ?? 0), 0);
    return gathered(tensor, type.shape, chosen.map((range, i) => range.step * (strides[i] ?? 0)), offset);
  },
  lower: (node, to) => {
    const x = defined(node.inputs[0], 'the data');
    const ranges = slices(node, x.shape);
    if (!ranges.ok) return ranges;
    to.define(defined(node.outputs[0], 'the output'), addSlice(to, to.read(x, 'plain'), ranges.value), 'plain');
    return ok(undefined);
  },
};

/** GatherElements: one element of the data for each index; on constants only. */
export const gatherElements: Operator = {
  infer: ({ inputs, attributes }) => {
    const x = required(inputs, 0);
    if (!x.ok) return x;
    const indices = required(inputs, 1);
    if (!indices.ok) return indices;
    const axis = axisOf(attributes.number('axis', 0), x.value.shape.length);
    return axis.ok ? ok([{ dtype: x.value.dtype, shape: indices.value.shape }]) : axis;
  },
  fold: ({ attributes }, [x, indices], type) => {
    const tensor = defined(x, 'the data');
    const at = defined(indices, 'the indices');
    const axis = axisOf(attributes.number('axis', 0), tensor.shape.length);
    const along = axis.ok ? axis.value : 0;
    const strides = stridesOf(tensor.shape);
    const own = stridesOf(type.shape);
    const data = allocate(type.dtype, at.data.length);
    for (let i = 0; i < data.length; i++) {
      const index = at.data[i] ?? 0;
      let from = (index < 0 ? index + (tensor.shape[along] ?? 0) : index) * (strides[along] ?? 0);
      type.shape.forEach((extent, d) => (from += d === along ? 0 : (Math.floor(i / (own[d] ?? 1)) % extent) * (strides[d] ?? 0)));
      data[i] = tensor.data[from] ?? 0;
    }
    return { ...type, data };
  },
};
