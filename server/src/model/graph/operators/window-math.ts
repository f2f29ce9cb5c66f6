/** Windows over plain data (channels second) as expressions: general pools, transposed and deformable convolutions, Col2Im, MaxUnpool. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { compute, reduce } from '../../../dag/create.js';
import type { ComputeOp } from '../../../dag/op.js';
import { numberedAxes, scaled } from '../../../dag/operators/index-forms.js';
import { as, atLeast, both, by, equal, fn, less, minus, modulus, number, over, plus, quotient, times } from '../../../dag/operators/scalar-forms.js';
import { elementCount, type Buffer } from '../../../ir/buffer.js';
import { cast, ifThenElse, int, load, select, type Expr } from '../../../ir/expr.js';
import { limits } from '../../../ir/scalar.js';
import { stridesOf } from '../../tensor.js';
import type { Operator, OperatorCall } from '../operator.js';
import { constantNumbers, required } from '../operator-input.js';
import { windowOf, type WindowAttributes } from '../window.js';
import { bilinear } from './sampling.js';
import { tensorOperator, type OutputPlan } from './tensor-operator.js';

interface Taps {
  readonly extents: readonly (readonly [string, number])[];
  /** The input's spatial indices for an output index and a tap, and whether they are inside. */
  readonly at: (out: readonly Expr[], taps: readonly Expr[]) => { readonly index: Expr[]; readonly inside: Expr | undefined };
}

function tapsOf({ window }: WindowAttributes, shape: readonly number[]): Taps {
  return {
    extents: window.kernel.map((k, i) => [`rv${i}`, k] as const),
    at: (out, taps) => {
      const conditions: Expr[] = [];
      const index = taps.map((tap, i) => {
        const before = window.padding.before[i + 1] ?? 0;
        const moved = plus(scaled(out[i + 2] ?? int(0), window.strides[i] ?? 1), scaled(tap, window.dilations[i] ?? 1));
        const place = before === 0 ? moved : by(minus, moved, before);
        if (before > 0) conditions.push(by(atLeast, place, 0));
        if (before > 0 || (window.padding.after[i + 1] ?? 0) > 0) conditions.push(by(less, place, shape[i + 2] ?? 1));
        return place;
      });
      return { index, inside: conditions.length === 0 ? undefined : conditions.reduce(both) };
    },
  };
}

const guarded = (inside: Expr | undefined, value: Expr, otherwise: Expr): Expr => (inside === undefined ? value : ifThenElse(inside, value, otherwise));

function poolWindow(call: OperatorCall): Result<{ window: WindowAttributes; taps: Taps; shape: number[] }> {
  const x = required(call.inputs, 0);
  if (!x.ok) return x;
  const kernel = call.attributes.ints('kernel_shape');
  if (kernel === undefined || x.value.shape.length < 3) return err('it needs kernel_shape and an input of rank 3 or more');
  const window = windowOf(call.attributes, x.value.shape, kernel);
  if (!window.ok) return window;
  return ok({ window: window.value, taps: tapsOf(window.value, x.value.shape), shape: [...x.value.shape.slice(0, 2), ...window.value.spatial] });
}

