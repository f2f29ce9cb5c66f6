/** The wasm runner with real modules: right answers on any number of threads, and every way in which a candidate can go wrong. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { elementCount } from '../../../server/src/ir/buffer.js';
import { dtypeBytes, type DType } from '../../../server/src/ir/dtype.js';
import { verifySamples } from '../../../server/src/measure/check.js';
import { randomElement } from '../../../server/src/measure/fill.js';
import { DEFAULT_TIMING, type Artifact, type RunRequest, type TensorSpec } from '../../../server/src/measure/interface.js';
import type { Kernel } from '../../../server/src/target/kernel/ir.js';
import { caseOfProgram, casesOf } from '../../target/candidates.js';
import { PROGRAMS } from '../../target/programs.js';
import { toBytes } from '../../target/typed-bytes.js';
import { workload } from '../../target/workloads.js';
import { BROKEN, moduleOf, startWasm, type WasmBench } from './modules.js';

let bench: WasmBench;
before(() => { bench = startWasm(); });
after(() => bench.close());

function request(artifact: Artifact, tensors: readonly TensorSpec[], more: Partial<RunRequest> = {}): RunRequest {
  return { artifact, tensors, threads: 1, timing: { ...DEFAULT_TIMING, repeats: 2, flush: false }, timeoutSeconds: 20, ...more };
}

function tensorsOf(kernel: Kernel, inputs: number): TensorSpec[] {
  return kernel.params.map((b, k): TensorSpec => ({
    role: k < inputs ? 'input' : 'output', dtype: b.dtype, bytes: elementCount(b.shape) * dtypeBytes(b.dtype),
    fill: k < inputs ? { kind: 'stored', buffer: k + 1 } : { kind: 'poison' }, samples: Array.from({ length: elementCount(b.shape) }, (_, i) => i),
  }));
}

async function storeInputs(kernel: Kernel, inputs: readonly ArrayLike<number>[]): Promise<void> {
  for (const [k, values] of inputs.entries()) {
    const dtype = kernel.params[k]?.dtype ?? 'float32';
    assert.ok((await bench.runner.store(k + 1, toBytes(values, dtype, dtypeBytes(dtype)))).ok);
  }
}

/** That the runner still works: a small program, right on 2 threads. */
async function works(): Promise<void> {
  const program = PROGRAMS['parallel loops below serial ones'];
  assert.ok(program);
  const { plan, candidates } = caseOfProgram(program);
  const { kernel, module } = moduleOf(program, false);
  const inputs = candidates[0]?.inputs ?? [];
  await storeInputs(kernel, inputs);
  const run = await bench.runner.run(request(bench.artifact(module, 'k', kernel.workspace), tensorsOf(kernel, inputs.length), { threads: 2 }));
  assert.ok(run.result.ok, JSON.stringify(run.result));
  const checked = verifySamples(plan, run.result.value.samples.slice(inputs.length));
  assert.ok(checked.ok, checked.ok ? '' : checked.error.message);
}

test('introduces itself', async () => {
  const info = await bench.runner.info();
  assert.ok(info.ok);
  assert.ok(info.value.cores >= 1 && info.value.features.includes('simd128'));
});

for (const name of ['conv', 'softmax', 'integers', 'matmul_bias_relu']) {
  test(`${name}: threads agree, relaxed multiply-add agrees within the tolerance`, async () => {
    const info = await bench.runner.info();
    const relaxed = info.ok && info.value.features.includes('relaxed-simd');
    const { plan, candidates } = casesOf(workload(name), 21, 2);
    for (const { name: how, program, inputs } of candidates.slice(0, 4)) {
      const outputs: (readonly (readonly number[])[])[] = [];
      for (const [threads, relaxedFma] of [[1, false], [2, false], [3, false], [2, relaxed]] as const) {
        const { kernel, module } = moduleOf(program, relaxedFma);
        await storeInputs(kernel, inputs);
        const run = await bench.runner.run(request(bench.artifact(module, 'k', kernel.workspace), tensorsOf(kernel, inputs.length), { threads }));
        assert.ok(run.result.ok, JSON.stringify(run.result));
        assert.equal(run.result.value.seconds.length, 2);
        const got = run.result.value.samples.slice(inputs.length);
        const checked = verifySamples(plan, got);
        assert.ok(checked.ok, `${how}, ${threads} threads: ${checked.ok ? '' : checked.error.message}`);
        if (!relaxedFma) outputs.push(got);
      }
      assert.deepEqual(outputs[1], outputs[0], how);
      assert.deepEqual(outputs[2], outputs[0], how);
    }
  });
}

const EXPECTED: readonly (readonly [string, number, string, RegExp])[] = [
  ['trap', 1, 'crash', /unreachable/], ['trap in worker 1', 2, 'crash', /worker thread trapped/], ['trap in worker 0', 2, 'crash', /unreachable/],
  ['hang', 1, 'run-timeout', /no result after/], ['hang in worker 1', 2, 'run-timeout', /no result after/], ['access outside of memory', 1, 'crash', /out of bounds/],
  ['no such symbol', 2, 'load', /no function k/], ['unknown import', 2, 'load', /nothing/], ['no module', 2, 'load', /WebAssembly.Module/],
];

