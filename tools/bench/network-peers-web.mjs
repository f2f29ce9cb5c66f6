/**
 * Times ONNX Runtime Web (WebAssembly, SIMD) on a whole network, in the same V8 that ours runs in: one JSON document a line in, one out, as network_peers.py does.
 *
 * In: {"model": path of an .onnx file, "threads": n, "seconds": s}. Out: {"onnxruntime-web": {"min", "median", "spread"}}, milliseconds of one warm call on random inputs; nothing where
 * it is not installed or does not take the model, with a line on standard error. Needs: npm install --no-save onnxruntime-web
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const ort = await import('onnxruntime-web').catch((e) => {
  console.error(`onnxruntime-web: ${e instanceof Error ? e.message.split('\n')[0] : e}`);
  return undefined;
});

function filled({ type, shape }) {
  const size = shape.reduce((product, extent) => product * Number(extent), 1);
  let state = 12345;
  const next = () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) / 0x7fffffff;
  if (type === 'int64') return new ort.Tensor(type, BigInt64Array.from({ length: size }, () => BigInt(Math.floor(next() * 8000))), shape);
  if (type === 'int32') return new ort.Tensor(type, Int32Array.from({ length: size }, () => Math.floor(next() * 8000)), shape);
  return new ort.Tensor('float32', Float32Array.from({ length: size }, () => 2 * next() - 1), shape);
}

async function timed(call, seconds) {
  // V8 needs a while before all functions of the module are optimised.
  for (const end = performance.now() + 1000 * seconds; performance.now() < end;) await call();
  const times = [];
  const end = performance.now() + 1000 * seconds;
  while ((performance.now() < end || times.length < 5) && times.length < 20000) {
    const start = performance.now();
    await call();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const median = times[times.length >> 1];
  return { min: times[0], median, spread: (times[(times.length * 3) >> 2] - times[times.length >> 2]) / median };
}

async function figure({ model, threads, seconds }) {
  ort.env.wasm.numThreads = threads;
  const weights = `${path.basename(model, '.onnx')}.weights`;
  const beside = path.join(path.dirname(model), weights);
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(model)), {
    executionProviders: ['wasm'], graphOptimizationLevel: 'all', ...(existsSync(beside) ? { externalData: [{ path: weights, data: new Uint8Array(readFileSync(beside)) }] } : {}),
  });
  const feeds = Object.fromEntries(session.inputMetadata.map((input) => [input.name, filled(input)]));
  const result = await timed(() => session.run(feeds), seconds);
  await session.release();
  return result;
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = {};
  try {
    if (ort !== undefined) answer['onnxruntime-web'] = await figure(JSON.parse(line));
  } catch (e) {
    console.error(`onnxruntime-web: ${e instanceof Error ? e.message : e}`);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
