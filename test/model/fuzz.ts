/** Broken models: bytes flipped, files cut, cycles, huge dimensions, absurd attributes. Each gives a plan or one clear message, soon. */
import assert from 'node:assert/strict';
import { createRng, type Rng } from '../../server/src/base/rng.js';
import { loadModel } from '../../server/src/model/load-model.js';
import { modelFile } from './fixture-model.js';
import { onnxFile, ramp, type ModelSpec } from './onnx-builder.js';

const SLOWEST_MS = 5000;
const MOST_MEMORY = 2 * 1024 ** 3;
const ABSURD = [-1, 0, 1, 2, 3, 7, 1000, 2 ** 20, 2 ** 31, 2 ** 40, 2 ** 53 - 1, -(2 ** 31)];

/** Small networks with what decides shapes: windows, axes, slices, reshapes, recurrent layers. */
function small(rng: Rng): ModelSpec {
  const n = (usual: number): number => (rng.int(25) === 0 ? ABSURD[rng.int(ABSURD.length)] ?? usual : usual);
  const x = [n(1), n(4), n(8), n(8)].map((extent) => Math.max(extent, -1));
  const shape = [n(1), n(4), n(64)];
  return {
    inputs: { x, s: [n(3), 1, 4] }, outputs: ['y', 'z'],
    constants: { w: ramp([4, 4, 3, 3]), to: { shape: [3], values: shape, dtype: 'int64' }, lw: ramp([1, 12, 4], 2), lr: ramp([1, 12, 3], 3), lb: ramp([1, 24], 4) },
    nodes: [
      { op: 'Conv', inputs: [rng.int(12) === 0 ? 'a' : 'x', 'w'], outputs: ['a'], attributes: { kernel_shape: [n(3), n(3)], pads: [n(1), n(1), n(1), n(1)], strides: [n(1), n(1)], group: n(1), dilations: [n(1), n(1)] } },
      { op: 'Transpose', inputs: ['a'], outputs: ['b'], attributes: { perm: [n(0), n(1), n(3), n(2)] } },
      { op: 'Reshape', inputs: ['b', 'to'], outputs: ['c'] },
      { op: 'Softmax', inputs: ['c'], outputs: ['y'], attributes: { axis: n(-1) } },
      { op: 'LSTM', inputs: ['s', 'lw', 'lr', 'lb'], outputs: ['', 'z'], attributes: { hidden_size: n(3), layout: n(0) } },
    ],
  };
}

function broken(rng: Rng, real: Uint8Array): Uint8Array {
  const kind = rng.int(3);
  const bytes = kind === 2 ? Uint8Array.from(onnxFile(small(rng))) : Uint8Array.from(real);
  if (kind === 0) return bytes.slice(0, rng.int(bytes.length));
  if (kind === 2 && rng.int(2) === 0) return bytes;
  for (let flips = 1 + rng.int(8); flips > 0; flips--) bytes[rng.int(bytes.length)] = rng.int(256);
  return bytes;
}

/** How many gave a plan; throws where one crashed, hung or took too much memory. */
export function fuzzModels(count: number, seed: number): number {
  const rng = createRng(seed);
  const bases = [modelFile('resnet18.onnx'), onnxFile(small(createRng(1)))];
  let plans = 0;
  for (let i = 0; i < count; i++) {
    const bytes = broken(rng, bases[i % 10 === 0 ? 0 : 1] ?? bases[0] ?? new Uint8Array(0));
    const start = process.cpuUsage();
    let loaded: ReturnType<typeof loadModel>;
    try {
      loaded = loadModel(bytes);
    } catch (e) {
      throw new Error(`model ${i} of seed ${seed} crashed the importer: ${e instanceof Error ? e.stack ?? e.message : String(e)}`);
    }
    // Of the processor: tests run beside others.
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1000;
    assert(took < SLOWEST_MS, `model ${i} of seed ${seed} took ${took.toFixed(0)} ms`);
    if (loaded.ok) plans++;
    else assert(loaded.error.message.length > 0 && !loaded.error.message.includes('\n    at '), `model ${i} of seed ${seed}: ${loaded.error.message}`);
  }
  assert(process.memoryUsage().rss < MOST_MEMORY, `${process.memoryUsage().rss} bytes in use`);
  return plans;
}
