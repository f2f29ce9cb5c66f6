/** MelWeightMatrix: a constant, since all that it is made of decides its shape. Triangles between points that are even on the mel scale. */
import { err, ok } from '../../../base/result.js';
import { dtypeOf } from '../../onnx/decode-tensor.js';
import { hostTensor, type HostTensor } from '../../tensor.js';
import type { Operator } from '../operator.js';
import { numbersAt } from './movement-math.js';

const ROLES = ['num_mel_bins', 'dft_length', 'sample_rate', 'lower_edge_hertz', 'upper_edge_hertz'] as const;

const toMel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const toHertz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

export const melWeightMatrix: Operator = {
  infer: (call) => {
    const values: number[] = [];
    for (const [i, role] of ROLES.entries()) {
      const value = numbersAt(call, i, role);
      if (!value.ok) return value;
      values.push(value.value[0] ?? 0);
    }
    const [bins = 0, length = 0] = values;
    const type = dtypeOf(call.attributes.number('output_datatype', 1));
    if (type === undefined) return err('its output_datatype is not supported');
    return ok([{ dtype: type, shape: [Math.floor(length / 2) + 1, bins] }]);
  },
  fold: (_, inputs, type): HostTensor => {
    const [bins = 0, length = 1, rate = 1, lower = 0, upper = 0] = inputs.map((t) => t?.data[0] ?? 0);
    const [low, high] = [toMel(lower), toMel(upper)];
    const points = Array.from({ length: bins + 2 }, (_, i) => Math.floor(((length + 1) * toHertz(low + (i * (high - low)) / (bins + 2))) / rate));
    const values = new Float64Array((type.shape[0] ?? 0) * bins);
    for (let bin = 0; bin < bins; bin++) {
      const [left = 0, centre = 0, right = 0] = points.slice(bin, bin + 3);
      if (centre === left) values[centre * bins + bin] = 1;
      for (let j = left; j <= centre && centre !== left; j++) values[j * bins + bin] = (j - left) / (centre - left);
      for (let j = centre; j < right; j++) values[j * bins + bin] = (right - j) / (right - centre);
    }
    return hostTensor(type.dtype, type.shape, values);
  },
};
