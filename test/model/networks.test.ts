/** Whole networks: their tasks as the original extracts them, and their output stage by stage against ONNX Runtime's. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dagFlops } from '../../server/src/dag/flops.js';
import { dagText, workloadKey } from '../../server/src/dag/text.js';
import { taskCalls } from '../../server/src/model/plan.js';
import { runPlan } from '../harness/run-plan.js';
import { planOf, referenceInput, referenceOutput } from './fixture-model.js';

interface OracleTask { readonly workload_key: string; readonly dag_text: string; readonly flop: number; readonly weight: number }

function oracleTasks(network: string): readonly OracleTask[] {
  return JSON.parse(readFileSync(new URL(`../fixtures/oracle/networks/${network}.llvm.json`, import.meta.url), 'utf8')).tasks;
}

/** `equal`: names of tasks that the original's networks have too. Weighted FLOPs are of the tuned tasks. */
const NETWORKS = [
  {
    name: 'resnet18', tuned: 18, simple: 1, calls: 24, gflops: 3.634, oracle: 'resnet18_nhwc',
    equal: ['fused_nn_conv2d_add_nn_relu', 'fused_nn_conv2d_add_nn_relu_1', 'fused_nn_conv2d_add_nn_relu_2', 'fused_nn_conv2d_add_nn_relu_4',
      'fused_nn_conv2d_add_nn_relu_6', 'fused_nn_conv2d_add_nn_relu_7', 'fused_nn_global_avg_pool2d', 'fused_nn_dense_add'],
  },
  { name: 'resnet50', tuned: 27, simple: 1, calls: 57, gflops: 8.21, oracle: 'resnet18_nhwc', equal: ['fused_nn_conv2d_add_nn_relu', 'fused_nn_conv2d_add_nn_relu_2', 'fused_nn_conv2d_add_nn_relu_15'] },
  { name: 'mobilenet_v2', tuned: 32, simple: 1, calls: 55, gflops: 0.618, oracle: 'mobilenet_nhwc', equal: [] },
];

for (const { name, tuned, simple, calls, gflops, oracle, equal } of NETWORKS) {
  test(`tasks of ${name}`, () => {
    const plan = planOf(name);
    const heavy = plan.tasks.filter((task) => !task.simple);
    assert.deepEqual([heavy.length, plan.tasks.length - heavy.length, plan.calls.length], [tuned, simple, calls]);
    assert.equal(plan.tasks.reduce((n, task) => n + task.weight, 0), calls, 'weights count the calls');
    assert.equal(new Set(plan.tasks.map((task) => task.name)).size, plan.tasks.length, 'names are distinct');
    assert.equal(new Set(plan.tasks.map((task) => workloadKey(task.dag))).size, plan.tasks.length, 'keys are distinct');
    const total = heavy.reduce((sum, task) => sum + task.weight * Math.max(0, dagFlops(task.dag)), 0) / 1e9;
    assert(Math.abs(total - gflops) < 0.005 * gflops, `${total} GFLOP`);
    const known = new Map(oracleTasks(oracle).map((task) => [task.workload_key, task]));
    const found = heavy.filter((task) => known.has(workloadKey(task.dag)));
    assert.deepEqual(found.map((task) => task.name), equal);
    for (const task of found) {
      const expected = known.get(workloadKey(task.dag));
      assert.equal(dagText(task.dag), expected?.dag_text);
      // The original counts -1 for its global pool, whose divisor it cannot evaluate.
      if (task.name !== 'fused_nn_global_avg_pool2d') assert.equal(dagFlops(task.dag), expected?.flop);
    }
  });
}

test('tasks and keys need no weights, and each call fits its placeholders', () => {
  for (const { name } of NETWORKS) {
    const plan = planOf(name);
    for (const call of taskCalls(plan)) {
      const placeholders = plan.tasks[call.task]?.dag.ops.filter((op) => op.kind === 'placeholder') ?? [];
      assert.equal(call.inputs.length, placeholders.length);
      call.inputs.forEach((ref, i) => {
        const placeholder = placeholders[i];
        if (ref.kind === 'constant') assert.deepEqual(plan.constants[ref.index]?.shape, placeholder?.output.shape);
        else assert.equal(placeholder?.constant, false, 'only constants are rewritable');
      });
    }
  }
});

test('mobilenet_v2 computes what ONNX Runtime does', () => {
  const plan = planOf('mobilenet_v2');
  const [output] = runPlan(plan, [referenceInput(plan)]);
  const expected = referenceOutput('mobilenet_v2');
  const scale = Math.max(...Array.from(expected, Math.abs));
  const worst = Math.max(...Array.from(expected, (value, i) => Math.abs(value - (output?.[i] ?? NaN))));
  assert(worst <= 1e-5 * scale, `largest difference ${worst} of ${scale}`);
});
