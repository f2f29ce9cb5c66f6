/** BitCast (onnx/defs/tensor, since operator set 26): the elements' bits seen as another type of as many bytes; nothing is moved. */
import { defined } from '../../../base/assert.js';
import { err, ok } from '../../../base/result.js';
import { dtypeBytes } from '../../../ir/dtype.js';
import { elementBytes, elementNumbers } from '../../../ir/element-bytes.js';
import { dtypeOf } from '../../onnx/decode-tensor.js';
import { hostTensor } from '../../tensor.js';
import type { Operator } from '../operator.js';
import { required } from '../operator-input.js';

export const bitCast: Operator = {
  infer: ({ inputs, attributes }) => {
    const x = required(inputs, 0);
    if (!x.ok) return x;
    const to = attributes.number('to', 0);
    const dtype = dtypeOf(to);
    if (dtype === undefined) return err(`element type ${to} is not supported`);
    const { dtype: from, shape } = x.value;
    if (dtypeBytes(dtype) !== dtypeBytes(from)) return err(`${from} has ${dtypeBytes(from)} bytes and ${dtype} ${dtypeBytes(dtype)}: only types of one size have the same bits`);
    return ok([{ dtype, shape }]);
  },
  fold: (_, [x], { dtype, shape }) => {
    const from = defined(x, 'the input');
    return hostTensor(dtype, shape, elementNumbers(elementBytes(from.data, from.dtype), dtype));
  },
  lower: (node, to) => {
    const [x, y] = [defined(node.inputs[0], 'the input'), defined(node.outputs[0], 'the output')];
    const layout = to.commonLayout([x], x.shape.length);
    const tensor = to.read(x, layout);
    to.define(y, to.alias(tensor, tensor.shape, y.dtype), layout);
    return ok(undefined);
  },
};
