/** Readers under fuzzed inputs: what they throw, how long one input takes, how much memory stays. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRng, type Rng } from '../../server/src/base/rng.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { readOnnx } from '../../server/src/model/onnx/read-onnx.js';
import { readLog } from '../../server/src/records/read-log.js';
import { MATMUL, tinyNet } from '../cli/ansor.js';
import { onnxFile, ramp } from '../model/onnx-builder.js';
import { mutateBytes, mutateText } from './mutate.js';

/** Of the processor: how long the machine lets an input wait is not the reader's. */
const SLOWEST_MS = 3000;
const busyMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};
const MOST_GROWTH = 600 * 2 ** 20;

export interface Fuzzed { readonly inputs: number; readonly accepted: number; readonly slowestMs: number; readonly seconds: number }

/** Runs `one` on so many inputs, or until `seconds` are over. `one` is true if the reader found nothing wrong. */
export function fuzz(inputs: number, seed: number, seconds: number, one: (rng: Rng) => boolean): Fuzzed {
  const start = performance.now();
  const before = process.memoryUsage().rss;
  let accepted = 0;
  let slowestMs = 0;
  let done = 0;
  for (; done < inputs && performance.now() - start < seconds * 1000; done++) {
    // Each input has a stream of its own: a failure is reproduced by its number.
    const rng = createRng(seed + done);
    const from = process.cpuUsage();
    try {
      if (one(rng)) accepted++;
    } catch (e) {
      throw new Error(`input ${seed + done}: ${e instanceof Error ? e.stack ?? e.message : String(e)}`);
    }
    const took = busyMs(from);
    if (took > slowestMs) slowestMs = took;
    assert.ok(took < SLOWEST_MS, `input ${seed + done} took ${took.toFixed(0)} ms`);
    if (done % 5000 === 0) assert.ok(process.memoryUsage().rss - before < MOST_GROWTH, `memory grew to ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB after ${done} inputs`);
  }
  return { inputs: done, accepted, slowestMs: Math.round(slowestMs), seconds: Math.round((performance.now() - start) / 1000) };
}

const oracle = (name: string): string => readFileSync(new URL(`../fixtures/oracle/records/${name}`, import.meta.url), 'utf8');
const LOGS = [
  ...oracle('matmul_512.json').split('\n').slice(0, 3), '# {"session":{"version":"1","target":"llvm -keys=cpu"}}', '# {"task":{"key":"[\\"k\\"]","name":"f","flops":1,"tc":"def f(float(2) A) -> (B) { B(i) = A(i) }"}}',
  '# {"trial":{"line":1,"predicted":0.5,"error":"x"}}', '{"input": ["llvm", "conv2d", [["TENSOR", [1, 3, 224, 224], "float32"]], {}], "config": {"index": 1, "code_hash": null, "entity": [["tile", "sp", [1, 2]]]}, "result": [[0.1], 0, 1.0, 1.0], "version": 0.2, "tvm_version": "0.8"}', '', '# words',
];
const PROGRAMS = [MATMUL, 'def soft(float(N, M) A) -> (D) {\n  X(i) max=! A(i, j)\n  E(i, j) = exp(A(i, j) - X(i))\n  S(i) +=! E(i, j)\n  D(i, j) = E(i, j) / S(i)\n}\n', 'def c(float(1, 8, 10, 10) I, const float(8, 8, 3, 3) W) -> (O) {\n  O(n, f, y, x) +=! I(n, c, y + r, x + s) * W(f, c, r, s) where r in 0:3, s in 0:3\n}\n', '# a comment\ndef g(int32(4) A) -> (B) { B(i) = A(i) > 2 ? A(i) : -A(i) % 3 }\n'];
const MODELS = [tinyNet(), onnxFile({ inputs: { x: [1, 4] }, outputs: ['y'], constants: { w: ramp([4, 4], 1) }, nodes: [{ op: 'Gemm', inputs: ['x', 'w'], outputs: ['y'] }] })];

export const READERS: Readonly<Record<'log' | 'tc' | 'onnx', (rng: Rng) => boolean>> = {
  log: (rng) => {
    const text = Array.from({ length: 1 + rng.int(3) }, () => mutateText(LOGS, rng)).join('\n');
    const { lines, problems } = readLog(text);
    const count = text.split('\n').length;
    for (const p of problems) assert.ok(p.line >= 1 && p.line <= count && p.column >= 1 && p.message.length < 2000, JSON.stringify(p).slice(0, 300));
    assert.ok(lines.length + problems.length <= 2 * count + 2);
    return problems.length === 0;
  },
  tc: (rng) => {
    const text = mutateText(PROGRAMS, rng);
    const { problems } = parseTc(text, { sizes: { N: 4, M: 5 } });
    for (const p of problems) assert.ok(p.line >= 1 && p.column >= 1 && p.message.length < 2000, JSON.stringify(p).slice(0, 300));
    return problems.every((p) => p.severity !== 'error');
  },
  onnx: (rng) => readOnnx(mutateBytes(MODELS, rng)).ok,
};
