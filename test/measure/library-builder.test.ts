/** Libraries of several units: what they share is compiled once, whatever becomes of the cache; what is shared is not seen from outside. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { BuildCache } from '../../server/src/measure/build-cache.js';
import { CCompiler } from '../../server/src/measure/compiler.js';
import type { Artifact, BuildOutcome } from '../../server/src/measure/interface.js';
import { LibraryBuilder, type LibrarySource } from '../../server/src/measure/library-builder.js';
import { kernelHeadC } from '../../server/src/target/abi.js';
import type { CToolchain } from '../../server/src/target/c/toolchain.js';
import { kernel, NO_COMPILER, pair, PRELUDE, request, startNative, type Native } from './native.js';

const N = 64;
const folder = mkdtempSync(join(tmpdir(), 'ansor-library-'));
let native: Native | undefined;
before(async () => { native = await startNative(); });
after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await native?.close();
});

function nativeTest(name: string, body: (n: Native) => Promise<void>): void {
  test(name, async (t: TestContext) => {
    if (native === undefined) t.skip(NO_COMPILER);
    else await body(native);
  });
}

let caches = 0;
const emptyCache = (): Promise<BuildCache> => BuildCache.open(join(folder, `cache${caches++}`));
const builderIn = (n: Native, cache: BuildCache, toolchain: CToolchain = n.toolchain): LibraryBuilder => new LibraryBuilder(new CCompiler({ toolchain, cache, parallel: 2 }), 60);
const hidden = (symbol: string): string => `__attribute__((visibility("hidden"))) ${kernelHeadC(symbol)};\n`;
/** y[i] = x[i] + `by`. */
const adding = (symbol: string, by: number | string): string =>
  PRELUDE + hidden(symbol) + kernel(symbol, `const float *x = tensors[0]; float *y = tensors[1]; for (int i = 0; i < ${N}; i++) y[i] = x[i] + ${by};`).text;
/** Calls the kernels one after the other, all but the first in place. */
function library(symbol: string, kernels: ReadonlyMap<string, string>): LibrarySource {
  const calls = [...kernels.keys()].map((name, i) => `{ void *const t[] = { tensors[${i === 0 ? 0 : 1}], tensors[1] }; ${name}(host, t, workspace); }`);
  return { symbol, workspace: { sharedBytes: 0, threadBytes: 0 }, shared: [...kernels].map(([name, text]) => ({ symbol: name, text })), own: `${PRELUDE}${[...kernels.keys()].map(hidden).join('')}${kernelHeadC(symbol)} {\n${calls.join('\n')}\n}\n` };
}
const chain = (symbol: string, ...by: readonly number[]): LibrarySource => library(symbol, new Map(by.map((x) => [`add_${x}`, adding(`add_${x}`, x)])));

function artifactOf(outcome: BuildOutcome): Artifact {
  assert.ok(outcome.result.ok, JSON.stringify(outcome.result));
  return outcome.result.value;
}

/** What the library adds to its input. */
async function added(n: Native, outcome: BuildOutcome): Promise<number> {
  const run = await n.runner.run(request(artifactOf(outcome), pair(N, { samples: [3] }).map((t) => (t.role === 'input' ? { ...t, fill: { kind: 'zero' } } : t))));
  assert.ok(run.result.ok, JSON.stringify(run.result));
  return run.result.value.samples[1]?.[0] ?? NaN;
}

const objects = (cache: BuildCache): readonly string[] => readdirSync(cache.directory).filter((name) => name.endsWith('.o')).sort();

nativeTest('libraries that are built at the same time share what is in several of them', async (n) => {
  const cache = await emptyCache();
  const builder = builderIn(n, cache);
  const built = await Promise.all([builder.build(chain('net_a', 1, 2, 4)), builder.build(chain('net_b', 4, 2, 8)), builder.build(chain('net_c', 1))]);
  assert.deepEqual(await Promise.all(built.map((b) => added(n, b))), [7, 14, 1]);
  assert.deepEqual([objects(cache).length, built.map((b) => b.cached)], [4, [false, false, false]]);
  const made = statSync(join(cache.directory, objects(cache)[0] ?? '')).ino;
  const later = await builder.build(chain('net_d', 8, 1));
  assert.equal(await added(n, later), 9);
  assert.deepEqual([objects(cache).length, statSync(join(cache.directory, objects(cache)[0] ?? '')).ino], [4, made]);
  const again = await builder.build(chain('net_a', 1, 2, 4));
  assert.deepEqual([again.cached, again.seconds, artifactOf(again).file], [true, 0, artifactOf(built[0]).file]);
  assert.deepEqual(readdirSync(cache.directory).filter((name) => name.startsWith('work-')), []);
});

