/** The deployable result: code, header, weights, manifest, and a small program that runs it. */
import { mkdirSync, rmSync, writeFileSync, renameSync, copyFileSync } from 'node:fs';
import path from 'node:path';
import { elementCount } from '../ir/buffer.js';
import { dtypeBytes } from '../ir/dtype.js';
import { networkWorkspace } from '../target/network.js';
import type { Backend } from './backend.js';
import type { TuningInput } from './input.js';
import { assembleNetwork } from './network.js';
import { SessionError, systemProblem } from './problem.js';
import { deployHeader, deployMain } from './deploy-text.js';
import { compileTasks, type Choice } from './tune/latencies.js';

export interface Deployed { readonly files: readonly string[]; readonly weightBytes: number }

export interface DeployParam { readonly role: string; readonly name: string; readonly dtype: string; readonly shape: readonly number[]; readonly bytes: number; readonly offset?: number }

/** Writes the files into `dir` (made if missing). @throws SessionError; nothing half-written stays */
export async function deploy(backend: Backend, input: TuningInput, choice: Choice, dir: string): Promise<Deployed> {
  if (input.plan === undefined) throw new SessionError('build makes whole networks: give an .onnx model', { file: input.file }, true);
  const image = assembleNetwork(input.plan, compileTasks(input, backend, choice));
  const build = await backend.buildNetwork(image.code);
  if (!build.result.ok) throw new SessionError(`the network does not build: ${build.result.error.message}`);
  const params: DeployParam[] = [];
  const weights: Uint8Array[] = [];
  let offset = 0;
  for (const p of image.params) {
    const bytes = elementCount(p.shape) * dtypeBytes(p.dtype);
    if (p.role !== 'constant' || p.data === undefined) {
      params.push({ role: p.role, name: p.name, dtype: p.dtype, shape: p.shape, bytes });
      continue;
    }
    const data = p.data();
    if (!data.ok) throw new SessionError(data.error, { file: input.file });
    params.push({ role: p.role, name: p.name, dtype: p.dtype, shape: p.shape, bytes, offset });
    const padded = new Uint8Array(Math.ceil(data.value.length / 64) * 64);
    padded.set(data.value);
    weights.push(padded);
    offset += padded.length;
  }
  const manifest = { format: 1, symbol: image.code.symbol, target: backend.targetText, threads: backend.threads, workspace: networkWorkspace(image.code), params };
  const files: [string, string | Uint8Array][] = [
    ...backend.deploy(image.code).map((f): [string, string | Uint8Array] => [f.name, f.data]),
    ['weights.bin', Buffer.concat(weights)], ['manifest.json', `${JSON.stringify(manifest, undefined, 2)}\n`],
    ...(backend.name === 'c' ? [['model.h', deployHeader(manifest)], ['main.c', deployMain(manifest)]] satisfies [string, string][] : []),
  ];
  // Inside the folder: files of one file system can be renamed.
  const part = path.join(dir, `.part-${process.pid}`);
  let made: string | undefined;
  try {
    made = mkdirSync(part, { recursive: true });
  } catch (e) {
    throw systemProblem(e, 'cannot write the result', dir);
  }
  let written = false;
  try {
    for (const [name, data] of files) writeFileSync(path.join(part, name), data);
    if (backend.name === 'c') copyFileSync(build.result.value.file, path.join(part, 'libmodel.so'));
    const names = [...files.map(([name]) => name), ...(backend.name === 'c' ? ['libmodel.so'] : [])];
    for (const name of names) renameSync(path.join(part, name), path.join(dir, name));
    written = true;
    return { files: names, weightBytes: offset };
  } catch (e) {
    throw systemProblem(e, 'cannot write the result', dir);
  } finally {
    rmSync(written || made === undefined ? part : made, { recursive: true, force: true });
  }
}
