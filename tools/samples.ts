/** Makes samples/small-cnn.onnx: `node --import tsx tools/samples.ts`. The weights are random numbers of a fixed seed. */
import { writeFileSync } from 'node:fs';
import { createRng } from '../server/src/base/rng.js';
import { onnxFile, type TensorSpec } from '../test/model/onnx-builder.js';

const rng = createRng(20);

/** Uniform with the variance that keeps activations of layers with `fanIn` inputs of one size. */
function weights(shape: readonly number[], fanIn: number): TensorSpec {
  const count = shape.reduce((n, extent) => n * extent, 1);
  const bound = Math.sqrt(6 / fanIn);
  return { shape, values: Array.from({ length: count }, () => Math.fround((2 * rng.real() - 1) * bound)) };
}

const zeros = (count: number): TensorSpec => ({ shape: [count], values: new Array<number>(count).fill(0) });

writeFileSync(new URL('../samples/small-cnn.onnx', import.meta.url), onnxFile({
  inputs: { image: [1, 3, 32, 32] },
  outputs: ['scores'],
  constants: {
    w1: weights([16, 3, 3, 3], 27), b1: zeros(16), w2: weights([32, 16, 3, 3], 144), b2: zeros(32), w3: weights([10, 32], 32), b3: zeros(10),
  },
  nodes: [
    { op: 'Conv', inputs: ['image', 'w1', 'b1'], outputs: ['c1'], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] } },
    { op: 'Relu', inputs: ['c1'], outputs: ['r1'] },
    { op: 'Conv', inputs: ['r1', 'w2', 'b2'], outputs: ['c2'], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] } },
    { op: 'Relu', inputs: ['c2'], outputs: ['r2'] },
    { op: 'GlobalAveragePool', inputs: ['r2'], outputs: ['pooled'] },
    { op: 'Flatten', inputs: ['pooled'], outputs: ['flat'], attributes: { axis: 1 } },
    { op: 'Gemm', inputs: ['flat', 'w3', 'b3'], outputs: ['scores'], attributes: { transB: 1 } },
  ],
}));
