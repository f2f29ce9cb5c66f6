/** A whole network as one compiled function: kernels by task, constants packed as the kernels want them, memory as the plan says. */
import { assert, defined } from '../base/assert.js';
import { err, ok, type Result } from '../base/result.js';
import type { BufferRef, NetworkPlan } from '../model/plan.js';
import { elementCount } from '../ir/buffer.js';
import { dtypeBytes, isFloat, type DType } from '../ir/dtype.js';
import type { LayoutRewrite } from '../lower/layout-rewrite.js';
import type { BuildOutcome, OpenFunction, TensorSpec } from '../measure/interface.js';
import type { NetworkCall, NetworkCode, TensorPlace } from '../target/network.js';
import type { Backend } from './backend.js';
import type { CompiledState } from './compile.js';
import { elementBytes } from '../ir/element-bytes.js';
import { SessionError } from './problem.js';
import { StoredConstants, type PackedConstant } from './stored-constants.js';
import type { BufferIds } from './task-bench.js';

/** A parameter of the network's function. */
export interface NetworkParam {
  readonly role: 'input' | 'constant' | 'output';
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Of the output `NAME:shape`: position of the output whose actual shape it holds. */
  readonly shapeOf?: number;
  /** Of constants. */
  readonly data: PackedConstant | undefined;
}

/** `stamps`: position of the parameter with the times of calls, of images that were asked for it. */
export interface NetworkImage { readonly code: NetworkCode; readonly params: readonly NetworkParam[]; readonly stamps?: number }

const OPEN_TIMEOUT_SECONDS = 120;

/** Puts the network together; `compiled[i]` is the kernel of plan task i. `stamped`: it notes when each call ends. */
export function assembleNetwork(plan: NetworkPlan, compiled: readonly CompiledState[], symbol = 'ansor_network', stamped = false): NetworkImage {
  const params: NetworkParam[] = plan.inputs.map((p) => ({ role: 'input', name: p.name, dtype: p.dtype, shape: p.shape, data: undefined }));
  const constants = new Map<string, number>();
  // In the model's order, whichever is computed first.
  const outputs: number[] = [];
  for (const { name, dtype, shape, shapeOf } of plan.outputs) {
    outputs.push(params.push({ role: 'output', name, dtype, shape, data: undefined, ...(shapeOf === undefined ? {} : { shapeOf: defined(outputs[shapeOf], 'an output') }) }) - 1);
  }
  const calls: NetworkCall[] = [];
  const place = (ref: BufferRef, rewrite: LayoutRewrite | undefined, layout: string): TensorPlace => {
    if (ref.kind === 'input') return { kind: 'param', position: ref.index };
    if (ref.kind === 'arena') return { kind: 'arena', offset: defined(plan.arena.slots[ref.index], 'an arena slot').offset };
    if (ref.kind === 'output') return { kind: 'param', position: defined(outputs[ref.index], 'a model output') };
    const key = `${ref.index} ${layout}`;
    const constant = defined(plan.constants[ref.index], 'a constant');
    const known = constants.get(key) ?? params.push({
      role: 'constant', name: `constant_${ref.index}`, dtype: constant.dtype, shape: rewrite?.rewritten.shape ?? constant.shape, data: { constant, rewrite },
    }) - 1;
    constants.set(key, known);
    return { kind: 'param', position: known };
  };
  for (const call of plan.calls) {
    if ('loop' in call) {
      calls.push(call.loop === 'end' ? { loop: 'end' } : { loop: 'begin', going: place(call.going, undefined, '') });
      continue;
    }
    if ('procedure' in call) {
      calls.push({ procedure: call.procedure, tensors: [...call.inputs, ...call.outputs].map((ref) => place(ref, undefined, '')) });
      continue;
    }
    const kernel = defined(compiled[call.task], 'a compiled task');
    const tensors = call.inputs.map((ref, i) => {
      const rewrite = kernel.packed.get(defined(kernel.inputs[i], 'a placeholder'));
      assert(rewrite === undefined || ref.kind === 'constant', 'only constants are packed');
      return place(ref, rewrite, rewrite === undefined ? '' : `${call.task}/${i}`);
    });
    calls.push({ kernel: call.task, tensors: [...tensors, place(call.output, undefined, '')] });
  }
  const stamps = stamped ? { stamps: params.push({ role: 'output', name: ':times', dtype: 'float64', shape: [calls.length], data: undefined }) - 1 } : {};
  return { params, ...stamps, code: { ...stamps, symbol, kernels: compiled.map((c) => c.kernel), procedures: plan.procedures, calls, arenaBytes: plan.arena.bytes } };
}

