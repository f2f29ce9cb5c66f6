/** Building: cache, batches, one bad candidate among good ones, time-outs, hostile names. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { CBuilder, type BuilderOptions, type CSource } from '../../server/src/measure/builder.js';
import { CCompiler, type CompilerOptions } from '../../server/src/measure/compiler.js';
import { errorNumber } from '../../server/src/measure/errors.js';
import type { BuildOutcome } from '../../server/src/measure/interface.js';
import { buildOne, doubling, kernel, NO_COMPILER, pair, request, startNative, type Native } from './native.js';

let native: Native | undefined;
before(async () => { native = await startNative(); });
after(() => native?.close());

function nativeTest(name: string, body: (n: Native) => Promise<void>): void {
  test(name, async (t: TestContext) => {
    if (native === undefined) t.skip(NO_COMPILER);
    else await body(native);
  });
}

const builder = (n: Native, more: Partial<CompilerOptions> & BuilderOptions = {}): CBuilder => new CBuilder(new CCompiler({ toolchain: n.toolchain, cache: n.cache, parallel: 2, ...more }), more);
const numbers = (outcomes: readonly BuildOutcome[]): readonly number[] => outcomes.map((o) => (o.result.ok ? 0 : errorNumber(o.result.error)));
/** One that differs from all others. */
const source = (name: string, body = '1 + 1;'): CSource => kernel(name, `volatile int unique_${name}; (void)unique_${name}; ${body}`);

nativeTest('a batch shares one library; the second time all come from the cache', async (n) => {
  const sources = Array.from({ length: 9 }, (_, i) => doubling(`k_batch${i}`, 8 + i));
  const first = await builder(n, { batch: 8 }).build(sources);
  assert.deepEqual(numbers(first), sources.map(() => 0));
  assert.ok(first.every((o) => !o.cached && o.seconds > 0));
  const files = first.map((o) => (o.result.ok ? o.result.value.file : ''));
  assert.equal(new Set(files.map((f) => statSync(f).ino)).size, 2, 'nine kernels, two compilers, two libraries');
  const second = await builder(n).build(sources);
  assert.ok(second.every((o) => o.cached && o.seconds === 0));
  for (const i of [0, 8]) {
    const artifact = first[i]?.result;
    assert.ok(artifact?.ok);
    assert.ok((await n.runner.run(request(artifact.value, pair(64)))).result.ok);
  }
});

nativeTest('a bad candidate spoils only itself', async (n) => {
  const sources = [source('k_a'), source('k_b', 'this is no C;'), source('k_c'), source('k_d', 'undeclared_function_k_d();\n#error own words'), source('k_e')];
  const outcomes = await builder(n, { parallel: 1, batch: 8 }).build(sources);
  assert.deepEqual(numbers(outcomes), [0, 2, 0, 2, 0]);
  const [, b, , d] = outcomes;
  assert.match(b?.result.ok === false ? b.result.error.message : '', /^kernel\.c:.*error/m);
  assert.match(d?.result.ok === false ? d.result.error.message : '', /own words/);
  assert.ok(outcomes.every((o) => o.result.ok || !o.result.error.message.includes(n.cache.directory)), 'no paths of this machine');
});

nativeTest('long messages keep their beginning and end', async (n) => {
  const [outcome] = await builder(n).build([source('k_long', Array.from({ length: 200 }, (_, i) => `undeclared${i} = 1;`).join('\n'))]);
  const message = outcome?.result.ok === false ? outcome.result.error.message : '';
  assert.equal(message.length, 512 + 5);
  assert.match(message, /\n\.\.\.\n/);
});

nativeTest('a compiler that takes too long is stopped: error 6 for that candidate alone', async (n) => {
  const endless = { ...source('k_endless'), text: `#define A(x) x + x + x + x + x + x + x + x\n${kernel('k_endless', 'volatile int v = A(A(A(A(A(A(A(A(1)))))))); (void)v;').text}` };
  const outcomes = await builder(n, { parallel: 1, timeoutSeconds: 1 }).build([source('k_f'), endless]);
  assert.deepEqual(numbers(outcomes), [0, 6]);
});

nativeTest('a linker that somebody kills is started again, with its compiler', async (n) => {
  const at = mkdtempSync(join(tmpdir(), 'ansor-linker-'));
  try {
    writeFileSync(join(at, 'ld'), `#!/bin/sh\nmkdir ${at}/once 2>/dev/null && kill -9 $$\nPATH=/usr/local/bin:/usr/bin:/bin exec ld "$@"\n`, { mode: 0o755 });
    const toolchain = { ...n.toolchain, command: [...n.toolchain.command, `-B${at}`] };
    const [outcome] = await builder(n, { toolchain }).build([source('k_linker')]);
    assert.ok(outcome?.result.ok, outcome?.result.ok === false ? outcome.result.error.message : '');
    assert.ok(existsSync(join(at, 'once')) || process.platform !== 'linux', 'it was killed once');
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
});

nativeTest('names that are no C symbols never reach the compiler', async (n) => {
  const outcomes = await builder(n).build([{ ...source('k_g'), symbol: '-o /tmp/x' }, { ...source('k_g'), symbol: 'a;b' }]);
  assert.deepEqual(numbers(outcomes), [2, 2]);
});

nativeTest('equal sources are built once; equal symbols with other texts do not meet', async (n) => {
  const twice = source('k_h');
  const other = source('k_h', 'volatile int different; (void)different;');
  const outcomes = await builder(n).build([twice, twice, other]);
  assert.deepEqual(numbers(outcomes), [0, 0, 0]);
  const [a, b, c] = outcomes.map((o) => (o.result.ok ? statSync(o.result.value.file).ino : 0));
  assert.equal(a, b);
  assert.notEqual(a, c);
});

nativeTest('other flags, another key', async (n) => {
  const s = source('k_i');
  await buildOne(n, s);
  const [again] = await builder(n).build([s]);
  assert.equal(again?.cached, true);
  const [other] = await builder(n, { toolchain: { ...n.toolchain, kernelFlags: [...n.toolchain.kernelFlags, '-DX'] } }).build([s]);
  assert.equal(other?.cached, false);
});

nativeTest('the cache folder is private, holds no leftovers, and can be pruned', async (n) => {
  assert.equal(statSync(n.cache.directory).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(n.cache.directory).filter((f) => f.startsWith('work-') || f.endsWith('.part')), []);
  await n.cache.prune(30_000, Date.now());
  const left = readdirSync(n.cache.directory);
  assert.ok(left.length >= 1 && left.length <= 12, `${left.length}`);
});
