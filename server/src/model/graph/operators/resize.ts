/** Resize and Upsample: one axis after the other, with tables of positions and weights as constants. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { compute, reduce } from '../../../dag/create.js';
import { numberedAxes } from '../../../dag/operators/index-forms.js';
import { as, by, clamp, quotient, times } from '../../../dag/operators/scalar-forms.js';
import { isFloat } from '../../../ir/dtype.js';
import { float, int, load, select } from '../../../ir/expr.js';
import type { Lowering } from '../../lowering/lowering.js';
import type { Tensor } from '../../lowering/tensor.js';
import { hostTensor, known } from '../../tensor.js';
import type { Operator, OperatorCall } from '../operator.js';
import { optionalNumbers, required } from '../operator-input.js';
import { axesFrom0 } from './movement-math.js';
import { axisTable, type AxisRule } from './resize-weights.js';

interface Plan { readonly shape: readonly number[]; readonly scales: readonly number[]; readonly rois: readonly (readonly [number, number])[] }

/** Inputs are (x, scales) before operator set 11, and (x, roi, scales, sizes) since; Upsample had its scales as an attribute before 9. */
function planOf({ inputs, attributes, opset }: Pick<OperatorCall, 'inputs' | 'attributes' | 'opset'>, extents: readonly number[]): Result<Plan> {
  const newer = opset >= 11;
  const given = optionalNumbers(inputs[newer ? 2 : 1], attributes.floats('scales'), 'scales');
  if (!given.ok) return given;
  const wanted = newer ? optionalNumbers(inputs[3], undefined, 'sizes') : ok(undefined);
  if (!wanted.ok) return wanted;
  const axes = axesFrom0(attributes.ints('axes'), extents.length);
  if (!axes.ok) return axes;
  const crops = newer && attributes.text('coordinate_transformation_mode', '') === 'tf_crop_and_resize';
  const roi = crops ? optionalNumbers(inputs[1], undefined, 'roi') : ok(undefined);
  if (!roi.ok) return roi;
  const shape = extents.slice();
  const scales = extents.map(() => 1);
  const rois = extents.map((): readonly [number, number] => [0, 1]);
  const sizes = wanted.value ?? [];
  const factors = given.value ?? [];
  if ((sizes.length === 0 ? factors : sizes).length !== axes.value.length) return err(`its scales or sizes do not fit ${axes.value.length} axes`);
  const own = axes.value.map((axis, i) => (sizes.length === 0 ? factors[i] ?? 1 : (sizes[i] ?? 1) / (extents[axis] ?? 1)));
  const policy = attributes.text('keep_aspect_ratio_policy', 'stretch');
  const common = sizes.length === 0 || policy === 'stretch' ? undefined : policy === 'not_larger' ? Math.min(...own) : Math.max(...own);
  axes.value.forEach((axis, i) => {
    const extent = extents[axis] ?? 1;
    scales[axis] = common ?? own[i] ?? 1;
    shape[axis] = common !== undefined ? Math.floor(common * extent + 0.5) : sizes.length === 0 ? Math.floor(extent * (own[i] ?? 1)) : sizes[i] ?? extent;
    if (roi.value !== undefined) rois[axis] = [roi.value[i] ?? 0, roi.value[i + axes.value.length] ?? 1];
  });
  return ok({ shape, scales, rois });
}

/** `x` with one axis resized. */
function resizeAxis(to: Lowering, x: Tensor, axis: number, rule: AxisRule, last: boolean): Tensor {
  const shape = x.shape.map((extent, i) => (i === axis ? rule.output : extent));
  const names = numberedAxes('ax', shape.length);
  const table = axisTable(rule);
  const whole = rule.output / rule.input;
  const repeats = rule.mode === 'nearest' && Number.isInteger(whole) && table.index.every((from, o) => from === Math.floor(o / whole));
  if (repeats) {
    return to.add({
      label: 'image_resize', pattern: 'injective', inputs: [x], output: { dtype: x.dtype, shape },
      build: ([data]) => [compute('resize', shape, names, (at) => load(defined(data, 'the data'), at.map((e, i) => (i === axis ? by(quotient, e, whole) : e))))],
    });
  }
  const positions = to.constant(known(hostTensor('int32', [rule.output, table.taps], table.index)));
  if (rule.mode === 'nearest') {
    return to.add({
      label: 'image_resize', pattern: 'injective', inputs: [x, positions], output: { dtype: x.dtype, shape },
      build: ([data, index]) => [compute('resize', shape, names, (at) =>
        load(defined(data, 'the data'), at.map((e, i) => (i === axis ? clamp(load(defined(index, 'positions'), [e, int(0)]), int(0), int(rule.input - 1)) : e))))],
    });
  }
  const factors = to.constant(known(hostTensor('float32', [rule.output, table.taps], table.weight)));
  const dtype = isFloat(x.dtype) || !last ? (x.dtype === 'float64' ? 'float64' : 'float32') : 'float32';
  return to.add({
    label: 'image_resize', pattern: 'anchor', inputs: [x, positions, factors], output: { dtype, shape },
    build: ([data, index, weight]) => [reduce('resize', shape, names, { k: table.taps }, 'add', (at, [k = int(0)]) => {
      const o = at[axis] ?? int(0);
      const from = clamp(load(defined(index, 'positions'), [o, k]), int(0), int(rule.input - 1));
      return times(as(dtype, load(defined(data, 'the data'), at.map((e, i) => (i === axis ? from : e)))), as(dtype, load(defined(weight, 'weights'), [o, k])));
    })],
  });
}