/** Reads all constants, so that a missing or cut weights file is told before anything is measured. @throws SessionError */
export function checkConstants(plan: NetworkPlan, file: string): void {
  for (const constant of plan.constants) {
    const loaded = constant.load();
    if (!loaded.ok) throw new SessionError(loaded.error.message, { file });
  }
}

/** A network loaded in the runner. */
export interface RunningNetwork {
  readonly image: NetworkImage;
  readonly build: BuildOutcome;
  readonly open: OpenFunction;
  /** Positions of the outputs among the parameters. */
  readonly outputs: readonly number[];
  close(): Promise<void>;
}

/** Builds networks at the same time, so that starting them one after the other finds them built. */
export async function buildNetworks(backend: Backend, images: readonly NetworkImage[]): Promise<void> {
  await Promise.all(images.map(({ code }) => backend.buildNetwork(code)));
}

/** Builds and loads the network with the given inputs. `constants`: of networks that run in turn. Errors are lines for people. */
export async function startNetwork(backend: Backend, image: NetworkImage, inputs: readonly Uint8Array[], ids: BufferIds, constants = new StoredConstants(backend.runner, ids)): Promise<Result<RunningNetwork, string>> {
  const build = await backend.buildNetwork(image.code);
  if (!build.result.ok) return err(`the network does not build: ${build.result.error.message}`);
  const kept: number[] = [];
  const packed: PackedConstant[] = [];
  const release = async (): Promise<void> => {
    for (const id of kept) await backend.runner.drop(id);
    for (const constant of packed) await constants.release(constant);
  };
  const fail = async (message: string): Promise<Result<never, string>> => {
    await release();
    return err(message);
  };
  const store = async (data: Uint8Array): Promise<Result<number, string>> => {
    const id = ids.next();
    kept.push(id);
    const stored = await backend.runner.store(id, data);
    return stored.ok ? ok(id) : err(stored.error.message);
  };
  const tensors: TensorSpec[] = [];
  for (const [i, p] of image.params.entries()) {
    const bytes = elementCount(p.shape) * dtypeBytes(p.dtype);
    if (p.role === 'output') {
      tensors.push({ role: 'output', dtype: p.dtype, bytes, fill: { kind: 'poison' } });
      continue;
    }
    const id = p.data === undefined ? await store(defined(inputs[i], 'an input')) : await constants.take(p.data);
    if (!id.ok) return fail(id.error);
    if (p.data !== undefined) packed.push(p.data);
    tensors.push({ role: 'input', dtype: p.dtype, bytes, fill: { kind: 'stored', buffer: id.value } });
  }
  const open = await backend.runner.open({ artifact: build.result.value, tensors, threads: backend.threads, timeoutSeconds: OPEN_TIMEOUT_SECONDS });
  if (!open.ok) return fail(`the network does not load: ${open.error.message}`);
  const close = async (): Promise<void> => {
    await open.value.close();
    await release();
  };
  return ok({ image, build, open: open.value, outputs: image.params.flatMap((p, i) => (p.role === 'output' ? [i] : [])), close });
}

/** The inputs that tests and benchmarks use: xorshift32 from seed 12345, floats in [-1, 1), ids below 8000. */
export function standardInputs(plan: NetworkPlan): Uint8Array[] {
  let x = 12345;
  const next = (): number => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x;
  };
  return plan.inputs.map((p) => {
    const n = elementCount(p.shape);
    const bound = p.bound?.load();
    if (bound?.ok === true) return elementBytes(bound.value.data, p.dtype);
    if (p.dtype === 'float32') return new Uint8Array(Float32Array.from({ length: n }, () => -1 + (next() >>> 8) * 2 ** -23).buffer);
    if (p.dtype === 'int64') return new Uint8Array(BigInt64Array.from({ length: n }, () => BigInt((next() >>> 0) % 8000)).buffer);
    if (p.dtype === 'int32') return new Uint8Array(Int32Array.from({ length: n }, () => (next() >>> 0) % 8000).buffer);
    if (isFloat(p.dtype)) return elementBytes(Float64Array.from({ length: n }, () => -1 + (next() >>> 8) * 2 ** -23), p.dtype);
    return elementBytes(Float64Array.from({ length: n }, () => (next() >>> 0) % (p.dtype === 'bool' ? 2 : 100)), p.dtype);
  });
}
