/** Whole networks put together, compiled and run on both back ends, against the plan's own interpreter; and what a bench accepts. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import { defined } from '../../server/src/base/assert.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { createRandomModel } from '../../server/src/cost-model/random-model.js';
import { parseTc } from '../../server/src/lang/parse.js';
import type { OpenFunction } from '../../server/src/measure/interface.js';
import type { NetworkPlan } from '../../server/src/model/plan.js';
import { loadModel } from '../../server/src/model/load-model.js';
import type { TransformStep } from '../../server/src/schedule/step.js';
import { QUICK_SEARCH_PARAMS } from '../../server/src/search/params.js';
import { createPolicy } from '../../server/src/search/policy.js';
import type { Backend } from '../../server/src/session/backend.js';
import { compileState, defaultState } from '../../server/src/session/compile.js';
import type { TuningInput } from '../../server/src/session/input.js';
import { assembleNetwork, standardInputs, startNetwork } from '../../server/src/session/network.js';
import { openBackend } from '../../server/src/session/open-backend.js';
import { BufferIds, TaskBench } from '../../server/src/session/task-bench.js';
import { compileTasks, type Choice } from '../../server/src/session/tune/latencies.js';
import { folder, noCompiler, tinyNet } from '../cli/ansor.js';
import { runPlan } from '../harness/run-plan.js';
import { onnxFile, ramp, type ModelSpec } from '../model/onnx-builder.js';

const conv = (inputs: string[], output: string, extra: Record<string, number | number[]> = {}): ModelSpec['nodes'][number] => ({ op: 'Conv', inputs, outputs: [output], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], ...extra } });

const NETWORKS: Readonly<Record<string, Uint8Array>> = {
  residual: tinyNet(),
  // One constant in two layers of different tasks, which want it packed in different ways; odd channels; an inner tensor is an output too.
  shared: onnxFile({
    inputs: { x: [1, 7, 9, 9] }, outputs: ['a', 'y'], constants: { w: ramp([7, 7, 3, 3], 1), v: ramp([16, 7, 1, 1], 2) },
    nodes: [conv(['x', 'w'], 'a'), { op: 'Relu', inputs: ['a'], outputs: ['b'] }, conv(['b', 'w'], 'c', { strides: [2, 2] }), { op: 'Conv', inputs: ['c', 'v'], outputs: ['y'] }],
  }),
  // Two inputs, a depthwise layer, a layer without a reduction, a dense layer on the flattened rest.
  mixed: onnxFile({
    inputs: { p: [1, 12, 6, 6], q: [1, 12, 6, 6] }, outputs: ['y'],
    constants: { d: ramp([12, 1, 3, 3], 3), s: ramp([12], 4), w: ramp([108, 10], 5), b: ramp([10], 6) },
    nodes: [
      { op: 'Add', inputs: ['p', 'q'], outputs: ['t'] }, conv(['t', 'd', 's'], 'u', { group: 12 }), { op: 'Relu', inputs: ['u'], outputs: ['r'] },
      { op: 'MaxPool', inputs: ['r'], outputs: ['m'], attributes: { kernel_shape: [2, 2], strides: [2, 2] } }, { op: 'Flatten', inputs: ['m'], outputs: ['f'] },
      { op: 'MatMul', inputs: ['f', 'w'], outputs: ['z'] }, { op: 'Add', inputs: ['z', 'b'], outputs: ['y'] },
    ],
  }),
};

function inputOf(name: string, plan: NetworkPlan): TuningInput {
  return { file: name, hash: '', plan, tasks: plan.tasks.map((t, i) => ({ key: `${i}`, name: t.name, weight: t.weight, flops: 1, dag: t.dag, tc: '', planTask: i })) };
}

/** A random program per task, as the search makes them. */
async function randomChoice(input: TuningInput, backend: Backend, seed: number): Promise<Choice> {
  const rng = createRng(seed);
  const steps = new Map<string, readonly TransformStep[]>();
  for (const t of input.tasks) {
    const policy = createPolicy({ task: { dag: t.dag, target: backend.target, hardware: backend.hardware }, params: { ...QUICK_SEARCH_PARAMS, sampleBatch: 32, minInitialPopulation: 4 }, rng: rng.fork() });
    const [candidate] = await policy.nextBatch(1, createRandomModel(rng.fork()));
    if (candidate !== undefined) steps.set(t.key, candidate.state.steps);
  }
  return ({ key }) => steps.get(key);
}

