/** `ansor build`: what it writes works without us: with a C compiler alone, in plain node, in Python; the commands are those of docs/deploy.md. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadModel } from '../../server/src/model/load-model.js';
import type { Manifest } from '../../server/src/session/deploy/manifest.js';
import { runPlan } from '../harness/run-plan.js';
import { onnxFile, ramp, type ModelSpec } from '../model/onnx-builder.js';
import { ansor, document, noCompiler, onPath, placeWith, tinyNet } from './ansor.js';

const compiler = onPath('cc') ?? onPath('gcc') ?? onPath('clang');
const WITHOUT_CC = compiler === undefined ? 'no C compiler (cc, gcc or clang)' : noCompiler;
const GUIDE = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');

/** Softmax of a dense layer with symbolic batch and sequence, and where elements are not zero: places that only a run knows. */
const DENSE: ModelSpec = {
  inputs: { x: [-1, -1, 6] }, outputs: ['y'], constants: { w: ramp([6, 5], 1), b: ramp([5], 2) },
  nodes: [
    { op: 'MatMul', inputs: ['x', 'w'], outputs: ['m'] }, { op: 'Add', inputs: ['m', 'b'], outputs: ['s'] }, { op: 'Softmax', inputs: ['s'], outputs: ['y'], attributes: { axis: -1 } },
  ],
};
const MODEL = onnxFile({ ...DENSE, outputs: ['y', 'places'], nodes: [...DENSE.nodes, { op: 'NonZero', inputs: ['x'], outputs: ['places'] }] });
const BINDINGS: readonly { readonly batch: number; readonly seq: number }[] = [{ batch: 1, seq: 3 }, { batch: 2, seq: 4 }];

function inputOf({ batch, seq }: { batch: number; seq: number }): Float32Array {
  return Float32Array.from({ length: batch * seq * 6 }, (_, i) => (i % 4 === 0 ? 0 : Math.sin(i)));
}

function expectedOf(dims: { batch: number; seq: number }): { y: Float32Array; places: number[] } {
  const plan = loadModel(onnxFile(DENSE), () => undefined, undefined, new Map([['x.0', dims.batch], ['x.1', dims.seq]]));
  assert.ok(plan.ok, JSON.stringify(plan));
  const x = inputOf(dims);
  const [y] = runPlan(plan.value, [x]);
  assert.ok(y !== undefined);
  const at = [...x.keys()].filter((i) => x[i] !== 0);
  return { y: Float32Array.from(y), places: [at.map((i) => Math.floor(i / (dims.seq * 6))), at.map((i) => Math.floor(i / 6) % dims.seq), at.map((i) => i % 6)].flat() };
}

function check(bytes: Uint8Array, dims: { batch: number; seq: number }, what: string): void {
  const { y, places } = expectedOf(dims);
  const own = new Uint8Array(bytes).buffer;
  assert.equal(own.byteLength, y.length * 4 + places.length * 8, `${what}: y and as many places as there are`);
  new Float32Array(own.slice(0, y.length * 4)).forEach((v, i) => assert.ok(Math.abs(v - (y[i] ?? NaN)) < 1e-5, `${what}: ${v} instead of ${y[i]} at ${i}`));
  const got = new Uint8Array(own.slice(y.length * 4)).buffer;
  assert.deepEqual([...new BigInt64Array(got)].map(Number), places, what);
}

async function build(target: string): Promise<string> {
  const at = placeWith({ 'net.onnx': MODEL });
  const dims = BINDINGS.flatMap(({ batch, seq }) => ['--dim', `x.0=${batch},x.1=${seq}`]);
  const built = document<{ files: string[]; bindings: { dims: object }[] }>(await ansor(['build', 'net.onnx', '--target', target, '--threads', '2', ...dims, '-o', 'out', '--json'], { cwd: at }));
  assert.deepEqual(built.bindings.map((b) => b.dims), BINDINGS.map(({ batch, seq }) => ({ 'x.0': batch, 'x.1': seq })));
  const out = path.join(at, 'out');
  const manifest = JSON.parse(readFileSync(path.join(out, 'manifest.json'), 'utf8')) as Manifest;
  assert.deepEqual([manifest.format, manifest.abiVersion, manifest.alignment, manifest.threads, manifest.bindings.length], [2, 1, 64, 2, 2]);
  for (const { file, bytes, sha256 } of [manifest.weights, ...manifest.code]) {
    const data = readFileSync(path.join(out, file));
    assert.deepEqual([data.length, createHash('sha256').update(data).digest('hex')], [bytes, sha256], file);
  }
  assert.deepEqual(manifest.bindings[1]?.inputs, [{ name: 'x', dtype: 'float32', shape: [2, 4, 6], bytes: 192 }]);
  assert.equal(manifest.bindings[1].outputs[2]?.shapeOf, 'places');
  BINDINGS.forEach((b, i) => writeFileSync(path.join(out, `x${i}.bin`), new Uint8Array(inputOf(b).buffer)));
  return out;
}