/** Averages of any dilation, with or without the padding counted, where windows may overhang. */
export const averagePoolMath = tensorOperator((call) => {
  const pool = poolWindow(call);
  if (!pool.ok) return pool;
  const { window: { window, extra }, taps, shape } = pool.value;
  const dtype = defined(call.inputs[0], 'the input').dtype;
  const extents = defined(call.inputs[0], 'the input').shape;
  const countPadding = call.attributes.number('count_include_pad', 0) === 1;
  const names = numberedAxes('ax', shape.length);
  return ok([{
    label: 'nn_avg_pool', pattern: 'anchor', dtype, shape,
    stages: ([buffer]) => {
      const data = defined(buffer, 'the input');
      const sum = reduce('pool_sum', shape, names, taps.extents, 'add', (at, r) => {
        const { index, inside } = taps.at(at, r);
        return guarded(inside, load(data, [at[0] ?? int(0), at[1] ?? int(0), ...index]), number(0, dtype));
      });
      const spatial = window.kernel.map((_, i) => i + 2);
      const count = reduce('pool_count', spatial.map((i) => shape[i] ?? 1), spatial.map((i) => `ax${i}`), taps.extents, 'add', (at, r) => {
        const { index, inside } = taps.at([int(0), int(0), ...at], r);
        if (!countPadding) return inside === undefined ? int(1) : select(inside, int(1), int(0));
        // What ceil_mode adds behind the padding does not count.
        const within = index.flatMap((e, i) => ((extra[i] ?? 0) === 0 ? [] : [by(less, e, (extents[i + 2] ?? 1) + (window.padding.after[i + 1] ?? 0) - (extra[i] ?? 0))]));
        return within.length === 0 ? int(1) : select(within.reduce(both), int(1), int(0));
      });
      return [sum, count, compute('pool_avg', shape, names, (at) => over(load(sum.output, at), cast(dtype, load(count.output, at.slice(2)))))];
    },
  }]);
});

/** The largest elements, and where they lie in the flattened input. */
export const maxPoolMath = tensorOperator((call) => {
  const pool = poolWindow(call);
  if (!pool.ok) return pool;
  const { taps, shape } = pool.value;
  const { dtype, shape: extents } = defined(call.inputs[0], 'the input');
  const names = numberedAxes('ax', shape.length);
  const [lowest] = limits(dtype);
  const largest = (data: Buffer): ComputeOp => reduce('pool_max', shape, names, taps.extents, 'max', (at, r) => {
    const { index, inside } = taps.at(at, r);
    return guarded(inside, load(data, [at[0] ?? int(0), at[1] ?? int(0), ...index]), number(lowest, dtype));
  });
  const columnMajor = call.attributes.number('storage_order', 0) === 1;
  const strides = columnMajor ? stridesOf([...extents.slice(0, 2), ...extents.slice(2).reverse()]) : stridesOf(extents);
  const order = columnMajor ? [...strides.slice(0, 2), ...strides.slice(2).reverse()] : strides;
  const beyond = int(elementCount(extents));
  const outputs: OutputPlan[] = [
    { label: 'nn_max_pool', pattern: 'anchor', dtype, shape, stages: ([data]) => [largest(defined(data, 'the input'))] },
    {
      label: 'nn_max_pool_indices', pattern: 'anchor', dtype: 'int64', shape,
      stages: ([buffer]) => {
        const data = defined(buffer, 'the input');
        const extreme = largest(data);
        const position = reduce('pool_position', shape, names, taps.extents, 'min', (at, r) => {
          const { index, inside } = taps.at(at, r);
          const place = [at[0] ?? int(0), at[1] ?? int(0), ...index];
          const flat = place.map((e, i) => scaled(e, order[i] ?? 1)).reduce(plus);
          return guarded(inside, select(equal(load(data, place), load(extreme.output, at)), flat, beyond), beyond);
        });
        return [extreme, position, compute('T_indices', shape, names, (at) => cast('int64', load(position.output, at)))];
      },
    },
  ];
  return ok(outputs.slice(0, Math.max(call.outputCount, 1)));
});

function lpPool(global: boolean): Operator {
  return tensorOperator((call) => {
    const x = required(call.inputs, 0);
    if (!x.ok) return x;
    const p = call.attributes.number('p', 2);
    const { dtype, shape: extents } = x.value;
    const power = (e: Expr, exponent: number): Expr => (exponent === 1 ? e : fn('pow', e, number(exponent, dtype)));
    const term = (e: Expr): Expr => (p === 2 ? times(e, e) : power(fn('fabs', e), p));
    const pool = global ? undefined : poolWindow(call);
    if (pool !== undefined && !pool.ok) return pool;
    const shape = pool?.value.shape ?? extents.map((extent, i) => (i < 2 ? extent : 1));
    const names = numberedAxes('ax', shape.length);
    return ok([{
      label: 'nn_lp_pool', pattern: 'anchor', dtype, shape,
      stages: ([buffer]) => {
        const data = defined(buffer, 'the input');
        const over = pool?.value.taps.extents ?? extents.slice(2).map((extent, i) => [`rv${i}`, extent] as const);
        const sum = reduce('pool_sum', shape, names, over, 'add', (at, r) => {
          const { index, inside } = pool?.value.taps.at(at, r) ?? { index: r.slice(), inside: undefined };
          return guarded(inside, term(load(data, [at[0] ?? int(0), at[1] ?? int(0), ...index])), number(0, dtype));
        });
        return [sum, compute('pool_root', shape, names, (at) => (p === 2 ? fn('sqrt', load(sum.output, at)) : power(load(sum.output, at), 1 / p)))];
      },
    }]);
  });
}

