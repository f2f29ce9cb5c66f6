/** Runs a deployed network in a JavaScript program, in node and in browsers: on the caller's thread, in one memory for all bindings. */
import { CLOSURE_BYTES } from '../../target/wasm/closure.js';
import { mathImports } from '../../target/wasm/math.js';
import { RELAXED_PROBE } from '../../target/wasm/relaxed-probe.js';
import { ABI_VERSION, type Binding, type DeployedTensor, type Manifest } from './manifest.js';
import { elementsOf, type Elements } from './wasm-elements.js';

const PAGE = 65536;
/** As the modules were made. */
const MAX_PAGES = 32768;

export interface OutputTensor { readonly dtype: string; readonly shape: readonly number[]; readonly data: Elements }

export interface Model {
  readonly bindings: readonly Pick<Binding, 'dims' | 'inputs' | 'outputs'>[];
  /** Elements by the inputs' names; `shapes` chooses the binding (default: the one whose sizes fit). */
  run(inputs: Readonly<Record<string, Elements>>, shapes?: Readonly<Record<string, readonly number[]>>): Record<string, OutputTensor>;
}

/** Reads the files beside this module, or below `base`. Throws an Error where they do not belong together. */
export async function load(base: string | URL = import.meta.url): Promise<Model> {
  const manifest = JSON.parse(new TextDecoder().decode(await read('manifest.json', base))) as Manifest;
  if (manifest.abiVersion !== ABI_VERSION) throw new Error(`manifest.json has the ABI version ${manifest.abiVersion}, model.js ${ABI_VERSION}: take both from one build`);
  const weights = await read(manifest.weights.file, base);
  if (weights.length !== manifest.weights.bytes) throw new Error(`${manifest.weights.file} has ${weights.length} bytes, not ${manifest.weights.bytes}: take it from the same build`);
  const relaxed = WebAssembly.validate(RELAXED_PROBE);
  const modules = await Promise.all(manifest.bindings.map(async ({ module, relaxedModule }) => WebAssembly.compile(await read((relaxed ? relaxedModule : undefined) ?? module ?? '', base))));
  return place(manifest, weights, modules);
}

async function read(name: string, base: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(name, base);
  if (url.protocol !== 'file:') {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url.href}: ${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  }
  const { readFile } = await import('node:fs/promises');
  return new Uint8Array(await readFile(url));
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

interface Layout { readonly pointers: number; readonly inputs: readonly number[]; readonly outputs: readonly number[]; readonly workspace: number; readonly bytes: number }

/** Weights stand first; behind them each binding uses the same memory. */
function layoutOf(binding: Binding, weightBytes: number): Layout {
  let top = align(weightBytes);
  const take = (bytes: number): number => {
    const at = top;
    top = align(top + bytes);
    return at;
  };
  const pointers = take(4 * binding.arguments.length);
  const inputs = binding.inputs.map((t) => take(t.bytes));
  const outputs = binding.outputs.map((t) => take(t.bytes));
  const workspace = align(top + CLOSURE_BYTES);
  return { pointers, inputs, outputs, workspace, bytes: workspace + binding.workspace.sharedBytes + binding.workspace.threadBytes };
}

function place(manifest: Manifest, weights: Uint8Array, modules: readonly WebAssembly.Module[]): Model {
  const { bindings } = manifest;
  const layouts = bindings.map((b) => layoutOf(b, weights.length));
  const initial = Math.ceil(Math.max(...layouts.map((l) => l.bytes)) / PAGE);
  if (initial > MAX_PAGES) throw new Error(`the network needs ${initial * PAGE} bytes of memory, more than WebAssembly has`);
  const memory = new WebAssembly.Memory({ initial, maximum: MAX_PAGES, shared: true });
  new Uint8Array(memory.buffer).set(weights);
  const calls = bindings.map((binding, i) => {
    const [module, layout] = [modules[i], layouts[i]];
    if (module === undefined || layout === undefined) throw new Error('manifest.json and the modules do not belong together');
    return bind(binding, layout, module, memory);
  });
  return {
    bindings,
    run: (inputs, shapes) => {
      const call = calls[choose(bindings, inputs, shapes)];
      if (call === undefined) throw new Error('the network has no binding for these inputs (model.bindings lists them)');
      return call(inputs);
    },
  };
}

function choose(bindings: readonly Binding[], inputs: Readonly<Record<string, Elements>>, shapes: Readonly<Record<string, readonly number[]>> | undefined): number {
  for (const { name } of bindings[0]?.inputs ?? []) {
    if (inputs[name] === undefined) throw new Error(`the input "${name}" is missing`);
  }
  const fits = (t: DeployedTensor): boolean => {
    const shape = shapes?.[t.name];
    return inputs[t.name]?.byteLength === t.bytes && (shape === undefined || (shape.length === t.shape.length && shape.every((n, d) => n === t.shape[d])));
  };
  return bindings.findIndex((b) => b.inputs.every(fits));
}

type Call = (inputs: Readonly<Record<string, Elements>>) => Record<string, OutputTensor>;

function bind(binding: Binding, layout: Layout, module: WebAssembly.Module, memory: WebAssembly.Memory): Call {
  const holder: { exports: Readonly<Record<string, unknown>> } = { exports: {} };
  const invoke = (name: string, ...args: number[]): void => {
    const f = holder.exports[name];
    if (typeof f !== 'function') throw new Error(`the module has no function ${name}: take all files from one build`);
    f(...args);
  };
  const parallel = (body: number, tensors: number, workspace: number, closure: number, n: number): void => invoke(`p${body}`, tensors, workspace, closure, 0, n, 0);
  holder.exports = new WebAssembly.Instance(module, { env: { memory, ...mathImports(), parallel } }).exports;
  const bytes = new Uint8Array(memory.buffer);
  const at = { input: layout.inputs, output: layout.outputs, constant: binding.constants.map((c) => c.offset) };
  const pointers = binding.arguments.map(({ role, index }) => at[role][index] ?? 0);
  return (inputs) => {
    new Int32Array(memory.buffer, layout.pointers, pointers.length).set(pointers);
    binding.inputs.forEach(({ name }, i) => {
      const given = inputs[name];
      if (given !== undefined) bytes.set(new Uint8Array(given.buffer, given.byteOffset, given.byteLength), layout.inputs[i] ?? 0);
    });
    invoke(binding.symbol, layout.pointers, layout.workspace);
    const got = (t: DeployedTensor, shape: readonly number[]): OutputTensor => {
      const from = layout.outputs[binding.outputs.findIndex((o) => o.name === t.name)] ?? 0;
      const size = (t.bytes / Math.max(1, count(t.shape))) * count(shape);
      return { dtype: t.dtype, shape, data: elementsOf(t.dtype, bytes.slice(from, from + size)) };
    };
    return Object.fromEntries(binding.outputs.flatMap((t): [string, OutputTensor][] => {
      if (t.shapeOf !== undefined) return [];
      const extents = binding.outputs.find((o) => o.shapeOf === t.name);
      return [[t.name, got(t, extents === undefined ? t.shape : [...got(extents, extents.shape).data].map(Number))]];
    }));
  };
}

function count(shape: readonly number[]): number {
  return shape.reduce((n, extent) => n * extent, 1);
}