nativeTest('one function is seen from outside', async (n) => {
  const artifact = artifactOf(await builderIn(n, await emptyCache()).build(chain('net_e', 1)));
  assert.ok((await n.runner.run(request(artifact, pair(N)))).result.ok);
  if (process.platform === 'win32') return;
  const { result } = await n.runner.run(request({ ...artifact, symbol: 'add_1' }, pair(N)));
  assert.ok(!result.ok && result.error.kind === 'load', JSON.stringify(result));
});

nativeTest('equal sources give equal files', async (n) => {
  const bytes: Buffer[] = [];
  for (const order of [[1, 2], [2, 1]]) {
    const builder = builderIn(n, await emptyCache());
    // Whatever was built before.
    await builder.build(chain('before', ...order));
    bytes.push(readFileSync(artifactOf(await builder.build(chain('net_f', 1, 2))).file));
  }
  assert.ok(bytes[0]?.equals(bytes[1] ?? Buffer.alloc(0)));
});

nativeTest('objects and libraries that somebody removed are made again', async (n) => {
  const cache = await emptyCache();
  const builder = builderIn(n, cache);
  await builder.build(chain('net_g', 1, 2));
  for (const name of objects(cache).slice(1)) rmSync(join(cache.directory, name));
  assert.equal(await added(n, await builder.build(chain('net_h', 1, 2))), 3);
  rmSync(cache.directory, { recursive: true });
  const back = await builder.build(chain('net_g', 1, 2));
  assert.deepEqual([back.cached, await added(n, back)], [false, 3]);
});

nativeTest('an error is that of the first unit that has one; the others are there the next time', async (n) => {
  const cache = await emptyCache();
  const builder = builderIn(n, cache);
  const bad = (symbol: string, text: string): [string, string] => [symbol, adding(symbol, text)];
  const good: [string, string] = ['add_1', adding('add_1', 1)];
  const outcome = await builder.build(library('net_i', new Map([good, bad('add_b', 'first_mistake'), bad('add_c', 'second_mistake')])));
  assert.ok(!outcome.result.ok && outcome.result.error.kind === 'compile', JSON.stringify(outcome));
  assert.match(outcome.result.error.message, /^add_b\.c:[^]*first_mistake/);
  assert.doesNotMatch(outcome.result.error.message, /second_mistake/);
  assert.ok(!outcome.result.error.message.includes(cache.directory), 'no paths of this machine');
  assert.equal(objects(cache).length, 1);
  const unresolved = await builder.build({ ...library('net_j', new Map([good])), shared: [] });
  assert.ok(!unresolved.result.ok && unresolved.result.error.kind === 'compile' && !unresolved.result.error.message.includes(cache.directory), JSON.stringify(unresolved));
  assert.deepEqual(readdirSync(cache.directory).filter((name) => name.endsWith('.so')), []);
  const hostile = await builder.build({ ...library('net_k', new Map([good])), symbol: 'a;b' });
  const inside = await builder.build({ ...library('net_k', new Map([good])), shared: [{ symbol: '-o /tmp/x', text: '' }] });
  for (const { result } of [hostile, inside]) assert.ok(!result.ok && result.error.message.startsWith('not a symbol'));
});

nativeTest('a compiler that makes one object of several sources gets them one by one', async (n) => {
  const [all, alone] = [await emptyCache(), await emptyCache()];
  await builderIn(n, all).build(chain('net_n', 1, 2, 4));
  assert.equal(await added(n, await builderIn(n, alone, { ...n.toolchain, objectPerSource: false }).build(chain('net_n', 1, 2, 4))), 7);
  assert.deepEqual(objects(alone), objects(all));
  for (const name of objects(all)) assert.ok(readFileSync(join(all.directory, name)).equals(readFileSync(join(alone.directory, name))), name);
});

nativeTest('other flags, other objects', async (n) => {
  const cache = await emptyCache();
  await builderIn(n, cache).build(chain('net_l', 1));
  await builderIn(n, cache, { ...n.toolchain, kernelFlags: [...n.toolchain.kernelFlags, '-DX'] }).build(chain('net_l', 1));
  assert.equal(objects(cache).length, 2);
});
