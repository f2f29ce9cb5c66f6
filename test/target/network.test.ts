/** Networks: two kernels in a chain, with the tensor between them in the arena and parallel loops in both, from both targets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elementCount, type Buffer } from '../../server/src/ir/buffer.js';
import { evaluateDag } from '../../server/src/dag/evaluate.js';
import { lower } from '../../server/src/lower/lower.js';
import { CCompiler } from '../../server/src/measure/compiler.js';
import { DEFAULT_TIMING, type TensorSpec } from '../../server/src/measure/interface.js';
import { LibraryBuilder } from '../../server/src/measure/library-builder.js';
import { randomElement } from '../../server/src/measure/fill.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { DEFAULT_MACHINE, defaultSchedule } from '../../server/src/sketch/default-schedule.js';
import { dialectOf } from '../../server/src/target/c/dialect.js';
import { networkFile, networkUnits, printNetwork } from '../../server/src/target/c/print-network.js';
import { buildKernel } from '../../server/src/target/kernel/build.js';
import type { VectorUnit } from '../../server/src/target/kernel/ir.js';
import { networkWorkspace, type NetworkCode } from '../../server/src/target/network.js';
import { emitNetwork } from '../../server/src/target/wasm/emit.js';
import { NO_COMPILER, startNative } from '../measure/native.js';
import { taskOf } from './candidates.js';
import { MAX_TEST_PAGES, runWasm } from './run-wasm.js';

const DEFS = parseTc(`
def first(float(12, 9, 8) A, float(8, 16) W) -> (H) {
  P(n, i, k) = i >= 1 ? A(n, i - 1, k) : 0 where n in 0:12, i in 0:10, k in 0:8
  S(n, i, j) +=! P(n, i, k) * W(k, j)
  H(n, i, j) = fmax(S(n, i, j), 0)
}
def second(float(12, 10, 16) H, float(16) b) -> (Y) {
  M(n, j) max=! H(n, i, j)
  Y(n, j) = M(n, j) * b(j) + exp(M(n, j))
}`).defs;
const [FIRST, SECOND] = DEFS.map((d) => d.dag);

/** Inputs A, W, b; output Y; H at byte 128 of the arena. */
function network(unit: VectorUnit): NetworkCode {
  assert.ok(FIRST && SECOND);
  const kernels = [FIRST, SECOND].map((dag, i) => buildKernel(lower(defaultSchedule(taskOf(dag), DEFAULT_MACHINE)), { symbol: `k${i}`, unit }));
  const param = (position: number) => ({ kind: 'param', position }) as const;
  const middle = { kind: 'arena', offset: 128 } as const;
  return { symbol: 'net', kernels, arenaBytes: 128 + 4 * 12 * 10 * 16, calls: [{ kernel: 0, tensors: [param(0), param(1), middle] }, { kernel: 1, tensors: [middle, param(2), param(3)] }] };
}

function values(b: Buffer, seed: number): Float32Array {
  return Float32Array.from({ length: elementCount(b.shape) }, (_, i) => randomElement('float32', seed, -1, 1, i));
}

function expected(code: NetworkCode): { readonly params: readonly Buffer[]; readonly inputs: readonly Float32Array[]; readonly output: Float64Array } {
  assert.ok(FIRST && SECOND);
  const [k0, k1] = code.kernels;
  assert.ok(k0 && k1);
  const params = [k0.params[0], k0.params[1], k1.params[1], k1.params[2]].map((b) => { assert.ok(b); return b; });
  const inputs = params.slice(0, 3).map((b, i) => values(b, i + 1));
  const [a, w, b] = inputs;
  assert.ok(a && w && b && k0.params[0] && k0.params[1] && k0.params[2] && k1.params[0] && k1.params[1] && k1.params[2]);
  const middle = evaluateDag(FIRST, new Map([[k0.params[0], a], [k0.params[1], w]])).get(k0.params[2]);
  assert.ok(middle);
  const output = evaluateDag(SECOND, new Map<Buffer, ArrayLike<number>>([[k1.params[0], middle], [k1.params[1], b]])).get(k1.params[2]);
  assert.ok(output);
  return { params, inputs, output };
}

function agree(got: readonly number[], want: Float64Array, what: string): void {
  assert.equal(got.length, want.length);
  got.forEach((g, i) => assert.ok(Math.abs(g - (want[i] ?? NaN)) < 1e-4, `${what}: element ${i} is ${g}, not ${want[i]}`));
}

test('both kernels have parallel loops', () => {
  for (const k of network({ bytes: 16, registers: 16 }).kernels) assert.ok(k.body.some((s) => s.kind === 'parallel'), k.symbol);
});

test('wasm network', () => {
  const code = network({ bytes: 16, registers: 16 });
  const { params, inputs, output } = expected(code);
  const module = emitNetwork(code, { relaxedFma: false, maxPages: MAX_TEST_PAGES });
  for (const threads of [1, 2, 3]) {
    const [got] = runWasm({ module, symbol: 'net', workspace: networkWorkspace(code), params, inputs, threads });
    agree(got ?? [], output, `${threads} threads`);
  }
});

test('a wasm network that stamps the times of its calls is a valid module, functions in lanes included', () => {
  const code = network({ bytes: 16, registers: 16 });
  const module = emitNetwork({ ...code, stamps: 4 }, { relaxedFma: false, maxPages: MAX_TEST_PAGES });
  assert.ok(WebAssembly.validate(Uint8Array.from(module)));
});

test('C network, as one file and as linked objects', async (t) => {
  const native = await startNative();
  if (native === undefined) {
    t.skip(NO_COMPILER);
    return;
  }
  try {
    const code = network(native.toolchain.vector);
    const { params, inputs, output } = expected(code);
    const text = printNetwork(code, dialectOf(native.toolchain));
    const common = { symbol: 'net', workspace: networkWorkspace(code) };
    const [file] = await native.builder.build([{ ...common, prelude: '', text: networkFile([text]) }]);
    const linked = await new LibraryBuilder(new CCompiler({ toolchain: native.toolchain, cache: native.cache, parallel: 2 }), 60).build({ ...common, ...networkUnits([text]) });
    const tensors = params.map((b, i): TensorSpec => ({
      role: i < inputs.length ? 'input' : 'output', dtype: 'float32', bytes: 4 * elementCount(b.shape),
      fill: i < inputs.length ? { kind: 'random', seed: i + 1, low: -1, high: 1 } : { kind: 'poison' }, samples: Array.from({ length: elementCount(b.shape) }, (_, k) => k),
    }));
    for (const [form, built] of Object.entries({ file, linked })) {
      assert.ok(built?.result.ok, JSON.stringify(built?.result));
      for (const threads of [1, 2, 3]) {
        const run = await native.runner.run({ artifact: built.result.value, tensors, threads, timing: { ...DEFAULT_TIMING, repeats: 1, flush: false }, timeoutSeconds: 20 });
        assert.ok(run.result.ok, JSON.stringify(run.result));
        agree(run.result.value.samples[3] ?? [], output, `${form}, ${threads} threads`);
      }
    }
  } finally {
    await native.close();
  }
});
