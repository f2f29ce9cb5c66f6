/** MaxPool, AveragePool, GlobalAveragePool, GlobalMaxPool. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { globalPooling, pooling } from '../../../dag/operators/pool.js';
import { isFloat } from '../../../ir/dtype.js';
import { channelsLastOrder } from '../../lowering/tensor.js';
import { permutedShape } from '../../tensor.js';
import type { Attributes } from '../attributes.js';
import type { Value } from '../graph.js';
import type { Operator } from '../operator.js';
import { required } from '../operator-input.js';
import { averagePoolMath, maxPoolMath } from './window-math.js';
import { windowOf, type WindowAttributes } from '../window.js';

type Kind = 'max' | 'average';

function windowFor(kind: Kind, attributes: Attributes, x: Value): Result<WindowAttributes> {
  const kernel = attributes.ints('kernel_shape');
  if (kernel === undefined || x.shape.length < 3) return err('it needs kernel_shape and an input of rank 3 or more');
  const window = windowOf(attributes, x.shape, kernel);
  if (!window.ok || kind === 'max') return window;
  const { extra } = window.value;
  if (attributes.number('count_include_pad', 0) === 1 && extra.some((n) => n > 0)) return err('count_include_pad together with ceil_mode is not supported where windows overhang');
  if (window.value.window.dilations.some((n) => n !== 1)) return err('a dilated average is not supported');
  return window;
}

/** `general`: dilated averages, windows that overhang, positions, integers. */
function pool(kind: Kind, general: Operator): Operator {
  const ordinary = (attributes: Attributes, x: Value | undefined, outputCount: number): boolean =>
    x !== undefined && isFloat(x.dtype) && outputCount < 2 && windowFor(kind, attributes, x).ok;
  return {
    infer: (call) => {
      const { attributes, inputs, outputCount } = call;
      const x = required(inputs, 0);
      if (!x.ok) return x;
      if (!ordinary(attributes, x.value, outputCount)) return general.infer(call);
      const window = windowFor(kind, attributes, x.value);
      return window.ok ? ok([{ dtype: x.value.dtype, shape: [...x.value.shape.slice(0, 2), ...window.value.spatial] }]) : window;
    },
    lower: (node, to) => {
      const x = defined(node.inputs[0], 'the input');
      const y = defined(node.outputs[0], 'the output');
      if (!ordinary(node.attributes, x, node.outputs.filter((output) => output.name !== '').length)) return defined(general.lower, 'lowering')(node, to);
      const attributes = windowFor(kind, node.attributes, x);
      if (!attributes.ok) return attributes;
      const { window } = attributes.value;
      const countPadding = node.attributes.number('count_include_pad', 0) === 1;
      const shape = permutedShape(y.shape, channelsLastOrder(y.shape.length));
      const tensor = to.add({
        label: `nn_${kind === 'max' ? 'max' : 'avg'}_pool${window.kernel.length}d`, pattern: 'anchor',
        inputs: [to.read(x, 'channels-last')], output: { dtype: y.dtype, shape },
        build: ([data]) => pooling(defined(data, 'the data'), { kind, window, countPadding, shape }),
      });
      to.define(y, tensor, 'channels-last');
      return ok(undefined);
    },
  };
}

function globalPool(kind: Kind): Operator {
  return {
    infer: ({ inputs }) => {
      const x = required(inputs, 0);
      if (!x.ok) return x;
      if (x.value.shape.length < 3) return err('it needs an input of rank 3 or more');
      return ok([{ dtype: x.value.dtype, shape: x.value.shape.map((extent, i) => (i < 2 ? extent : 1)) }]);
    },
    lower: (node, to) => {
      const x = defined(node.inputs[0], 'the input');
      const y = defined(node.outputs[0], 'the output');
      const tensor = to.add({
        label: `nn_global_${kind === 'max' ? 'max' : 'avg'}_pool${x.shape.length - 2}d`, pattern: 'anchor',
        inputs: [to.read(x, 'channels-last')], output: { dtype: y.dtype, shape: permutedShape(y.shape, channelsLastOrder(y.shape.length)) },
        build: ([data]) => globalPooling(defined(data, 'the data'), kind),
      });
      to.define(y, tensor, 'channels-last');
      return ok(undefined);
    },
  };
}

export const maxPool = pool('max', maxPoolMath);
export const averagePool = pool('average', averagePoolMath);
export const globalAveragePool = globalPool('average');
export const globalMaxPool = globalPool('max');
