/** DenseNet (Huang et al., CVPR 2017) as an ONNX file with weights from a recipe: a network of nearly a hundred different layers, since each of its dense layers reads more channels than the one before. */
import type { RecipeTensor, WeightRecipe } from '../../server/src/model/weights.js';
import { onnxFile, type AttributeValue, type ExternalSpec, type NodeSpec } from '../../test/model/onnx-builder.js';

export interface DenseNetShape {
  /** Channels that a dense layer adds, and those of the first convolution. */
  readonly growth: number;
  readonly first: number;
  /** Dense layers of each block. */
  readonly blocks: readonly number[];
}

/** DenseNet-161 of the reference implementation. */
export const DENSENET_161: DenseNetShape = { growth: 48, first: 96, blocks: [6, 12, 36, 24] };

/** 1x1 convolutions before those of 3x3 have so many times the growth's channels (section 3, "bottleneck layers"). */
const BOTTLENECK = 4;
const CLASSES = 1000;
const EXTENT = 224;
const ALIGN = 64;
/** Fractional part of the golden ratio in 32 bits: seeds that are far apart. */
const SEED_STEP = 0x9e3779b9;

export function denseNet(name: string, { growth, first, blocks }: DenseNetShape): { readonly model: Uint8Array; readonly recipe: WeightRecipe } {
  const file = `${name}.weights`;
  const nodes: NodeSpec[] = [];
  const constants: Record<string, ExternalSpec> = {};
  const tensors: RecipeTensor[] = [];
  let bytes = 0;
  const constant = (shape: readonly number[], lo: number, hi: number): string => {
    const elements = shape.reduce((n, extent) => n * extent, 1);
    const tensor: RecipeTensor = { name: `w${tensors.length}`, shape, elements, offset: bytes, length: 4 * elements, seed: Math.imul(SEED_STEP, tensors.length + 1) >>> 0, lo, hi };
    bytes += Math.ceil(tensor.length / ALIGN) * ALIGN;
    tensors.push(tensor);
    constants[tensor.name] = { shape, location: file, offset: tensor.offset };
    return tensor.name;
  };
  const node = (op: string, inputs: readonly string[], attributes: Readonly<Record<string, AttributeValue>> = {}): string => {
    const output = `t${nodes.length}`;
    nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  };
  const window = (size: number, stride: number, pad: number): Record<string, AttributeValue> => ({ kernel_shape: [size, size], strides: [stride, stride], pads: [pad, pad, pad, pad] });
  /** Weights that keep the variance of what relu lets through (He et al., ICCV 2015). */
  const weights = (shape: readonly number[]): string => {
    const bound = Math.sqrt(6 / shape.slice(1).reduce((n, extent) => n * extent, 1));
    return constant(shape, -bound, bound);
  };
  const convolution = (x: string, channels: number, outputs: number, size: number, stride = 1): string => node('Conv', [x, weights([outputs, channels, size, size])], window(size, stride, size >> 1));
  const normalised = (x: string, channels: number): string => {
    const [scale, shift, mean, variance] = [constant([channels], 0.8, 1.2), constant([channels], -0.2, 0.2), constant([channels], -0.2, 0.2), constant([channels], 0.8, 1.2)];
    return node('Relu', [node('BatchNormalization', [x, scale, shift, mean, variance])]);
  };

  let channels = first;
  let x = node('MaxPool', [normalised(convolution('x', 3, first, 7, 2), first)], window(3, 2, 1));
  for (const [block, layers] of blocks.entries()) {
    for (let layer = 0; layer < layers; layer++) {
      const narrow = convolution(normalised(x, channels), channels, BOTTLENECK * growth, 1);
      x = node('Concat', [x, convolution(normalised(narrow, BOTTLENECK * growth), BOTTLENECK * growth, growth, 3)], { axis: 1 });
      channels += growth;
    }
    x = normalised(x, channels);
    if (block === blocks.length - 1) break;
    x = node('AveragePool', [convolution(x, channels, channels >> 1, 1)], window(2, 2, 0));
    channels >>= 1;
  }
  const pooled = node('Flatten', [node('GlobalAveragePool', [x])], { axis: 1 });
  const y = node('Gemm', [pooled, weights([CLASSES, channels]), constant([CLASSES], -0.1, 0.1)], { transB: 1 });
  return { model: onnxFile({ inputs: { x: [1, 3, EXTENT, EXTENT] }, outputs: [y], constants, nodes }), recipe: { file, bytes, tensors } };
}
