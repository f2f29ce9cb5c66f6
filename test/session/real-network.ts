/** Networks with real weights, fetched once for all checkouts, compiled by default rules and compared with ONNX Runtime. Skipped where they cannot be fetched. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { NetworkPlan } from '../../server/src/model/plan.js';
import { readInput } from '../../server/src/session/input.js';
import { assembleNetwork, standardInputs, startNetwork } from '../../server/src/session/network.js';
import { openBackend } from '../../server/src/session/open-backend.js';
import { openReference } from '../../server/src/session/reference.js';
import { BufferIds } from '../../server/src/session/task-bench.js';
import { compileTasks } from '../../server/src/session/tune/latencies.js';
import { folder, noCompiler } from '../cli/ansor.js';

const FETCHED = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'ansor', 'networks');
const TOLERANCE = 1e-3;
const FETCH_MS = 240_000;

export interface Case { readonly file: string; readonly dims?: Readonly<Record<string, number>>; readonly values?: Readonly<Record<string, readonly number[]>>; readonly bars?: boolean }

export const DETECTOR = 'rapidocr-onnxruntime-1.4.4/rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx';
export const RECOGNISER = 'rapidocr-onnxruntime-1.4.4/rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx';

/** Fetches what is not there yet. Undefined: it is there; else why not. */
function fetched(files: readonly string[]): string | undefined {
  if (files.every((file) => existsSync(path.join(FETCHED, file)))) return undefined;
  const ran = spawnSync(process.execPath, ['tools/fetch-networks.mjs', FETCHED], { encoding: 'utf8', timeout: FETCH_MS });
  return ran.status === 0 ? undefined : `node tools/fetch-networks.mjs: ${ran.status === null ? `no end within ${FETCH_MS / 1000} s` : ran.stderr.trim()}`;
}

function why(): string | false {
  try {
    createRequire(path.resolve('package.json')).resolve('onnxruntime-node');
  } catch {
    return 'ONNX Runtime is not installed';
  }
  return noCompiler;
}

export function testNetworks(cases: readonly Case[]): void {
  const skip = fetched(cases.map(({ file }) => file)) ?? why();
  for (const { file, dims = {}, values = {}, bars } of cases) {
    test(`${path.basename(file)} at ${Object.entries(dims).map(([name, n]) => `${name}=${n}`).join(', ')} equals ONNX Runtime`, { skip }, async (t) => {
      const input = readInput(path.join(FETCHED, file), { dims: new Map(Object.entries(dims)), values: new Map(Object.entries(values)) });
      const { plan } = input;
      assert(plan !== undefined);
      const opened = await openBackend('c', { threads: 2, cacheDir: path.join(folder, 'cache'), programDir: path.join(folder, 'dist') });
      assert(opened.ok, opened.ok ? '' : opened.error.message);
      const backend = opened.value;
      t.after(() => backend.close());
      const inputs = bars === true ? [barsAs(plan)] : standardInputs(plan);
      const reference = await openReference(input.file, plan, inputs, 2);
      await reference.call();
      const network = await startNetwork(backend, assembleNetwork(plan, compileTasks(input, backend, 'default')), inputs, new BufferIds());
      assert(network.ok, network.ok ? '' : network.error);
      t.after(() => network.value.close());
      const ran = await network.value.open.call({ repeats: 1, number: 1, minSeconds: 0, flush: false, stopSeconds: 0 }, 100);
      assert(ran.ok, ran.ok ? '' : ran.error.message);
      const expected = reference.outputs();
      for (let i = 0; i < expected.length; i++) {
        const bytes = await network.value.open.tensor(network.value.outputs[i] ?? -1);
        assert(bytes.ok);
        const { error, largest } = distance(new Float32Array(bytes.value.slice().buffer), expected[i] ?? []);
        t.diagnostic(`output ${i}: largest error ${error.toExponential(2)} of ${largest.toExponential(2)}`);
        assert(error <= TOLERANCE * largest, `output ${i} is wrong by ${error} of ${largest}`);
      }
    });
  }
}

function distance(got: Float32Array, expected: ArrayLike<number>): { error: number; largest: number } {
  assert.equal(got.length, expected.length);
  let [error, largest] = [0, 0];
  got.forEach((x, k) => {
    const e = Math.abs(x - (expected[k] ?? NaN));
    error = Number.isNaN(e) ? Infinity : Math.max(error, e);
    largest = Math.max(largest, Math.abs(expected[k] ?? 0));
  });
  return { error, largest };
}

/** Dark bars on white, as letters are: a detector of text answers noise with numbers that are almost zero. */
function barsAs(plan: NetworkPlan): Uint8Array {
  const shape = plan.inputs[0]?.shape ?? [];
  const [rows, columns] = [shape[2] ?? 1, shape[3] ?? 1];
  const count = shape.reduce((n, extent) => n * extent, 1);
  return new Uint8Array(Float32Array.from({ length: count }, (_, i) => {
    const x = i % columns;
    const y = Math.floor(i / columns) % rows;
    return y > rows / 3 && y < (2 * rows) / 3 && x > 8 && x < columns - 8 && (x >> 2) % 2 === 0 ? -2 : 2;
  }).buffer);
}
