/** A network's outputs stand in the model's order among the parameters, whichever is computed first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModel } from '../../server/src/model/load-model.js';
import { compileTask } from '../model/onnx-backend/compile-case.js';
import { assembleNetwork } from '../../server/src/session/network.js';
import { onnxFile } from '../model/onnx-builder.js';

const WASM_UNIT = { bytes: 16, registers: 16 };

test('outputs in the order of the model', () => {
  const plan = loadModel(onnxFile({
    inputs: { x: [2, 3] }, outputs: ['last', 'first'],
    nodes: [{ op: 'Softmax', inputs: ['x'], outputs: ['first'] }, { op: 'MatMul', inputs: ['t', 'first'], outputs: ['last'] }].toSpliced(1, 0, { op: 'Transpose', inputs: ['first'], outputs: ['t'] }),
  }));
  assert(plan.ok, plan.ok ? '' : plan.error.message);
  const image = assembleNetwork(plan.value, plan.value.tasks.map((task, i) => compileTask(task.dag, `k${i}`, 'naive', WASM_UNIT)));
  assert.deepEqual(image.params.filter((p) => p.role === 'output').map((p) => p.name), ['last', 'first']);
});
