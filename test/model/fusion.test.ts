/** Which operators become one task, seen in the names of the calls' tasks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModel } from '../../server/src/model/load-model.js';
import { taskCalls, type NetworkPlan } from '../../server/src/model/plan.js';
import { onnxFile, ramp, type ModelSpec, type NodeSpec } from './onnx-builder.js';

const node = (op: string, inputs: string, output: string): NodeSpec => ({ op, inputs: inputs.split(' '), outputs: [output], attributes: op === 'Conv' ? { pads: [1, 1, 1, 1] } : {} });

function planNodes(nodes: readonly NodeSpec[], outputs: readonly string[] = ['y']): NetworkPlan {
  const spec: ModelSpec = { inputs: { x: [1, 4, 6, 6] }, outputs, constants: { w: ramp([4, 4, 3, 3]), v: ramp([4, 4, 3, 3], 2), b: ramp([4]) }, nodes };
  const plan = loadModel(onnxFile(spec));
  assert(plan.ok, plan.ok ? '' : plan.error.message);
  return plan.value;
}

const CASES: Readonly<Record<string, { readonly nodes: readonly NodeSpec[]; readonly outputs?: readonly string[]; readonly calls: readonly string[] }>> = {
  'bias, add and relu join the convolution': {
    nodes: [node('Conv', 'x w b', 'a'), node('Add', 'a x', 's'), node('Relu', 's', 'y')],
    calls: ['transpose', 'nn_conv2d_add_add_nn_relu', 'transpose'],
  },
  'a diamond joins': {
    nodes: [node('Conv', 'x w', 'a'), node('Relu', 'a', 'r'), node('Sigmoid', 'a', 's'), node('Mul', 'r s', 'm'), node('Neg', 'm', 'y')],
    calls: ['transpose', 'nn_conv2d_nn_relu_sigmoid_multiply_negative', 'transpose'],
  },
  'a diamond with a reader outside is cut': {
    nodes: [node('Conv', 'x w', 'a'), node('Relu', 'a', 'r'), node('Sigmoid', 'a', 's'), node('Mul', 'r s', 'm'), node('GlobalAveragePool', 's', 'g'), node('Mul', 'm g', 'y')],
    calls: ['transpose', 'nn_conv2d', 'sigmoid', 'nn_global_avg_pool2d', 'nn_relu_multiply_multiply', 'transpose'],
  },
  'a tensor that two tasks read is stored': {
    nodes: [node('Conv', 'x w', 'a'), node('Relu', 'a', 'r'), node('Conv', 'a v', 'c'), node('Add', 'c r', 'y')],
    calls: ['transpose', 'nn_conv2d', 'nn_relu', 'nn_conv2d_add', 'transpose'],
  },
  'a tensor that is an output is stored': {
    nodes: [node('Conv', 'x w', 'a'), node('Relu', 'a', 'r')], outputs: ['a', 'r'],
    calls: ['transpose', 'nn_conv2d', 'nn_relu', 'transpose', 'transpose'],
  },
  'of two convolutions the later takes the sum': {
    nodes: [node('Conv', 'x w', 'a'), node('Conv', 'x v', 'c'), node('Add', 'a c', 'y')],
    calls: ['transpose', 'nn_conv2d', 'nn_conv2d_add', 'transpose'],
  },
  'element-wise operators alone are one simple task': { nodes: [node('Relu', 'x', 'a'), node('Neg', 'a', 'c'), node('Exp', 'c', 'y')], calls: ['nn_relu_negative_exp'] },
  'a lower rank does not join': {
    nodes: [node('Conv', 'x w', 'a'), node('GlobalAveragePool', 'a', 'g'), node('Mul', 'a g', 'y')],
    calls: ['transpose', 'nn_conv2d', 'nn_global_avg_pool2d', 'multiply', 'transpose'],
  },
  'a pool takes its tail': { nodes: [node('GlobalAveragePool', 'x', 'g'), node('Relu', 'g', 'y')], calls: ['transpose', 'nn_global_avg_pool2d_nn_relu'] },
  'what nobody needs is gone': { nodes: [node('Conv', 'x w', 'a'), node('Relu', 'x', 'y')], calls: ['nn_relu'] },
};

for (const [name, { nodes, outputs, calls }] of Object.entries(CASES)) {
  test(name, () => {
    const plan = planNodes(nodes, outputs);
    assert.deepEqual(taskCalls(plan).map((call) => plan.tasks[call.task]?.name.replace(/^fused_|_\d+$/g, '')), calls);
  });
}

test('tails of a product of matrices join through a change of rank', () => {
  const spec: ModelSpec = {
    inputs: { x: [1, 5, 4] }, outputs: ['y'], constants: { w: ramp([4, 4]), b: ramp([4]) },
    nodes: [node('MatMul', 'x w', 'a'), node('Add', 'a b', 'c'), node('Sigmoid', 'c', 's'), node('Mul', 'c s', 'm'), node('Add', 'x m', 'y')],
  };
  const plan = loadModel(onnxFile(spec));
  assert(plan.ok);
  assert.deepEqual(plan.value.tasks.map((task) => task.name), ['fused_nn_dense_add_sigmoid_multiply_add']);
  assert.deepEqual(plan.value.outputs[0]?.shape, [1, 5, 4]);
});

test('operands in either order give one task', () => {
  const plan = planNodes([
    node('Conv', 'x w b', 'a'), node('Add', 'a x', 's'), node('Relu', 's', 'r'),
    node('Conv', 'r v b', 'c'), node('Add', 'r c', 't'), node('Relu', 't', 'y'),
  ]);
  const task = plan.tasks.find((one) => !one.simple);
  assert.equal(task?.weight, 2);
  assert.deepEqual(plan.tasks.map((one) => one.simple), [true, false, true]);
});

test('only weights are marked for layout rewriting, the bias is not', () => {
  const plan = planNodes([node('Conv', 'x w b', 'y')]);
  const placeholders = plan.tasks[1]?.dag.ops.flatMap((op) => (op.kind === 'placeholder' ? [[op.name, op.constant]] : []));
  assert.deepEqual(placeholders, [['p0', false], ['p1', true], ['p2', false]]);
});

test('an alias costs no call', () => {
  const plan = planNodes([node('GlobalAveragePool', 'x', 'g'), node('Flatten', 'g', 'y')]);
  assert.deepEqual(plan.outputs[0]?.shape, [1, 4]);
  assert.equal(plan.calls.length, 2);
  assert.deepEqual(taskCalls(plan)[1]?.output, { kind: 'output', index: 0 });
});