/** Each element of the output looks for the pooled element that names it. */
const maxUnpool = tensorOperator((call) => {
  const x = required(call.inputs, 0);
  if (!x.ok) return x;
  const { dtype, shape: extents } = x.value;
  const kernel = call.attributes.ints('kernel_shape') ?? [];
  const strides = call.attributes.ints('strides') ?? kernel.map(() => 1);
  const pads = call.attributes.ints('pads') ?? kernel.flatMap(() => [0, 0]);
  const own = extents.map((extent, i) => (i < 2 ? extent : (extent - 1) * (strides[i - 2] ?? 1) + (kernel[i - 2] ?? 1) - (pads[i - 2] ?? 0) - (pads[i - 2 + kernel.length] ?? 0)));
  const given = call.inputs[2] === undefined ? undefined : constantNumbers(call.inputs[2], 'output_shape');
  if (given !== undefined && !given.ok) return given;
  const shape = given?.value.slice() ?? own;
  const names = numberedAxes('ax', shape.length);
  // Positions count in the shape that the window gives; a larger one has zeros behind it.
  const steps = stridesOf(own);
  return ok([{
    label: 'max_unpool', pattern: 'anchor', dtype, shape,
    stages: ([data, indices]) => [reduce('T_max_unpool', shape, names, extents.slice(2).map((extent, i) => [`k${i}`, extent] as const), 'add', (at, r) => {
      const place = [at[0] ?? int(0), at[1] ?? int(0), ...r];
      const flat = at.map((e, i) => scaled(e, steps[i] ?? 1)).reduce<Expr>(plus, int(0));
      const named = equal(as('int32', load(defined(indices, 'the indices'), place)), flat);
      const inside = at.flatMap((e, i) => ((shape[i] ?? 1) > (own[i] ?? 1) ? [by(less, e, own[i] ?? 1)] : []));
      return select(inside.reduce<Expr>(both, named), load(defined(data, 'the input'), place), number(0, dtype));
    })],
  }]);
});

interface Transposed { readonly kernel: readonly number[]; readonly strides: readonly number[]; readonly dilations: readonly number[]; readonly before: readonly number[]; readonly spatial: readonly number[] }

function transposedWindow({ attributes }: OperatorCall, input: readonly number[], kernel: readonly number[]): Transposed {
  const ones = kernel.map(() => 1);
  const strides = attributes.ints('strides') ?? ones;
  const dilations = attributes.ints('dilations') ?? ones;
  const more = attributes.ints('output_padding') ?? kernel.map(() => 0);
  const pads = attributes.ints('pads') ?? kernel.flatMap(() => [0, 0]);
  const wanted = attributes.ints('output_shape');
  const auto = attributes.text('auto_pad', 'NOTSET');
  const before: number[] = [];
  const spatial: number[] = [];
  kernel.forEach((k, i) => {
    const stride = strides[i] ?? 1;
    const full = stride * ((input[i] ?? 1) - 1) + (more[i] ?? 0) + (k - 1) * (dilations[i] ?? 1) + 1;
    const same = auto === 'SAME_UPPER' || auto === 'SAME_LOWER';
    const target = wanted?.[wanted.length - kernel.length + i] ?? (same ? (input[i] ?? 1) * stride : undefined);
    if (target === undefined) {
      before.push(auto === 'VALID' ? 0 : pads[i] ?? 0);
      spatial.push(auto === 'VALID' ? full : full - (pads[i] ?? 0) - (pads[i + kernel.length] ?? 0));
      return;
    }
    const total = full - target;
    before.push(auto === 'SAME_UPPER' ? Math.floor(total / 2) : total - Math.floor(total / 2));
    spatial.push(target);
  });
  return { kernel, strides, dilations, before, spatial };
}

