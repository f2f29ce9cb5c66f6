/** Kernels as WebAssembly with 128-bit SIMD (relaxed multiply-add where the engine has it) and threads by shared memory. */
import type { Kernel } from '../kernel/ir.js';
import { kernelWorkspaceOffset, type NetworkCode, type TensorPlace } from '../network.js';
import { encodeModule, NO_RESULT, OP, TYPE, unsigned, type FunctionCode, type ImportedFunction } from './encoder.js';
import { emitProcedure } from './emit-procedure.js';
import { FunctionWriter, KERNEL_TYPE, MATH2_TYPE, MATH_TYPE, PARALLEL_TYPE } from './function-writer.js';
import { KernelEmitter } from './kernel-emitter.js';
import { MATH_IMPORTS } from './math.js';
import { vectorFunction, vectorFunctionsOf } from './vector-math.js';

export interface WasmOptions {
  /** Whether the engine has relaxed SIMD (probe with WebAssembly.validate). */
  readonly relaxedFma: boolean;
  /** Most pages of 64 KiB that the shared memory may have. */
  readonly maxPages: number;
}

const IMPORTS: readonly ImportedFunction[] = [
  { name: 'parallel', type: PARALLEL_TYPE },
  ...MATH_IMPORTS.map(({ name, arity }) => ({ name, type: arity === 2 ? MATH2_TYPE : MATH_TYPE })),
];

/** Of networks that stamp the times of their calls. */
const CLOCK: ImportedFunction = { name: 'now', type: { params: [], results: [TYPE.f64] } };

/** One module that runs a whole network: kernels, their bodies, and the function that calls them in order. */
export function emitNetwork(network: NetworkCode, options: WasmOptions): Uint8Array {
  const bodies: FunctionCode[] = [];
  const functions = vectorFunctionsOf(network.kernels);
  const imports = network.stamps === undefined ? IMPORTS : [...IMPORTS, CLOCK];
  const kernels = network.kernels.map((k) => new KernelEmitter(k, { ...options, functions: { first: imports.length, names: functions } }, bodies).emit());
  const procedures = (network.procedures ?? []).map(emitProcedure);
  const first = imports.length + functions.length;
  const w = new FunctionWriter(KERNEL_TYPE, network.symbol);
  const pointers = align64(network.arenaBytes);
  const offset = kernelWorkspaceOffset(network);
  const address = (place: TensorPlace): void => {
    if (place.kind === 'param') w.get(0).memory(OP.i32Load, 2, place.position * 4);
    else w.get(1).i32(place.offset).op(OP.i32Add);
  };
  const stamp = stamps(w, network);
  for (const [i, call] of network.calls.entries()) {
    if ('loop' in call) {
      if (call.loop === 'begin') {
        w.op(OP.block, NO_RESULT, OP.loop, NO_RESULT);
        address(call.going);
        w.memory(OP.i32Load8U, 0, 0).op(OP.i32Eqz, OP.brIf, 1);
      } else {
        w.op(OP.br, 0, OP.end, OP.end);
      }
      stamp(i);
      continue;
    }
    call.tensors.forEach((place, k) => {
      w.get(1);
      address(place);
      w.memory(OP.i32Store, 2, pointers + k * 4);
    });
    w.get(1).i32(pointers).op(OP.i32Add);
    const target = 'procedure' in call ? kernels.length + 1 + bodies.length + call.procedure : call.kernel;
    w.get(1).i32(offset).op(OP.i32Add, OP.call, ...unsigned(first + target));
    stamp(i);
  }
  return encodeModule(imports, [...functions.map(vectorFunction), ...kernels, w.finish(), ...bodies, ...procedures], options.maxPages);
}

/** Writes what adds the time since the last stamp to a call's seconds; nothing where none are asked for. */
function stamps(w: FunctionWriter, { stamps: position, calls }: NetworkCode): (call: number) => void {
  if (position === undefined) return () => undefined;
  const [last, now] = [w.local(TYPE.f64), w.local(TYPE.f64)];
  const seconds = (): FunctionWriter => w.get(0).memory(OP.i32Load, 2, position * 4);
  const clock = (): FunctionWriter => w.op(OP.call, ...unsigned(IMPORTS.length));
  calls.forEach((_, i) => seconds().f64(0).memory(OP.f64Store, 3, i * 8));
  clock().set(last);
  return (call) => {
    clock().set(now);
    seconds();
    seconds().memory(OP.f64Load, 3, call * 8).get(now).get(last).op(OP.f64Sub, OP.f64Add).memory(OP.f64Store, 3, call * 8);
    w.get(now).set(last);
  };
}

function align64(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** One module with the kernels; kernel i is exported under its symbol, its parallel bodies as `p<k>` counted over the module. */
export function emitModule(kernels: readonly Kernel[], options: WasmOptions): Uint8Array {
  const bodies: FunctionCode[] = [];
  const functions = vectorFunctionsOf(kernels);
  const mains = kernels.map((k) => new KernelEmitter(k, { ...options, functions: { first: IMPORTS.length, names: functions } }, bodies).emit());
  return encodeModule(IMPORTS, [...functions.map(vectorFunction), ...mains, ...bodies], options.maxPages);
}
