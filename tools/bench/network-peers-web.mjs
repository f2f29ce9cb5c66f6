/**
 * Times ONNX Runtime Web (WebAssembly, SIMD) on a whole network, in the same V8 that ours runs in: one JSON document a line in, one out, as network_peers.py does.
 *
 * In: {"model": path of an .onnx file, "threads": n, "seconds": s}. Out: {"onnxruntime-web": {"min", "median", "spread", "cores"}}, milliseconds of one warm call on random inputs; nothing where
 * it is not installed, does not take the model or does not run on as many threads, with a line on standard error. Its number of threads is fixed when its first session is made, so that each question is
 * answered by a process of its own. Needs: npm install --no-save onnxruntime-web (or a folder of NODE_PATH that has it)
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** `require` looks into NODE_PATH, `import` does not. */
async function runtime() {
  return (await import(pathToFileURL(createRequire(import.meta.url).resolve('onnxruntime-web')).href)).default;
}

function filled(ort, { type, shape }) {
  const size = shape.reduce((product, extent) => product * Number(extent), 1);
  let state = 12345;
  const next = () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) / 0x7fffffff;
  if (type === 'int64') return new ort.Tensor(type, BigInt64Array.from({ length: size }, () => BigInt(Math.floor(next() * 8000))), shape);
  if (type === 'int32') return new ort.Tensor(type, Int32Array.from({ length: size }, () => Math.floor(next() * 8000)), shape);
  return new ort.Tensor('float32', Float32Array.from({ length: size }, () => 2 * next() - 1), shape);
}

/** `cores`: seconds of processor a second of the clock. */
async function timed(call, seconds) {
  // V8 needs a while before all functions of the module are optimised.
  for (const end = performance.now() + 1000 * seconds; performance.now() < end;) await call();
  const times = [];
  const [begin, before] = [performance.now(), process.cpuUsage()];
  while ((performance.now() < begin + 1000 * seconds || times.length < 5) && times.length < 20000) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  const cores = (user + system) / 1000 / (performance.now() - begin);
  times.sort((a, b) => a - b);
  const median = times[times.length >> 1];
  return { min: times[0], median, spread: (times[(times.length * 3) >> 2] - times[times.length >> 2]) / median, cores };
}

async function figure({ model, threads, seconds }) {
  const ort = await runtime();
  ort.env.wasm.numThreads = threads;
  const weights = `${path.basename(model, '.onnx')}.weights`;
  const beside = path.join(path.dirname(model), weights);
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(model)), {
    executionProviders: ['wasm'], graphOptimizationLevel: 'all', ...(existsSync(beside) ? { externalData: [{ path: weights, data: new Uint8Array(readFileSync(beside)) }] } : {}),
  });
  // It falls back to one thread where it cannot have more.
  if (ort.env.wasm.numThreads !== threads) throw new Error(`runs on ${ort.env.wasm.numThreads} thread(s), not on ${threads}`);
  const feeds = Object.fromEntries(session.inputMetadata.map((input) => [input.name, filled(ort, input)]));
  return timed(() => session.run(feeds), seconds);
}

async function answer(question) {
  try {
    return { 'onnxruntime-web': await figure(question) };
  } catch (e) {
    console.error(`onnxruntime-web: ${e instanceof Error ? e.message.split('\n')[0] : e}`);
    return {};
  }
}

const [given] = process.argv.slice(2);
if (given !== undefined) {
  console.log(JSON.stringify(await answer(JSON.parse(given))));
  // Its threads would keep the process.
  process.exit(0);
}
for await (const line of createInterface({ input: process.stdin })) {
  const { stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), line], { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  process.stdout.write(stdout === '' ? '{}\n' : stdout);
}
