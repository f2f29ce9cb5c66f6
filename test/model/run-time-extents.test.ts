/**
 * Networks whose tensors are as large as their data says, against ONNX Runtime: what suppression, selection and search give, and what
 * may come behind them; as WebAssembly and as C. And the one clear message where an operator does not take such a tensor.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import { elementCount } from '../../server/src/ir/buffer.js';
import { loadModel } from '../../server/src/model/load-model.js';
import { hostTensor } from '../../server/src/model/tensor.js';
import { elementBytes } from '../../server/src/ir/element-bytes.js';
import { outputsOfBytes } from '../../server/src/session/network-outputs.js';
import { compilerName, runCCases } from './onnx-backend/run-c-cases.js';
import { runWasmCase } from './onnx-backend/run-wasm-case.js';
import type { PlannedCase } from './onnx-backend/compile-case.js';
import { onnxFile, ramp, type ModelSpec, type NodeSpec, type TensorSpec } from './onnx-builder.js';

interface OrtTensor { readonly data: ArrayLike<number> | BigInt64Array; readonly dims: readonly number[] }
interface Ort {
  readonly InferenceSession: { create(model: Uint8Array, options?: unknown): Promise<{ run(feeds: Record<string, unknown>): Promise<Record<string, OrtTensor>> }> };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => unknown;
}

function runtime(): Ort | undefined {
  try {
    return createRequire(import.meta.url)('onnxruntime-node') as Ort;
  } catch {
    return undefined;
  }
}
const ort = runtime();

const node = (op: string, inputs: string, outputs: string, attributes: NodeSpec['attributes'] = {}): NodeSpec => ({ op, inputs: inputs.split(' ').map((name) => (name === '_' ? '' : name)), outputs: outputs.split(' ').map((name) => (name === '_' ? '' : name)), attributes });
const ints = (...values: number[]): TensorSpec => ({ shape: [values.length], values, dtype: 'int64' });
const int = (value: number): TensorSpec => ({ shape: [], values: [value], dtype: 'int64' });
const floats = (...values: number[]): TensorSpec => ({ shape: [values.length], values });

const BOXES = { boxes: [1, 40, 4], scores: [1, 3, 40] };
const SUPPRESS = { most: ints(6), iou: floats(0.4), least_score: floats(0.2) };

const types = (names: string): ModelSpec['types'] => Object.fromEntries(names.split(' ').map((name) => [name, 'int64']));

const NETWORKS: Readonly<Record<string, ModelSpec>> = {
  'boxes that are left, as detectors gather them': {
    inputs: BOXES, types: types('rows'), outputs: ['rows', 'chosen', 'wide', 'norm', 'total', 'flipped'],
    constants: { ...SUPPRESS, column: int(2), last: ints(2), zero: ints(0), w: ramp([4, 5]), one: ints(1), back: ints(-1, 2) },
    nodes: [
      node('NonMaxSuppression', 'boxes scores most iou least_score', 'rows'), node('Gather', 'rows column', 'box', { axis: 1 }), node('Squeeze', 'boxes zero', 'flat'),
      node('Gather', 'flat box', 'chosen', { axis: 0 }), node('MatMul', 'chosen w', 'wide'), node('Softmax', 'wide', 'norm', { axis: -1 }),
      node('ReduceMax', 'chosen', 'total', { axes: [1], keepdims: 0 }), node('Transpose', 'chosen', 't', { perm: [1, 0] }), node('Mul', 't t', 'flipped'),
    ],
  },
  'centred boxes, found among the best': {
    inputs: BOXES, types: types('rows count'), outputs: ['rows', 'chosen', 'count'],
    constants: { ...SUPPRESS, k: ints(12), zero: ints(0), axes: ints(0, 1), column: int(2) },
    nodes: [
      node('ReduceMax', 'scores', 'best', { axes: [0, 1], keepdims: 0 }), node('TopK', 'best k', 'top at'), node('Gather', 'boxes at', 'few', { axis: 1 }),
      node('Unsqueeze', 'top axes', 'two'), node('NonMaxSuppression', 'few two most iou', 'rows', { center_point_box: 1 }), node('Gather', 'rows column', 'box', { axis: 1 }),
      node('Gather', 'few box', 'chosen', { axis: 1 }), node('Shape', 'rows', 'count'),
    ],
  },
  'elements that a mask chooses': {
    inputs: { x: [5, 7] }, types: types('at size'), outputs: ['at', 'values', 'doubled', 'size'], constants: { zero: floats(0) },
    nodes: [node('Greater', 'x zero', 'mask'), node('NonZero', 'mask', 'at'), node('Transpose', 'at', 'rows'), node('GatherND', 'x rows', 'values'), node('Add', 'values values', 'doubled'), node('Size', 'at', 'size')],
  },
  'unique elements and their inverse': {
    inputs: { x: [30] }, types: types('first inverse counts'), outputs: ['y', 'first', 'inverse', 'counts', 'again'],
    nodes: [node('Round', 'x', 'r'), node('Unique', 'r', 'y first inverse counts', { sorted: 0 }), node('Gather', 'y inverse', 'again')],
  },
  'unique rows and columns': {
    inputs: { x: [8, 3] }, types: types('counts'), outputs: ['y', 'counts', 'z'],
    nodes: [node('Round', 'x', 'r'), node('Unique', 'r', 'y _ _ counts', { axis: 0 }), node('Unique', 'r', 'z', { axis: 1 })],
  },
  'rows that a condition keeps': {
    inputs: { x: [9, 4] }, types: types('at'), outputs: ['kept', 'top', 'at', 'last'], constants: { zero: floats(0), one: ints(1), k: ints(3), back: ints(-1) },
    nodes: [
      node('ReduceSum', 'x one', 'sum', { keepdims: 0 }), node('Greater', 'sum zero', 'positive'), node('Compress', 'x positive', 'kept', { axis: 0 }),
      node('TopK', 'kept k', 'top at', { axis: 1 }), node('Gather', 'kept back', 'last', { axis: 0 }),
    ],
  },
  'the best of those that are left, as many as there are': {
    inputs: { x: [20] }, types: types('at'), outputs: ['top', 'at'], constants: { zero: floats(0), most: ints(5) },
    nodes: [
      node('Greater', 'x zero', 'positive'), node('Compress', 'x positive', 'kept', { axis: 0 }), node('Shape', 'kept', 'n'), node('Min', 'n most', 'k'), node('TopK', 'kept k', 'top at', { largest: 0 }),
    ],
  },
  'the best of the boxes that are left, with their sums': {
    inputs: { boxes: [1, 30, 4], scores: [1, 1, 30] }, types: types('best'), outputs: ['top', 'best', 'chosen', 'sum', 'mean', 'least', 'norm'],
    constants: { ...SUPPRESS, column: int(2), zero: ints(0), k: ints(2), flatten: ints(-1) },
    nodes: [
      node('NonMaxSuppression', 'boxes scores most iou least_score', 'rows'), node('Gather', 'rows column', 'box', { axis: 1 }), node('Squeeze', 'boxes zero', 'flat'),
      node('Reshape', 'scores flatten', 'line'), node('Gather', 'line box', 'kept'), node('Gather', 'flat box', 'found'), node('TopK', 'kept k', 'top best'), node('Gather', 'found best', 'chosen'),
      node('ReduceSum', 'found zero', 'sum', { keepdims: 0 }), node('ReduceMean', 'found', 'mean', { axes: [0, 1] }), node('ReduceMin', 'found', 'least', { axes: [-2], keepdims: 0 }), node('ReduceL2', 'kept', 'norm', { axes: [0] }),
    ],
  },
  'regions of those that are left': {
    inputs: { x: [1, 2, 8, 8], boxes: [1, 12, 4], scores: [1, 1, 12] }, outputs: ['aligned', 'sampled', 'largest', 'pooled'],
    constants: { ...SUPPRESS, second: ints(1), column: int(2), batch: int(0), zero: ints(0), four: floats(3) },
    nodes: [
      node('Abs', 'boxes', 'positive'), node('Split', 'positive', 'corner size', { axis: 2 }), node('Add', 'corner size', 'other'), node('Concat', 'corner other', 'cornered', { axis: 2 }), node('Mul', 'cornered four', 'placed'), node('NonMaxSuppression', 'placed scores most iou least_score', 'rows'), node('Gather', 'rows column', 'box', { axis: 1 }), node('Gather', 'rows batch', 'image', { axis: 1 }),
      node('Squeeze', 'placed zero', 'flat'), node('Gather', 'flat box', 'regions'), node('RoiAlign', 'x regions image', 'aligned', { output_height: 2, output_width: 3 }),
      node('RoiAlign', 'x regions image', 'sampled', { output_height: 2, output_width: 2, sampling_ratio: 2 }), node('RoiAlign', 'x regions image', 'largest', { output_height: 2, output_width: 2, mode: 'max' }),
      node('Cast', 'image', 'real', { to: 1 }), node('Unsqueeze', 'real second', 'first'), node('Concat', 'first regions', 'five', { axis: 1 }), node('MaxRoiPool', 'x five', 'pooled', { pooled_shape: [2, 3] }),
    ],
  },
  'what several suppressions leave, joined': {
    inputs: BOXES, types: types('joined padded'), outputs: ['joined', 'padded', 'chosen', 'scored'],
    constants: { ...SUPPRESS, first: ints(0), second: ints(1), column: ints(2), zero: ints(0), one: ints(1), more: { shape: [2, 1], values: [0, 3], dtype: 'int64' } },
    nodes: [
      ...['first', 'second'].flatMap((which) => [
        node('Gather', `scores ${which}`, `s_${which}`, { axis: 1 }), node('NonMaxSuppression', `boxes s_${which} most iou least_score`, `rows_${which}`), node('Gather', `rows_${which} column`, `box_${which}`, { axis: 1 }),
      ]),
      node('Concat', 'box_first box_second', 'joined', { axis: 0 }), node('Concat', 'box_second more joined', 'padded', { axis: -2 }), node('Squeeze', 'boxes zero', 'flat'),
      node('Squeeze', 'joined one', 'at'), node('Gather', 'flat at', 'chosen'), node('Cast', 'joined', 'real', { to: 1 }), node('Concat', 'chosen real', 'scored', { axis: 1 }),
    ],
  },
  'sums over what a mask chooses, and over more elements than could be squared': {
    inputs: { x: [6, 5], long: [200000, 3] }, outputs: ['sums', 'all', 'back'], constants: { zero: floats(0), first: int(0), second: int(1) },
    nodes: [
      node('Greater', 'x zero', 'mask'), node('NonZero', 'mask', 'at'), node('Transpose', 'at', 'rows'), node('GatherND', 'x rows', 'values'), node('CumSum', 'values first', 'sums'),
      node('CumSum', 'long first', 'all', { exclusive: 1 }), node('Transpose', 'long', 'wide', { perm: [1, 0] }), node('CumSum', 'wide second', 'back', { reverse: 1 }),
    ],
  },
  'a value for elements and rows that a mask chooses, as PyTorch writes x[mask] = value': {
    inputs: { x: [6, 4], v: [4] }, outputs: ['y', 'z'], constants: { zero: floats(0), value: floats(7), tail: ints(4), start: ints(0), end: ints(1), minus: ints(-1, -1), ones: ints(1, 1) },
    nodes: [
      node('Greater', 'x zero', 'mask'), node('NonZero', 'mask', 'at'), node('Transpose', 'at', 'rows'), node('Shape', 'rows', 'all'), node('Slice', 'all start end start', 'number'),
      node('Expand', 'value number', 'values'), node('ScatterND', 'x rows values', 'y'),
      // Of rows: with the test for -1 that its exporter writes around each expanded shape.
      node('ReduceMax', 'x', 'largest', { axes: [1], keepdims: 0 }), node('Greater', 'largest value', 'high'), node('Greater', 'largest zero', 'some'), node('Or', 'high some', 'row_mask'), node('NonZero', 'row_mask', 'row_at'), node('Transpose', 'row_at', 'chosen'),
      node('Shape', 'chosen', 'sizes'), node('Gather', 'sizes start', 'count'), node('Concat', 'count tail', 'shape', { axis: 0 }), node('Equal', 'shape minus', 'open'), node('Where', 'open ones shape', 'wanted'),
      node('Expand', 'v wanted', 'written'), node('ScatterND', 'x chosen written', 'z'),
    ],
  },
  'updates of a data-dependent number': {
    inputs: { x: [6, 4] }, outputs: ['y'], constants: { zero: floats(0) },
    nodes: [
      node('Greater', 'x zero', 'mask'), node('NonZero', 'mask', 'at'), node('Transpose', 'at', 'rows'), node('GatherND', 'x rows', 'values'), node('Neg', 'values', 'negative'),
      node('ScatterND', 'x rows negative', 'y'),
    ],
  },
};

function planned(spec: ModelSpec, seed: number): PlannedCase {
  const plan = loadModel(onnxFile(spec));
  assert(plan.ok, plan.ok ? '' : plan.error.message);
  const rng = createRng(seed);
  const inputs = plan.value.inputs.map(({ dtype, shape }) => {
    const host = hostTensor(dtype, shape, Float64Array.from({ length: elementCount(shape) }, () => Math.fround(rng.real() * 4 - 1.5)));
    return { host, bytes: elementBytes(host.data, dtype) };
  });
  return { plan: plan.value, inputs };
}

async function expected(spec: ModelSpec, { plan, inputs }: PlannedCase, { InferenceSession, Tensor }: Ort): Promise<readonly OrtTensor[]> {
  const session = await InferenceSession.create(onnxFile(spec), { graphOptimizationLevel: 'disabled', logSeverityLevel: 3 });
  const results = await session.run(Object.fromEntries(plan.inputs.map(({ name, shape }, i) => [name, new Tensor('float32', Float32Array.from(inputs[i]?.host.data ?? []), shape)])));
  return spec.outputs.map((name) => {
    const tensor = results[name];
    assert(tensor !== undefined, name);
    return tensor;
  });
}

function check(spec: ModelSpec, { plan }: PlannedCase, bytes: readonly Uint8Array[], want: readonly OrtTensor[], how: string): void {
  outputsOfBytes(plan, bytes).forEach(({ name, shape, data }, i) => {
    const reference = want[i];
    assert.deepEqual(shape, [...(reference?.dims ?? [])], `${how}: shape of ${name}`);
    const numbers = reference?.data instanceof BigInt64Array ? Array.from(reference.data, Number) : Array.from(reference?.data ?? []);
    numbers.forEach((x, k) => assert.ok(Math.abs(x - (data[k] ?? NaN)) <= 1e-5 * Math.max(1, Math.abs(x)), `${how}: element ${k} of ${name} is ${data[k]} instead of ${x}`));
  });
}

const SEEDS = [1, 2];
const compiler = compilerName();
for (const [name, spec] of Object.entries(NETWORKS)) {
  test(`${name}: equals ONNX Runtime`, { skip: ort === undefined ? 'ONNX Runtime is not installed' : false, timeout: 120_000 }, async () => {
    assert(ort !== undefined);
    const cases = SEEDS.map((seed) => planned(spec, seed));
    const want = await Promise.all(cases.map((one) => expected(spec, one, ort)));
    cases.forEach((one, i) => {
      for (const schedule of ['naive', 'default'] as const) check(spec, one, runWasmCase(one, schedule), want[i] ?? [], `WebAssembly, ${schedule}`);
    });
    if (compiler === undefined) return;
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ansor-extents-'));
    try {
      runCCases(cases, folder, compiler, 'default').forEach((bytes, i) => { check(spec, defined(cases[i]), bytes, want[i] ?? [], 'C'); });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function defined<T>(value: T | undefined): T {
  assert(value !== undefined);
  return value;
}