const resizeOperator: Operator = {
  infer: (call) => {
    const x = required(call.inputs, 0);
    if (!x.ok) return x;
    const plan = planOf(call, x.value.shape);
    return plan.ok ? ok([{ dtype: x.value.dtype, shape: plan.value.shape }]) : plan;
  },
  lower: (node, to) => {
    const x = defined(node.inputs[0], 'the input');
    const y = defined(node.outputs[0], 'the output');
    const plan = planOf(node, x.shape);
    if (!plan.ok) return plan;
    const { attributes } = node;
    const newer = node.opset >= 11;
    const mode = attributes.text('mode', 'nearest');
    if (mode !== 'nearest' && mode !== 'linear' && mode !== 'cubic') return err(`mode ${mode} is not supported`);
    const coordinates = newer ? attributes.text('coordinate_transformation_mode', 'half_pixel') : 'asymmetric';
    let result = to.read(x, 'plain');
    const outside: { readonly axis: number; readonly flags: readonly boolean[] }[] = [];
    const moved = x.shape.flatMap((extent, axis) => (y.shape[axis] !== extent || plan.value.scales[axis] !== 1 || coordinates === 'tf_crop_and_resize' ? [axis] : []));
    for (const axis of moved) {
      const rule: AxisRule = {
        input: x.shape[axis] ?? 1, output: y.shape[axis] ?? 1, scale: plan.value.scales[axis] ?? 1, mode, coordinates, roi: plan.value.rois[axis] ?? [0, 1],
        nearest: newer ? attributes.text('nearest_mode', 'round_prefer_floor') : 'floor', cubic: attributes.number('cubic_coeff_a', -0.75),
        excludeOutside: attributes.number('exclude_outside', 0) === 1, antialias: attributes.number('antialias', 0) === 1,
      };
      const flags = axisTable(rule).outside;
      if (flags.includes(true)) outside.push({ axis, flags });
      result = resizeAxis(to, result, axis, rule, axis === moved[moved.length - 1]);
    }
    const names = numberedAxes('ax', y.shape.length);
    for (const { axis, flags } of outside) {
      const table = to.constant(known(hostTensor('bool', [flags.length], flags.map(Number))));
      const { dtype } = result;
      result = to.add({
        label: 'extrapolate', pattern: 'elementwise', inputs: [result, table], output: { dtype, shape: y.shape },
        build: ([data, flag]) => [compute('T_extrapolate', y.shape, names, (at) =>
          select(load(defined(flag, 'flags'), [at[axis] ?? int(0)]), float(attributes.number('extrapolation_value', 0), dtype), load(defined(data, 'the data'), at)))],
      });
    }
    if (result.dtype !== y.dtype) {
      const wide = result;
      result = to.add({
        label: 'cast', pattern: 'elementwise', inputs: [wide], output: { dtype: y.dtype, shape: y.shape },
        build: ([data]) => [compute('T_cast', y.shape, names, (at) => as(y.dtype, load(defined(data, 'the data'), at)))],
      });
    }
    to.define(y, result, 'plain');
    return ok(undefined);
  },
};

export const RESIZE_OPERATORS: Readonly<Record<string, Operator>> = {
  Resize: resizeOperator,
  Upsample: { infer: (call) => resizeOperator.infer({ ...call, opset: 10 }), lower: (node, to) => defined(resizeOperator.lower, 'lowering')({ ...node, opset: 10 }, to) },
};
