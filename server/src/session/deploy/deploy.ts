/** The deployable result: code, header, weights, manifest, and a small program that runs it, for one or several bindings of the dimensions. */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { elementCount } from '../../ir/buffer.js';
import { dtypeBytes } from '../../ir/dtype.js';
import { TENSOR_ALIGNMENT } from '../../target/abi.js';
import { networkWorkspace } from '../../target/network.js';
import type { Backend, DeployableFile } from '../backend.js';
import type { TuningInput } from '../input.js';
import { assembleNetwork, type NetworkImage } from '../network.js';
import { SessionError, systemProblem } from '../problem.js';
import { compileTasks, type Choice } from '../tune/latencies.js';
import { byRules } from '../siblings.js';
import { constantBytes } from '../stored-constants.js';
import { moduleName } from '../wasm-backend.js';
import { libraryHeader, librarySource } from './c-library.js';
import { SAMPLE_MAIN } from './c-text.js';
import { ABI_VERSION, type Argument, type Binding, type DeployedConstant, type DeployedFile, type DeployedOutput, type DeployedTensor, type Manifest } from './manifest.js';
import { PYTHON_EXAMPLE } from './python-text.js';
import { MODEL_TYPES } from './wasm-elements.js';

export interface Deployed { readonly files: readonly string[]; readonly weightBytes: number }

/** The model at one choice of its symbolic dimensions, and its programs. */
export interface DeployInput { readonly input: TuningInput; readonly dims: ReadonlyMap<string, number>; readonly choice: Choice }

const WEIGHTS = 'weights.bin';

/** Writes the files into `dir` (made if missing). @throws SessionError; nothing half-written stays */
export async function deploy(backend: Backend, given: readonly DeployInput[], dir: string): Promise<Deployed> {
  const images = given.map((g, i) => imageOf(backend, g, i, given.length));
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
    const weights = new WeightsFile(path.join(part, WEIGHTS));
    const bindings = images.map((image, i) => bindingOf(image, given[i]?.dims ?? new Map(), weights, given[i]?.input.file ?? '', backend.name === 'wasm' ? { module: moduleName(i, images.length), relaxedModule: moduleName(i, images.length, true) } : {}));
    const weightsFile = weights.close();
    checkDistinct(bindings);
    const built = await backend.deploy(images.map(({ code }) => code), librarySource(bindings, weightsFile.bytes));
    if (!built.ok) throw new SessionError(`the network does not build: ${built.error}`);
    const model = given[0]?.input;
    const name = path.basename(model?.file ?? '');
    const code = built.value.map((f) => described(f));
    const manifest: Manifest = {
      format: 2, abiVersion: ABI_VERSION, model: name, modelSha256: model?.hash ?? '', target: backend.targetText, threads: backend.threads, alignment: TENSOR_ALIGNMENT,
      weights: weightsFile, code, bindings,
    };
    const files: readonly DeployableFile[] = [...built.value, ...companions(backend, name), { name: 'manifest.json', data: `${JSON.stringify(manifest, undefined, 2)}\n` }];
    for (const file of files) {
      if ('copyOf' in file) copyFileSync(file.copyOf, path.join(part, file.name));
      else writeFileSync(path.join(part, file.name), file.data);
    }
    const names = [...files.map((f) => f.name), WEIGHTS];
    for (const file of names) renameSync(path.join(part, file), path.join(dir, file));
    written = true;
    return { files: names, weightBytes: weightsFile.bytes };
  } catch (e) {
    if (e instanceof SessionError) throw e;
    throw systemProblem(e, 'cannot write the result', dir);
  } finally {
    rmSync(written || made === undefined ? part : made, { recursive: true, force: true });
  }
}

/** Symbols of several bindings differ, since they share a library. */
function imageOf(backend: Backend, { input: given, choice }: DeployInput, i: number, bindings: number): NetworkImage {
  const input = byRules(given, backend);
  if (input.plan === undefined) throw new SessionError('build makes whole networks: give an .onnx model', { file: input.file }, true);
  const compiled = compileTasks(input, backend, choice);
  const suffix = bindings === 1 ? '' : `_${i}`;
  return assembleNetwork(input.plan, compiled.map((c) => ({ ...c, kernel: { ...c.kernel, symbol: `${c.kernel.symbol}${suffix}` } })), `ansor_network${suffix}`);
}