function near(got: Float32Array, want: Float32Array, what: string): void {
  assert.equal(got.length, want.length, what);
  const largest = want.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
  got.forEach((x, k) => assert.ok(Math.abs(x - (want[k] ?? NaN)) <= 1e-4 * largest, `${what}: ${x} instead of ${want[k]} at ${k}`));
}

for (const target of ['c', 'wasm'] as const) {
  const skip = target === 'c' && noCompiler;
  const opened = skip === false ? openBackend(target, { threads: 2, cacheDir: path.join(folder, 'cache'), programDir: path.join(folder, 'dist') }) : undefined;
  const backendOf = async (): Promise<Backend> => {
    const backend = await defined(opened, 'a back end');
    assert.ok(backend.ok, JSON.stringify(backend));
    return backend.value;
  };
  after(async () => {
    if (opened !== undefined) await (await backendOf()).close();
  });

  for (const [name, file] of Object.entries(NETWORKS)) {
    test(`${target}: ${name}: naive, by default rules, and with random programs`, { skip }, async () => {
      const backend = await backendOf();
      const plan = loadModel(file, () => undefined);
      assert.ok(plan.ok, JSON.stringify(plan));
      const input = inputOf(name, plan.value);
      const bytes = standardInputs(plan.value);
      const expected = runPlan(plan.value, bytes.map((b) => new Float32Array(b.slice().buffer)));
      const choices: [string, Choice][] = [['naive', 'naive'], ['default', 'default'], ['random 1', await randomChoice(input, backend, 1)], ['random 2', await randomChoice(input, backend, 2)]];
      const ids = new BufferIds();
      let packed = 0;
      for (const [what, choice] of choices) {
        const compiled = compileTasks(input, backend, choice);
        packed += compiled.reduce((n, c) => n + c.packed.size, 0);
        const network = await startNetwork(backend, assembleNetwork(plan.value, compiled), bytes, ids);
        assert.ok(network.ok, `${what}: ${JSON.stringify(network)}`);
        // Twice: nothing may be left in the arena that matters.
        const seconds = await network.value.open.call({ repeats: 2, number: 1, minSeconds: 0, flush: false, stopSeconds: 0 }, 60);
        assert.ok(seconds.ok, `${what}: ${JSON.stringify(seconds)}`);
        assert.equal(network.value.outputs.length, expected.length);
        for (const [i, position] of network.value.outputs.entries()) {
          const data: Awaited<ReturnType<OpenFunction['tensor']>> = await network.value.open.tensor(position);
          assert.ok(data.ok);
          near(new Float32Array(data.value.slice().buffer), defined(expected[i], 'an output'), `${what}: output ${i}`);
        }
        await network.value.close();
      }
      assert.ok(packed > 0, 'some weights were packed');
    });
  }

  test(`${target}: a bench accepts its operator's programs and no other's`, { skip }, async () => {
    const backend = await backendOf();
    const dagOf = (body: string): ComputeDag => defined(parseTc(`def f(float(40, 24) A, float(24, 32) B) -> (C) { C(i, j) +=! ${body} }`).defs[0]?.dag, 'an operator');
    const dag = dagOf('A(i, k) * B(k, j)');
    const bench = await TaskBench.create(backend, dag, 1, new BufferIds());
    assert.ok(bench.ok && (bench.value.naiveSeconds ?? 0) > 0);
    const right = compileState(defaultState(dag, backend), 'right', backend.unit);
    const wrong = compileState(defaultState(dagOf('A(i, k) * B(k, j) * 1.01'), backend), 'wrong', backend.unit);
    const none = compileState(defaultState(dagOf('A(i, k) / (B(k, j) - B(k, j))'), backend), 'none', backend.unit);
    const outcomes = [];
    for (const compiled of [right, wrong, none]) {
      const [built] = await backend.build([compiled.kernel]);
      assert.ok(built?.result.ok, JSON.stringify(built));
      const { result } = await bench.value.run(built.result.value, compiled, undefined);
      outcomes.push(result.ok ? 'ok' : result.error.kind);
    }
    assert.deepEqual(outcomes, ['ok', 'wrong-result', 'wrong-result']);
    await bench.value.close();
  });
}
