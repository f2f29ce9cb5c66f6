/** Programs that are right on ordinary inputs and wrong on hard ones: none becomes a best. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { compileState, defaultState } from '../../server/src/session/compile.js';
import { openBackend } from '../../server/src/session/open-backend.js';
import type { Backend } from '../../server/src/session/backend.js';
import { BufferIds, TaskBench } from '../../server/src/session/task-bench.js';
import { dagOfTc } from '../../server/src/ide/tc.js';
import { folder, noCompiler } from '../cli/ansor.js';
import { buildOne, kernel, startNative, type Native } from '../measure/native.js';

let native: Native | undefined;
let backend: Backend | undefined;
before(async () => {
  if (noCompiler !== false) return;
  native = await startNative();
  const opened = await openBackend('c', { threads: 1, cacheDir: path.join(folder, 'cache'), programDir: path.join(folder, 'dist') });
  assert.ok(opened.ok, JSON.stringify(opened));
  backend = opened.value;
});
after(async () => {
  await backend?.close();
  await native?.close();
});

const MM = 'def mm(float(8, 8) A, float(8, 8) B) -> (C) {\n  C(i, j) +=! A(i, k) * B(k, j)\n}\n';
/** The product, where `x` may be spoilt. */
const product = (spoil: string): string => `const float *a = tensors[0], *b = tensors[1]; float *c = tensors[2];
for (int i = 0; i < 8; i++) for (int j = 0; j < 8; j++) { float x = 0; for (int k = 0; k < 8; k++) x += a[8 * i + k] * b[8 * k + j]; ${spoil} c[8 * i + j] = x; }`;
const CASES: readonly (readonly [name: string, spoil: string, says: RegExp | undefined])[] = [
  ['right', '', undefined],
  ['divides by what may be zero', 'float n = 0; for (int k = 0; k < 8; k++) n += a[k] * a[k]; x = x / n * n;', /^with zeros as inputs: /],
  ['loses large values', 'x = x > 65504.f ? 65504.f : x < -65504.f ? -65504.f : x;', /^with large values as inputs: /],
  ['takes NaN for zero', 'x = x == x ? x : 0;', /^with NaN and infinity as inputs: /],
  ['adds something tiny', 'x = x == 0 ? 1e-6f : x;', /^with (zeros|denormals) as inputs: /],
];

test('where the plain program does not end in time, the definition alone is asked, on ordinary inputs too', { skip: noCompiler }, async () => {
  assert.ok(backend !== undefined);
  const dag = dagOfTc('def mm(float(1536, 1536) A, float(1536, 1536) B) -> (C) {\n  C(i, j) +=! A(i, k) * B(k, j)\n}\n');
  assert.ok(dag !== undefined);
  const bench = await TaskBench.create(backend, dag, 1, new BufferIds(), { naive: 0.5, again: 2, once: 0.05 });
  assert.ok(bench.ok, JSON.stringify(bench));
  assert.equal(bench.value.naiveSeconds, undefined);
  const good = compileState(defaultState(dag, backend), 'k_good', backend.unit);
  // Its last term is missing.
  const short = compileState(defaultState(dagOfTc('def mm(float(1536, 1536) A, float(1536, 1536) B) -> (C) {\n  C(i, j) +=! A(i, k) * B(k, j) where k in 0:1535\n}\n') ?? assert.fail(), backend), 'k_short', backend.unit);
  const [right, wrong] = await backend.build([good.kernel, short.kernel]);
  assert.ok(right?.result.ok === true && wrong?.result.ok === true);
  const ran = await bench.value.run(right.result.value, good, undefined);
  assert.ok(ran.result.ok, JSON.stringify(ran.result));
  assert.deepEqual(await bench.value.verify(right.result.value, good), { ok: true, value: [] });
  const found = await bench.value.run(wrong.result.value, { ...short, packed: good.packed }, undefined);
  assert.equal(found.result.ok ? 'right' : found.result.error.kind, 'wrong-result');
  await bench.value.close();
});

test('on a busy machine the plain program takes long: a naive one with few operations is timed all the same', { skip: noCompiler }, async () => {
  for (const [n, timed] of [[8, true], [640, false]] as const) {
    const dag = dagOfTc(MM.replaceAll('8', `${n}`));
    assert.ok(backend !== undefined && dag !== undefined);
    const bench = await TaskBench.create(backend, dag, 1, new BufferIds(), { naive: 0, again: 2, once: 60 });
    assert.ok(bench.ok, JSON.stringify(bench));
    assert.equal(bench.value.naiveSeconds !== undefined, timed);
    await bench.value.close();
  }
});

/** By a plain program's output, also where that is made beforehand, and by the definition alone, as where that program takes too long. */
for (const [how, again] of [['', Infinity], [', prepared', Infinity], [', no plain program', 0]] as const) for (const [name, spoil, says] of CASES) {
  test(`hard inputs${how}: a program that ${name}`, { skip: noCompiler }, async () => {
    assert.ok(native !== undefined && backend !== undefined);
    const dag = dagOfTc(MM);
    assert.ok(dag !== undefined);
    const bench = await TaskBench.create(backend, dag, 1, new BufferIds(), { naive: 0.5, again, once: 120 });
    assert.ok(bench.ok, JSON.stringify(bench));
    if (how === ', prepared') bench.value.prepare();
    const compiled = { ...compileState(defaultState(dag, backend), 'k_own', backend.unit), packed: new Map() };
    const artifact = await buildOne(native, kernel('k_hard', product(spoil)));
    const ordinary = await bench.value.run(artifact, compiled, undefined);
    assert.ok(ordinary.result.ok, JSON.stringify(ordinary.result));
    const verified = await bench.value.verify(artifact, compiled);
    if (says === undefined) assert.deepEqual(verified, { ok: true, value: [] });
    else assert.match(verified.ok ? 'right' : verified.error.message, says);
    await bench.value.close();
  });
}
