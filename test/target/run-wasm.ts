/** Runs WebAssembly modules inside the test: parallel loops run worker after worker, so that results do not depend on timing. */
import { dtypeBytes } from '../../server/src/ir/dtype.js';
import { mathImports } from '../../server/src/target/wasm/math.js';
import type { Buffer } from '../../server/src/ir/buffer.js';
import { elementCount } from '../../server/src/ir/buffer.js';
import type { Workspace } from '../../server/src/target/kernel/ir.js';
import { CLOSURE_BYTES } from '../../server/src/target/wasm/closure.js';
import { fromBytes, toBytes } from './typed-bytes.js';

const align = (n: number): number => Math.ceil(n / 64) * 64;
/** Bytes around each tensor that must keep their value. */
const FENCE = 64;
const FENCE_BYTE = 0xa5;

export const MAX_TEST_PAGES = 512;

export interface WasmCall { readonly module: Uint8Array; readonly symbol: string; readonly workspace: Workspace; readonly params: readonly Buffer[]; readonly inputs: readonly ArrayLike<number>[]; readonly threads: number }

/** The outputs' elements. Throws if a byte outside of tensors and workspace was changed. */
export function runWasm(c: WasmCall): number[][] {
  const sizes = c.params.map((b) => elementCount(b.shape) * dtypeBytes(b.dtype));
  const offsets: number[] = [];
  let top = align(4 * c.params.length) + FENCE;
  for (const s of sizes) {
    offsets.push(top);
    top = align(top + s) + FENCE;
  }
  const workspaceAt = align(top + CLOSURE_BYTES);
  const bytes = workspaceAt + c.workspace.sharedBytes + c.threads * c.workspace.threadBytes + FENCE;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536), maximum: MAX_TEST_PAGES, shared: true });
  const all = new Uint8Array(memory.buffer).fill(FENCE_BYTE);
  new Int32Array(memory.buffer, 0, offsets.length).set(offsets);
  c.params.forEach((b, i) => {
    const input = c.inputs[i];
    const place = all.subarray(offsets[i], (offsets[i] ?? 0) + (sizes[i] ?? 0));
    if (input === undefined) place.fill(0xff);
    else place.set(toBytes(input, b.dtype, dtypeBytes(b.dtype)));
  });
  const holder: { exports: Readonly<Record<string, unknown>> } = { exports: {} };
  const call = (name: string, ...args: number[]): void => {
    const f = holder.exports[name];
    if (typeof f !== 'function') throw new Error(`no function ${name}`);
    f(...args);
  };
  const parallel = (body: number, tensors: number, workspace: number, closure: number, n: number): void => {
    for (let w = c.threads - 1; w >= 0; w--) call(`p${body}`, tensors, workspace, closure, Math.floor((n * w) / c.threads), Math.floor((n * (w + 1)) / c.threads), w);
  };
  holder.exports = new WebAssembly.Instance(new WebAssembly.Module(c.module), { env: { memory, ...mathImports(), parallel } }).exports;
  call(c.symbol, 0, workspaceAt);
  checkFences(all, offsets.map((at, i) => [at, at + (sizes[i] ?? 0)]), workspaceAt - CLOSURE_BYTES, bytes - FENCE);
  c.params.forEach((b, i) => {
    const input = c.inputs[i];
    if (input !== undefined && toBytes(input, b.dtype, dtypeBytes(b.dtype)).some((x, k) => x !== all[(offsets[i] ?? 0) + k])) throw new Error(`input ${b.name} was written`);
  });
  return c.params.slice(c.inputs.length).map((b, k) => {
    const at = offsets[c.inputs.length + k] ?? 0;
    return fromBytes(new Uint8Array(all.subarray(at, at + (sizes[c.inputs.length + k] ?? 0))), b.dtype);
  });
}

function checkFences(all: Uint8Array, tensors: readonly (readonly number[])[], workspaceAt: number, end: number): void {
  let from = align(4 * tensors.length);
  for (const [begin, stop] of [...tensors, [workspaceAt, end]]) {
    for (let i = from; i < (begin ?? 0); i++) if (all[i] !== FENCE_BYTE) throw new Error(`byte ${i}, which belongs to no tensor, was written`);
    from = stop ?? 0;
  }
  for (let i = from; i < from + FENCE; i++) if (all[i] !== FENCE_BYTE) throw new Error(`byte ${i} behind the workspace was written`);
}
