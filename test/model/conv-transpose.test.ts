/** Transposed convolutions with constant weights, of all kinds of strides, kernels and pads, against ONNX Runtime; and what becomes of them as tasks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ort from 'onnxruntime-node';
import { createRng } from '../../server/src/base/rng.js';
import { loadModel } from '../../server/src/model/load-model.js';
import { runPlan } from '../harness/run-plan.js';
import { onnxFile, ramp } from './onnx-builder.js';

interface Case { readonly x: readonly number[]; readonly w: readonly number[]; readonly strides: number[]; readonly pads: number[]; readonly more: number[]; readonly bias: boolean }

const file = ({ x, w, strides, pads, more, bias }: Case): Uint8Array => onnxFile({
  inputs: { x }, outputs: ['y'], constants: { w: ramp(w), ...(bias ? { b: ramp([w[1] ?? 1], 3) } : {}) },
  nodes: [
    { op: 'ConvTranspose', inputs: bias ? ['x', 'w', 'b'] : ['x', 'w'], outputs: ['a'], attributes: { strides, pads, output_padding: more } },
    { op: 'LeakyRelu', inputs: ['a'], outputs: ['y'], attributes: { alpha: { float: 0.1 } } },
  ],
});

async function check(spec: Case): Promise<void> {
  const model = file(spec);
  const plan = loadModel(model);
  assert(plan.ok, plan.ok ? '' : plan.error.message);
  const data = Float32Array.from(ramp(spec.x, 20).values);
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  const { y } = await session.run({ x: new ort.Tensor('float32', data, [...spec.x]) });
  const [got] = runPlan(plan.value, [data]);
  assert(y !== undefined && got !== undefined);
  assert.deepEqual(plan.value.outputs[0]?.shape, y.dims);
  Array.from(y.data, Number).forEach((value, i) => assert(Math.abs(value - (got[i] ?? NaN)) <= 1e-5, `element ${i} is ${got[i]}, ONNX Runtime has ${value}`));
}

/** ONNX Runtime takes an output padding below the stride only. */
function random(seed: number): Case {
  const rng = createRng(seed);
  const dims = 1 + rng.int(3);
  const each = (make: (i: number) => number): number[] => Array.from({ length: dims }, (_, i) => make(i));
  const kernel = each(() => 1 + rng.int(5));
  const strides = each(() => 1 + rng.int(4));
  const pads = [...kernel, ...kernel].map((k) => rng.int(k));
  const more = strides.map((s) => rng.int(s));
  const space = each((i) => Math.max(1 + rng.int(5), Math.ceil(((pads[i] ?? 0) + (pads[i + dims] ?? 0) + 1) / (strides[i] ?? 1)) + 1));
  return { x: [1 + rng.int(2), 3, ...space], w: [3, 1 + rng.int(5), ...kernel], strides, pads, more, bias: rng.int(2) === 0 };
}

test('sixty of all kinds, seeded', async (t) => {
  let withPhases = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const spec = random(seed);
    await t.test(JSON.stringify(spec), () => check(spec));
    if (tasksOf(spec).some((text) => !text.includes('data_dilate'))) withPhases++;
  }
  assert(withPhases >= 15, `only ${withPhases} without zeros`);
});

test('one element that becomes a feature map: each position has taps of its own', async () => {
  const spec = { x: [1, 6, 1, 1], w: [6, 5, 4, 4], strides: [1, 1], pads: [0, 0, 0, 0], more: [0, 0], bias: true };
  await check(spec);
  assert.equal(flops(spec), 2 * 16 * 6 * 5);
});

test('an upsampling layer multiplies no zeros, and its activation is fused', async () => {
  const spec = { x: [1, 8, 4, 4], w: [8, 6, 4, 4], strides: [2, 2], pads: [1, 1, 1, 1], more: [0, 0], bias: true };
  await check(spec);
  assert.equal(tasksOf(spec).length, 1);
  // Each output element meets 2 x 2 of the 4 x 4 taps.
  assert.equal(flops(spec), 2 * 64 * 6 * 8 * 4);
});

function tasksOf(spec: Case): string[] {
  const plan = loadModel(file(spec));
  assert(plan.ok);
  return plan.value.tasks.filter((task) => task.dag.ops.some((op) => op.kind === 'compute' && op.body.kind !== 'expr')).map((task) => task.dag.ops.map((op) => op.name).join(' '));
}

/** Multiplications and additions of the reductions. */
function flops(spec: Case): number {
  const plan = loadModel(file(spec));
  assert(plan.ok);
  return plan.value.tasks.flatMap((task) => task.dag.ops).reduce((sum, op) => {
    if (op.kind !== 'compute' || op.body.kind === 'expr') return sum;
    return sum + 2 * [...op.output.shape, ...op.reduceAxes.map((axis) => axis.extent)].reduce((n, extent) => n * extent, 1);
  }, 0);
}