/** Where tap `tap` of an output index comes from, and whether an input element lies there. */
function origin(axis: Expr, tap: Expr, i: number, { strides, dilations, before }: Pick<Transposed, 'strides' | 'dilations' | 'before'>, extent: number): { index: Expr; inside: Expr } {
  const stride = strides[i] ?? 1;
  const moved = minus(by(plus, axis, before[i] ?? 0), scaled(tap, dilations[i] ?? 1));
  const index = stride === 1 ? moved : by(quotient, moved, stride);
  const range = both(by(atLeast, moved, 0), by(less, moved, extent * stride));
  return { index, inside: stride === 1 ? range : both(range, by(equal, by(modulus, moved, stride), 0)) };
}

/** Any number of dimensions, groups, and weights that are computed while the model runs. */
export const convTransposeMath = tensorOperator((call) => {
  const x = required(call.inputs, 0);
  if (!x.ok) return x;
  const w = required(call.inputs, 1);
  if (!w.ok) return w;
  const { dtype, shape: extents } = x.value;
  const groups = call.attributes.number('group', 1);
  const [channels = 1, perGroup = 1, ...kernel] = w.value.shape;
  if (channels !== extents[1] || channels % groups !== 0 || w.value.shape.length !== extents.length) return err(`${extents[1]} channels do not fit weights [${w.value.shape.join(', ')}] in ${groups} groups`);
  const window = transposedWindow(call, extents.slice(2), kernel);
  const shape = [extents[0] ?? 1, perGroup * groups, ...window.spatial];
  return ok([{
    label: 'nn_conv_transpose', pattern: 'anchor', dtype, shape,
    stages: ([data, weights, bias]) => {
      const over = [['rc', channels / groups] as const, ...kernel.map((k, i) => [`r${i}`, k] as const)];
      const names = numberedAxes('ax', shape.length);
      const conv = reduce('conv_transpose', shape, names, over, 'add', (at, [rc = int(0), ...taps]) => {
        const [n = int(0), f = int(0)] = at;
        const places = taps.map((tap, i) => origin(at[i + 2] ?? int(0), tap, i, window, extents[i + 2] ?? 1));
        const channel = groups === 1 ? rc : plus(by(times, by(quotient, f, perGroup), channels / groups), rc);
        const product = times(load(defined(data, 'the data'), [n, channel, ...places.map((p) => p.index)]), load(defined(weights, 'the weights'), [channel, groups === 1 ? f : by(modulus, f, perGroup), ...taps]));
        return ifThenElse(places.map((p) => p.inside).reduce(both), product, number(0, dtype));
      });
      return bias === undefined ? [conv] : [conv, compute('T_add', shape, names, (at) => plus(load(conv.output, at), load(bias, [at[1] ?? int(0)])))];
    },
  }]);
});

