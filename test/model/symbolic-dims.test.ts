/** Dimensions that a file leaves open, and inputs whose elements decide shapes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModel } from '../../server/src/model/load-model.js';
import { onnxFile, ramp } from './onnx-builder.js';

const open = onnxFile({ inputs: { x: [-1, 4, -1] }, outputs: ['y'], constants: { w: ramp([4, 5]) }, nodes: [{ op: 'Transpose', inputs: ['x'], outputs: ['t'], attributes: { perm: [0, 2, 1] } }, { op: 'MatMul', inputs: ['t', 'w'], outputs: ['y'] }] });

test('a model with open dimensions says which ones to bind, with an example', () => {
  const plan = loadModel(open);
  assert(!plan.ok);
  assert.match(plan.error.message, /--dim x\.0=1,x\.2=1$/);
  assert.deepEqual(plan.error.dims, ['x.0', 'x.2']);
});

test('bound dimensions give shapes', () => {
  const plan = loadModel(open, undefined, undefined, new Map([['x.0', 2], ['x.2', 3]]));
  assert(plan.ok, plan.ok ? '' : plan.error.message);
  assert.deepEqual(plan.value.outputs[0]?.shape, [2, 3, 5]);
});

test('a dimension that the model does not have is refused with those that it has', () => {
  const plan = loadModel(open, undefined, undefined, new Map([['batch', 2]]));
  assert(!plan.ok);
  assert.match(plan.error.message, /no symbolic dimension "batch": it has "x\.0", "x\.2"/);
});

const reshaping = onnxFile({ inputs: { x: [2, 6], to: [2] }, outputs: ['y'], nodes: [{ op: 'Cast', inputs: ['to'], outputs: ['i'], attributes: { to: 7 } }, { op: 'Reshape', inputs: ['x', 'i'], outputs: ['r'] }, { op: 'Relu', inputs: ['r'], outputs: ['y'] }] });

test('an input whose elements decide a shape is asked for by name, and bound', () => {
  const without = loadModel(reshaping);
  assert(!without.ok);
  assert.deepEqual(without.error.needs, ['to']);
  const plan = loadModel(reshaping, undefined, new Map([['to', [3, 4]]]));
  assert(plan.ok, plan.ok ? '' : plan.error.message);
  assert.deepEqual(plan.value.outputs[0]?.shape, [3, 4]);
});

test('values of the wrong number or name are refused', () => {
  const wrong = loadModel(reshaping, undefined, new Map([['to', [3, 2, 2]]]));
  assert(!wrong.ok);
  assert.match(wrong.error.message, /"to" has the shape \[2\], but 3 values are given/);
  const stray = loadModel(reshaping, undefined, new Map([['shape', [3]]]));
  assert(!stray.ok);
  assert.match(stray.error.message, /no input "shape" .* it has "x", "to"/);
});
