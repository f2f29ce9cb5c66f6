/** What became of a model's nodes: fused into tasks, folded away, not tuned and why. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModel } from '../../server/src/model/load-model.js';
import { tasksOfPlan } from '../../server/src/session/input.js';
import { callsOf, untunedParts, type FusedNodes } from '../../server/src/session/network-parts.js';
import { ansor, placeWith } from '../cli/ansor.js';
import { onnxFile, ramp } from '../model/onnx-builder.js';

const conv = { op: 'Conv', attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } };
const MODEL = onnxFile({
  inputs: { x: [1, 4, 8, 8] }, outputs: ['y', 'places'],
  types: { places: 'int64' },
  constants: { w: ramp([4, 4, 3, 3], 1), s: ramp([4], 2), b: ramp([4], 3), m: ramp([4], 4), v: { shape: [4], values: [1, 2, 3, 4] }, w2: ramp([4, 4, 3, 3], 5) },
  nodes: [
    { ...conv, inputs: ['x', 'w'], outputs: ['c'] }, { op: 'BatchNormalization', inputs: ['c', 's', 'b', 'm', 'v'], outputs: ['n'] }, { op: 'Relu', inputs: ['n'], outputs: ['r'] },
    { ...conv, inputs: ['r', 'w2'], outputs: ['d'] }, { op: 'Add', inputs: ['d', 'r'], outputs: ['a'] },
    { op: 'Transpose', inputs: ['a'], outputs: ['t'], attributes: { perm: [0, 2, 3, 1] } }, { op: 'Mul', inputs: ['t', 't'], outputs: ['y'] },
    { op: 'NonZero', inputs: ['r'], outputs: ['places'] },
  ],
});

const words = (calls: readonly FusedNodes[]): string[] => calls.map((nodes) => nodes.map(({ op, name }) => `${op} ${name}`).join(' + '));

test('each node is in the task that computes it; what is not tuned says why', () => {
  const plan = loadModel(MODEL, () => undefined);
  assert.ok(plan.ok, JSON.stringify(plan));
  assert.deepEqual(tasksOfPlan(plan.value).map((task) => words(callsOf(plan.value, task))), [['Conv Conv_0 + BatchNormalization BatchNormalization_1 + Relu Relu_2'], ['Conv Conv_3 + Add Add_4 + Mul Mul_6']]);
  const parts = untunedParts(plan.value);
  assert.deepEqual([...new Set(parts.map((part) => part.why))].sort(), ['no-reduction', 'procedure']);
  assert.ok(parts.some((part) => part.why === 'procedure' && words(part.calls).some((one) => one.startsWith('NonZero NonZero_7'))), JSON.stringify(parts));
  // Images are computed with the channels innermost: the input is put so, what follows a transposition to that order fuses.
  assert.ok(parts.some((part) => part.why === 'no-reduction' && words(part.calls).some((one) => one.startsWith('Conv Conv_0'))), JSON.stringify(parts));
  const placed = [...tasksOfPlan(plan.value).flatMap((task) => callsOf(plan.value, task)), ...parts.flatMap((part) => part.calls)];
  assert.equal(placed.length, plan.value.calls.length);
  assert.deepEqual(callsOf(undefined, { planTask: undefined }), []);
});

test('ansor tasks: fused operators beside each task, one line for each reason not to tune', async () => {
  const { out, status } = await ansor(['tasks', 'net.onnx'], { cwd: placeWith({ 'net.onnx': MODEL }) });
  assert.equal(status, 0);
  assert.match(out, /Conv \+ BatchNormalization \+ Relu\n/);
  assert.match(out, /^not tuned: \d+ calls? which only move elements or map them one by one: layout of Conv/m);
  assert.match(out, /^not tuned: \d+ calls? which are no tensor expressions .*NonZero/m);
});