for (const [name, threads, kind, message] of EXPECTED) {
  test(`${name}: ${kind}, and the runner works on`, async () => {
    const module = BROKEN[name];
    assert.ok(module);
    const run = await bench.runner.run(request(bench.artifact(module, 'k'), [], { threads, timeoutSeconds: kind === 'run-timeout' ? 1 : 20 }));
    assert.ok(!run.result.ok);
    assert.equal(run.result.error.kind, kind, run.result.error.message);
    assert.match(run.result.error.message, message);
    await works();
  });
}

test('a function that stays open: calls, tensors, a trap in a call', async () => {
  const program = PROGRAMS['strides'];
  assert.ok(program);
  const { plan, candidates } = caseOfProgram(program);
  const { kernel, module } = moduleOf(program, false);
  const inputs = candidates[0]?.inputs ?? [];
  await storeInputs(kernel, inputs);
  const tensors = tensorsOf(kernel, inputs.length);
  const opened = await bench.runner.open({ artifact: bench.artifact(module, 'k', kernel.workspace), tensors, threads: 2, timeoutSeconds: 20 });
  assert.ok(opened.ok);
  await works();
  const seconds = await opened.value.call({ ...DEFAULT_TIMING, repeats: 3 }, 20);
  assert.deepEqual(seconds.ok && seconds.value.length, 3);
  const bytes = await opened.value.tensor(1);
  assert.ok(bytes.ok);
  const got = new Float32Array(bytes.value.slice().buffer);
  const checked = verifySamples(plan, plan.map((o) => o.samples.map((at) => got[at] ?? NaN)));
  assert.ok(checked.ok, checked.ok ? '' : checked.error.message);
  await opened.value.close();
  const again = await opened.value.call(DEFAULT_TIMING, 20);
  assert.ok(!again.ok);
  assert.match(again.error.message, /no open function/);
  const trap = BROKEN['trap'];
  assert.ok(trap);
  const bad = await bench.runner.open({ artifact: bench.artifact(trap, 'k'), tensors: [], threads: 1, timeoutSeconds: 20 });
  assert.ok(bad.ok);
  const called = await bad.value.call(DEFAULT_TIMING, 20);
  assert.equal(called.ok ? 'ok' : called.error.kind, 'crash');
  await bad.value.close();
});

test('kept buffers survive a restart; comparisons; elements that were never written', async () => {
  const spec = { dtype: 'float32', bytes: 256, seed: 3, low: -1, high: 1 } as const;
  assert.ok((await bench.runner.storeRandom(7, spec)).ok);
  const hang = BROKEN['hang'];
  assert.ok(hang);
  await bench.runner.run(request(bench.artifact(hang, 'k'), [], { timeoutSeconds: 0.3 }));
  const kept = await bench.runner.read(7, 4, 8);
  assert.ok(kept.ok);
  assert.deepEqual([...new Float32Array(kept.value.slice().buffer)], [1, 2].map((i) => randomElement('float32', 3, -1, 1, i)));
  const nothing = BROKEN['no such symbol'];
  assert.ok(nothing);
  const output: TensorSpec = { role: 'output', dtype: 'float32', bytes: 256, fill: { kind: 'poison' }, compare: { buffer: 7, atol: 1e9, rtol: 0 } };
  const run = await bench.runner.run(request(bench.artifact(nothing, 'other'), [output]));
  assert.ok(!run.result.ok);
  assert.equal(run.result.error.kind, 'wrong-result');
  assert.match(run.result.error.message, /^64 elements of tensor 0 differ/);
});

const RANGES: readonly (readonly [DType, number, number])[] = [['float32', -1, 1], ['int8', -8, 7], ['uint8', 0, 255], ['int16', -1000, 1000], ['int32', 0, 1000000], ['bool', 0, 1]];
test('random elements are those of the other runners, for every type that modules have', async () => {
  const nothing = BROKEN['no such symbol'];
  assert.ok(nothing);
  const samples = Array.from({ length: 50 }, (_, i) => i);
  const tensors = RANGES.map(([dtype, low, high], i): TensorSpec =>
    ({ role: 'input', dtype, bytes: 50 * dtypeBytes(dtype), fill: { kind: 'random', seed: 9 + i, low, high }, samples }));
  const run = await bench.runner.run(request(bench.artifact(nothing, 'other'), tensors));
  assert.ok(run.result.ok, JSON.stringify(run.result));
  assert.deepEqual(run.result.value.samples, RANGES.map(([dtype, low, high], k) => samples.map((i) => randomElement(dtype, 9 + k, low, high, i))));
  // Two columns of 25 rows each, one after the other.
  const columns = tensors.map((t): TensorSpec => ({ ...t, fill: { ...t.fill, order: [{ extent: 2, step: 1 }, { extent: 25, step: 2 }] } as TensorSpec['fill'] }));
  const ordered = await bench.runner.run(request(bench.artifact(nothing, 'other'), columns));
  assert.ok(ordered.result.ok, JSON.stringify(ordered.result));
  assert.deepEqual(ordered.result.value.samples, RANGES.map(([dtype, low, high], k) => samples.map((i) => randomElement(dtype, 9 + k, low, high, (i % 25) * 2 + Math.floor(i / 25)))));
});