/** The command of the guide, which a person copies. */
function ofGuide(command: string): string {
  assert.ok(GUIDE.includes(command), `docs/deploy.md has not: ${command}`);
  return command;
}

test('build for c: compiles with cc alone, without node on the path, and dispatches by shape', { skip: WITHOUT_CC }, async () => {
  const out = await build('c');
  // Nothing else is on the path; the compiler finds its assembler and linker there.
  const bin = path.join(out, 'bin');
  mkdirSync(bin);
  for (const program of ['cc', 'as', 'ld']) {
    const file = program === 'cc' ? compiler : onPath(program);
    if (file !== undefined) symlinkSync(realpathSync(file), path.join(bin, program));
  }
  const env = { PATH: bin };
  const sh = (command: string): Uint8Array => execFileSync('/bin/sh', ['-c', command], { cwd: out, env, stdio: ['ignore', 'pipe', 'pipe'] });
  sh(`${ofGuide('cc -O2 main.c ./libmodel.so -o run -pthread')} -Wall -Werror`);
  BINDINGS.forEach((b, i) => {
    check(sh(`./run x${i}.bin@${b.batch}x${b.seq}x6`), b, `binding ${i}`);
    check(sh(`./run -t 3 x${i}.bin@${b.batch}x${b.seq}x6`), b, `binding ${i}, three threads`);
  });
  const refused = spawnSync(path.join(out, 'run'), ['x0.bin@9x9x6'], { cwd: out, encoding: 'utf8' });
  assert.deepEqual([refused.status, refused.stderr.includes('no binding for these shapes')], [1, true]);
  // What a run returns has names.
  writeFileSync(path.join(out, 'wrong.c'), `#include "model.h"
    int main(void) {
      static _Alignas(ANSOR_MODEL_ALIGNMENT) unsigned char place[64];
      const void *inputs[1] = { place + 1 };
      void *outputs[1] = { place };
      struct ansor_host none = { 0, 0, 0 };
      if (ansor_model_run(9, 0, place, inputs, outputs, place) != ANSOR_MODEL_NO_BINDING) return 1;
      return ansor_model_run(0, &none, place, inputs, outputs, place) != ANSOR_MODEL_MISPLACED || ANSOR_MODEL_DONE != 0 || ANSOR_MODEL_NO_THREADS != 3;
    }`);
  sh('cc wrong.c ./libmodel.so -o wrong && ./wrong');
  // The library can be made again from its source, and one of another version is refused.
  sh(ofGuide('cc -O2 -march=native -std=gnu11 -ffp-contract=fast -w -shared -fPIC model.c -o libmodel.so -lm'));
  check(sh('./run x1.bin@2x4x6'), { batch: 2, seq: 4 }, 'made again');
  const source = readFileSync(path.join(out, 'model.c'), 'utf8');
  writeFileSync(path.join(out, 'model.c'), source.replace('int ansor_model_abi_version(void) { return 1; }', 'int ansor_model_abi_version(void) { return 99; }'));
  sh('cc -O2 -std=gnu11 -w -shared -fPIC model.c -o libmodel.so -lm');
  const other = spawnSync(path.join(out, 'run'), ['x0.bin'], { cwd: out, encoding: 'utf8' });
  assert.deepEqual([other.status, other.stderr.includes('another ABI version')], [1, true]);
});

