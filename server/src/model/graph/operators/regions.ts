/** Regions of images: RoiAlign in all its forms, MaxRoiPool. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { isFloat } from '../../../ir/dtype.js';
import { maxRoiPool, roiAlign } from '../../procedures/region-pool.js';
import type { Attributes } from '../attributes.js';
import type { RunTimeExtent, Value } from '../graph.js';
import type { Operator } from '../operator.js';
import { required } from '../operator-input.js';
import { commonCount, extentProblem, procedureOperator } from './procedure-operator.js';
import { plainRoiAlign } from './sampling.js';

/** Whatever depends on data: how many samples a region has, how many regions there are. */
const openRoiAlign = procedureOperator(({ inputs, attributes, opset }) => {
  const [x, regions, batches] = [required(inputs, 0), required(inputs, 1), required(inputs, 2)];
  if (!x.ok) return x;
  if (!regions.ok) return regions;
  if (!batches.ok) return batches;
  const odd = [x.value, regions.value].find(({ dtype }) => dtype !== x.value.dtype || !isFloat(dtype));
  if (odd !== undefined) return err(`"${odd.name}" is ${odd.dtype}`);
  const counted = countOfRegions(x.value, [regions.value, batches.value]);
  if (!counted.ok) return counted;
  const procedure = roiAlign({
    x: x.value, regions: regions.value, batches: batches.value, output: [attributes.number('output_height', 1), attributes.number('output_width', 1)],
    samples: attributes.number('sampling_ratio', 0), scale: attributes.number('spatial_scale', 1),
    half: attributes.text('coordinate_transformation_mode', opset < 16 ? 'output_half_pixel' : 'half_pixel') === 'half_pixel',
    largest: attributes.text('mode', 'avg') === 'max', counted: counted.value !== undefined,
  });
  return ok({ procedure, inputs: [x.value, regions.value, batches.value, ...(counted.value === undefined ? [] : [counted.value.count])], carried: [counted.value] });
});

/** The run-time number of regions, if it is one. */
function countOfRegions(x: Value, regions: readonly Value[]): Result<RunTimeExtent | undefined> {
  const count = commonCount(regions);
  const wrong = [x, ...regions].find((value) => value.extent !== undefined && (value === x || value.extent.axis !== 0));
  if (!count.ok) return count;
  return wrong === undefined ? ok(count.value === undefined ? undefined : { axis: 0, count: count.value }) : err(extentProblem(wrong));
}

function roiAlignFor(inputs: readonly (Value | undefined)[], attributes: Attributes): Operator {
  return attributes.number('sampling_ratio', 0) < 1 || inputs.some((value) => value?.extent !== undefined) ? openRoiAlign : plainRoiAlign;
}

const anyRoiAlign: Operator = {
  takesExtents: true,
  infer: (call) => roiAlignFor(call.inputs, call.attributes).infer(call),
  lower: (node, to) => defined(roiAlignFor(node.inputs, node.attributes).lower, 'lowering')(node, to),
};

const maxRegions = procedureOperator(({ inputs, attributes }) => {
  const [x, regions] = [required(inputs, 0), required(inputs, 1)];
  if (!x.ok) return x;
  if (!regions.ok) return regions;
  if (x.value.dtype !== 'float32' || regions.value.dtype !== 'float32') return err(`it is supported for float32, not ${x.value.dtype} and ${regions.value.dtype}`);
  const [height, width, ...more] = attributes.ints('pooled_shape') ?? [];
  if (height === undefined || width === undefined || more.length > 0) return err('its pooled_shape has two numbers');
  if (x.value.shape.length !== 4 || regions.value.shape.length !== 2 || regions.value.shape[1] !== 5) return err(`its inputs have the shapes [${x.value.shape.join(', ')}] and [${regions.value.shape.join(', ')}] instead of [batch, channels, height, width] and [regions, 5]`);
  const counted = countOfRegions(x.value, [regions.value]);
  if (!counted.ok) return counted;
  const procedure = maxRoiPool({ x: x.value, regions: regions.value, output: [height, width], scale: attributes.number('spatial_scale', 1), counted: counted.value !== undefined });
  return ok({ procedure, inputs: [x.value, regions.value, ...(counted.value === undefined ? [] : [counted.value.count])], carried: [counted.value] });
});

export const REGION_OPERATORS: Readonly<Record<string, Operator>> = { MaxRoiPool: maxRegions, RoiAlign: anyRoiAlign };