const col2im = tensorOperator((call) => {
  const x = required(call.inputs, 0);
  if (!x.ok) return x;
  const lists: (readonly number[])[] = [];
  for (const [i, role] of ['image_shape', 'block_shape'].entries()) {
    const value = required(call.inputs, i + 1);
    if (!value.ok) return value;
    const numbers = constantNumbers(value.value, role);
    if (!numbers.ok) return numbers;
    lists.push(numbers.value);
  }
  const [image = [], block = []] = lists;
  const { dtype, shape: extents } = x.value;
  const ones = block.map(() => 1);
  const window = { strides: call.attributes.ints('strides') ?? ones, dilations: call.attributes.ints('dilations') ?? ones, before: (call.attributes.ints('pads') ?? block.flatMap(() => [0, 0])).slice(0, block.length) };
  const pads = call.attributes.ints('pads') ?? block.flatMap(() => [0, 0]);
  const columns = image.map((extent, i) => Math.floor((extent + (pads[i] ?? 0) + (pads[i + block.length] ?? 0) - ((block[i] ?? 1) - 1) * (window.dilations[i] ?? 1) - 1) / (window.strides[i] ?? 1)) + 1);
  const taps = elementCount(block);
  const shape = [extents[0] ?? 1, (extents[1] ?? 1) / taps, ...image];
  const flat = (indices: readonly Expr[], sizes: readonly number[]): Expr => indices.map((e, i) => scaled(e, stridesOf(sizes)[i] ?? 1)).reduce(plus);
  return ok([{
    label: 'col2im', pattern: 'anchor', dtype, shape,
    stages: ([data]) => [reduce('T_col2im', shape, numberedAxes('ax', shape.length), block.map((k, i) => [`r${i}`, k] as const), 'add', (at, r) => {
      const places = r.map((tap, i) => origin(at[i + 2] ?? int(0), tap, i, window, columns[i] ?? 1));
      const element = load(defined(data, 'the data'), [at[0] ?? int(0), plus(by(times, at[1] ?? int(0), taps), flat(r, block)), flat(places.map((p) => p.index), columns)]);
      return ifThenElse(places.map((p) => p.inside).reduce(both), element, number(0, dtype));
    })],
  }]);
});

/** Two spatial dimensions; taps are moved by offsets and interpolated. */
const deformConv = tensorOperator((call) => {
  const x = required(call.inputs, 0);
  if (!x.ok) return x;
  const w = required(call.inputs, 1);
  if (!w.ok) return w;
  const { dtype, shape: extents } = x.value;
  if (extents.length !== 4) return err(`an input of rank ${extents.length} is not supported, only 4`);
  const found = windowOf(call.attributes, extents, call.attributes.ints('kernel_shape') ?? w.value.shape.slice(2));
  if (!found.ok) return found;
  const { window, spatial } = found.value;
  const groups = call.attributes.number('group', 1);
  const offsetGroups = call.attributes.number('offset_group', 1);
  const [filters = 1, perGroup = 1, kh = 1, kw = 1] = w.value.shape;
  const shape = [extents[0] ?? 1, filters, ...spatial];
  return ok([{
    label: 'deformable_conv', pattern: 'anchor', dtype, shape,
    stages: ([data, weights, offset, bias, mask]) => {
      const names = numberedAxes('ax', 4);
      const conv = reduce('deformable_conv', shape, names, { rc: perGroup, ry: kh, rx: kw }, 'add', ([n = int(0), f = int(0), oy = int(0), ox = int(0)], [rc = int(0), ry = int(0), rx = int(0)]) => {
        const channel = groups === 1 ? rc : plus(by(times, by(quotient, f, filters / groups), perGroup), rc);
        const group = by(quotient, channel, (extents[1] ?? 1) / offsetGroups);
        const tap = plus(by(times, ry, kw), rx);
        const moved = (o: Expr, r: Expr, i: 0 | 1): Expr => {
          const fixed = by(minus, plus(scaled(o, window.strides[i] ?? 1), scaled(r, window.dilations[i] ?? 1)), window.padding.before[i + 1] ?? 0);
          const which = by(plus, by(times, plus(by(times, group, kh * kw), tap), 2), i);
          return plus(cast(dtype, fixed), load(defined(offset, 'the offset'), [n, which, oy, ox]));
        };
        const sample = bilinear(defined(data, 'the data'), [n, channel], moved(oy, ry, 0), moved(ox, rx, 1));
        const factor = mask === undefined ? sample : times(sample, load(mask, [n, plus(by(times, group, kh * kw), tap), oy, ox]));
        return times(factor, load(defined(weights, 'the weights'), [f, rc, ry, rx]));
      });
      return bias === undefined ? [conv] : [conv, compute('T_add', shape, names, (at) => plus(load(conv.output, at), load(bias, [at[1] ?? int(0)])))];
    },
  }]);
});

export const WINDOW_OPERATORS: Readonly<Record<string, Operator>> = {
  Col2Im: col2im, DeformConv: deformConv, GlobalLpPool: lpPool(true), LpPool: lpPool(false), MaxUnpool: maxUnpool,
};
