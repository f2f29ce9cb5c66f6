/** Runs a planned case as one WebAssembly module. Bytes around the tensors must stay. */
import { elementCount } from '../../../server/src/ir/buffer.js';
import { dtypeBytes } from '../../../server/src/ir/dtype.js';
import { assembleNetwork } from '../../../server/src/session/network.js';
import { constantBytes } from '../../../server/src/session/stored-constants.js';
import { networkWorkspace } from '../../../server/src/target/network.js';
import { CLOSURE_BYTES } from '../../../server/src/target/wasm/closure.js';
import { emitNetwork } from '../../../server/src/target/wasm/emit.js';
import { mathImports } from '../../../server/src/target/wasm/math.js';
import { compileTask, type PlannedCase } from './compile-case.js';

const MAX_PAGES = 4096;
const WASM_UNIT = { bytes: 16, registers: 16 };
const FENCE = 64;
const FENCE_BYTE = 0xa5;
const align = (n: number): number => Math.ceil(n / 64) * 64;

/** The outputs' bytes, in the order of the plan's outputs. */
export function runWasmCase({ plan, inputs }: PlannedCase, schedule: 'naive' | 'default' = 'naive'): Uint8Array[] {
  const image = assembleNetwork(plan, plan.tasks.map((task, i) => compileTask(task.dag, `k${i}`, schedule, WASM_UNIT)));
  const sizes = image.params.map((p) => elementCount(p.shape) * dtypeBytes(p.dtype));
  let top = align(4 * sizes.length) + FENCE;
  const offsets = sizes.map((size) => {
    const at = top;
    top = align(top + size) + FENCE;
    return at;
  });
  const workspace = networkWorkspace(image.code);
  const workspaceAt = align(top + CLOSURE_BYTES);
  const end = workspaceAt + workspace.sharedBytes + workspace.threadBytes;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((end + FENCE) / 65536), maximum: MAX_PAGES, shared: true });
  const all = new Uint8Array(memory.buffer).fill(FENCE_BYTE);
  new Int32Array(memory.buffer, 0, offsets.length).set(offsets);
  image.params.forEach((p, i) => {
    const at = offsets[i] ?? 0;
    if (p.role === 'output') return;
    const data = p.role === 'input' ? inputs[i]?.bytes : unwrap(p.data === undefined ? undefined : constantBytes(p.data));
    if (data === undefined || data.length !== sizes[i]) throw new Error(`${p.name} has ${data?.length} bytes instead of ${sizes[i]}`);
    all.set(data, at);
  });
  const holder: { exports: Readonly<Record<string, unknown>> } = { exports: {} };
  const call = (name: string, ...args: number[]): void => {
    const f = holder.exports[name];
    if (typeof f !== 'function') throw new Error(`no function ${name}`);
    f(...args);
  };
  const parallel = (body: number, tensors: number, at: number, closure: number, n: number): void => { call(`p${body}`, tensors, at, closure, 0, n, 0); };
  const module = new WebAssembly.Module(emitNetwork(image.code, { relaxedFma: false, maxPages: MAX_PAGES }));
  holder.exports = new WebAssembly.Instance(module, { env: { memory, ...mathImports(), parallel } }).exports;
  call(image.code.symbol, 0, workspaceAt);
  offsets.forEach((at, i) => {
    const behind = at + (sizes[i] ?? 0);
    const next = offsets[i + 1] ?? top;
    for (let k = behind; k < next; k++) if (all[k] !== FENCE_BYTE) throw new Error(`a byte behind ${image.params[i]?.name} was written`);
  });
  return plan.outputs.map((port) => {
    const i = image.params.findIndex((p) => p.role === 'output' && p.name === port.name);
    if (i < 0) return new Uint8Array(0);
    return all.slice(offsets[i], (offsets[i] ?? 0) + (sizes[i] ?? 0));
  });
}

function unwrap(data: { readonly ok: true; readonly value: Uint8Array } | { readonly ok: false; readonly error: string } | undefined): Uint8Array {
  if (data === undefined) throw new Error('a constant without data');
  if (!data.ok) throw new Error(data.error);
  return data.value;
}