function bindingOf(image: NetworkImage, dims: ReadonlyMap<string, number>, weights: WeightsFile, file: string, modules: Pick<Binding, 'module' | 'relaxedModule'>): Binding {
  const inputs: DeployedTensor[] = [];
  const outputs: DeployedOutput[] = [];
  const constants: DeployedConstant[] = [];
  const list = image.params.map((p): Argument => {
    const tensor: DeployedTensor = { name: p.name, dtype: p.dtype, shape: p.shape, bytes: elementCount(p.shape) * dtypeBytes(p.dtype) };
    if (p.role === 'input') return { role: 'input', index: inputs.push(tensor) - 1 };
    if (p.role === 'output') {
      const of = p.shapeOf === undefined ? undefined : image.params[p.shapeOf]?.name;
      return { role: 'output', index: outputs.push({ ...tensor, ...(of === undefined ? {} : { shapeOf: of }) }) - 1 };
    }
    const data = p.data === undefined ? undefined : constantBytes(p.data);
    if (data === undefined || !data.ok) throw new SessionError(data?.error ?? 'a constant has no elements', { file });
    return { role: 'constant', index: constants.push({ ...tensor, offset: weights.append(data.value) }) - 1 };
  });
  return { dims: Object.fromEntries(dims), symbol: image.code.symbol, ...modules, inputs, outputs, constants, arguments: list, workspace: networkWorkspace(image.code) };
}

function checkDistinct(bindings: readonly Binding[]): void {
  const seen = new Set<string>();
  for (const { inputs, dims } of bindings) {
    const shapes = JSON.stringify(inputs.map((t) => t.shape));
    if (seen.has(shapes)) throw new SessionError(`two bindings give the inputs the same shapes, so that no call could choose: ${Object.entries(dims).map(([name, n]) => `${name}=${n}`).join(',')}. Leave one --dim out`, {}, true);
    seen.add(shapes);
  }
}

function described(file: DeployableFile): DeployedFile {
  const data = 'copyOf' in file ? readFileSync(file.copyOf) : Buffer.from(file.data);
  return { file: file.name, bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') };
}

/** What programs that call the network need besides code and weights. */
function companions(backend: Backend, model: string): DeployableFile[] {
  if (backend.name === 'c') return [{ name: 'model.h', data: libraryHeader(backend.targetText, model) }, { name: 'main.c', data: SAMPLE_MAIN }, { name: 'model.py', data: PYTHON_EXAMPLE }];
  return [
    { name: 'model.js', copyOf: path.join(backend.programDir, 'wasm-model.mjs') }, { name: 'model.d.ts', data: MODEL_TYPES },
    { name: 'package.json', data: `${JSON.stringify({ type: 'module', main: './model.js', types: './model.d.ts' }, undefined, 2)}\n` },
  ];
}

/** Constants one behind the other, at multiples of 64 bytes; equal ones stand there once. */
class WeightsFile {
  private readonly fd: number;
  private readonly hash: Hash = createHash('sha256');
  private readonly known = new Map<string, number>();
  private bytes = 0;

  constructor(file: string) {
    this.fd = openSync(file, 'wx');
  }

  append(data: Uint8Array): number {
    const key = createHash('sha256').update(data).digest('hex');
    const before = this.known.get(key);
    if (before !== undefined) return before;
    const offset = this.bytes;
    this.known.set(key, offset);
    this.write(data);
    this.write(new Uint8Array(Math.ceil(data.length / TENSOR_ALIGNMENT) * TENSOR_ALIGNMENT - data.length));
    return offset;
  }

  close(): DeployedFile {
    closeSync(this.fd);
    return { file: WEIGHTS, bytes: this.bytes, sha256: this.hash.digest('hex') };
  }

  private write(data: Uint8Array): void {
    this.hash.update(data);
    for (let at = 0; at < data.length;) at += writeSync(this.fd, data, at);
    this.bytes += data.length;
  }
}