const python = onPath('python3');
test('build for c: the ctypes example', { skip: python === undefined ? 'no python3' : WITHOUT_CC }, async () => {
  const out = await build('c');
  BINDINGS.forEach((b, i) => check(execFileSync(python ?? '', ['model.py', `x${i}.bin@${b.batch}x${b.seq}x6`], { cwd: out, stdio: ['ignore', 'pipe', 'pipe'] }), b, `Python, binding ${i}`));
});

test('build for wasm: a JavaScript module that plain node runs, by shape', async () => {
  const out = await build('wasm');
  writeFileSync(path.join(out, 'use.mjs'), `import { readFileSync, writeFileSync } from 'node:fs';
${ofGuide("import { load } from './model.js';")}
${ofGuide('const model = await load();')}
for (const i of [0, 1]) {
  const bytes = readFileSync('x' + i + '.bin');
  const { y, places } = model.run({ x: new Float32Array(new Uint8Array(bytes).buffer) });
  writeFileSync('y' + i + '.bin', Buffer.concat([y, places].map((t) => Buffer.from(t.data.buffer))));
}
let refused = '';
try { model.run({ x: new Float32Array(24) }, { x: [4, 1, 6] }); } catch (e) { refused = e.message; }
process.stdout.write(refused);
`);
  const said = execFileSync(process.execPath, ['use.mjs'], { cwd: out, encoding: 'utf8' });
  assert.match(said, /no binding for these inputs/);
  BINDINGS.forEach((b, i) => check(readFileSync(path.join(out, `y${i}.bin`)), b, `wasm, binding ${i}`));
});

test('build: two bindings of one shape are refused', async () => {
  const at = placeWith({ 'net.onnx': MODEL });
  const ran = await ansor(['build', 'net.onnx', '--target', 'wasm', '--dim', 'x.0=1,x.1=2', '--dim', 'x.0=1,x.1=2', '-o', 'out'], { cwd: at });
  assert.deepEqual([ran.status, /the same shapes/.test(ran.err)], [2, true], ran.err);
});

/** The engine of node 20 has relaxed SIMD behind a flag, later ones always. */
const FORMS = [['c', []], ['wasm', []], ['wasm', ['--experimental-wasm-relaxed-simd']]] as const;
for (const [target, flags] of FORMS) {
  test(`build for ${[target, ...flags].join(' ')}: convolutions with packed weights compute what the model says`, { skip: target === 'c' && WITHOUT_CC }, async () => {
    const at = placeWith({ 'net.onnx': tinyNet() });
    assert.equal((await ansor(['build', 'net.onnx', '--target', target, '--threads', '2', '-o', 'out'], { cwd: at })).status, 0);
    const out = path.join(at, 'out');
    const x = Float32Array.from({ length: 8 * 10 * 10 }, (_, i) => Math.sin(i * i));
    writeFileSync(path.join(out, 'x.bin'), new Uint8Array(x.buffer));
    const got = new Float32Array(new Uint8Array(target === 'c' ? inC(out) : inNode(out, flags)).buffer);
    const plan = loadModel(tinyNet(), () => undefined);
    assert.ok(plan.ok);
    const [expected] = runPlan(plan.value, [x]);
    assert.equal(got.length, 5);
    got.forEach((v, i) => assert.ok(Math.abs(v - (expected?.[i] ?? NaN)) < 1e-4, `${v} instead of ${expected?.[i]}`));
  });
}

function inC(out: string): Uint8Array {
  execFileSync(compiler ?? 'cc', ['-O2', 'main.c', './libmodel.so', '-o', 'run', '-pthread'], { cwd: out });
  return execFileSync(path.join(out, 'run'), ['x.bin'], { cwd: out });
}

function inNode(out: string, flags: readonly string[]): Uint8Array {
  writeFileSync(path.join(out, 'use.mjs'), `import { readFileSync, writeFileSync } from 'node:fs';
import { load } from './model.js';
const { y } = (await load()).run({ x: new Float32Array(new Uint8Array(readFileSync('x.bin')).buffer) });
writeFileSync('y.bin', Buffer.from(y.data.buffer, y.data.byteOffset, y.data.byteLength));
`);
  const known = flags.filter(() => Number(process.versions.node.split('.')[0]) < 22);
  execFileSync(process.execPath, [...known, 'use.mjs'], { cwd: out });
  return readFileSync(path.join(out, 'y.bin'));
}
