/** Hardware parameters of a target whose device is not asked (spec measure, section 9). */
import { err, ok, type Result } from '../base/result.js';
import { coresOf } from './parse.js';
import { cpuHardware, type HardwareParams } from './params.js';
import { isGpu, type Target } from './target.js';

/** "Without limit" in a record's 32-bit slots. */
const UNLIMITED = 2147483647;

function gpu(shared: number, local: number, threads: number, vthread: number, warp: number): HardwareParams {
  return {
    numCores: -1, vectorUnitBytes: 16, cacheLineBytes: 64, maxSharedMemoryPerBlock: shared, maxLocalMemoryPerBlock: local,
    maxThreadsPerBlock: threads, maxVthreadExtent: vthread, warpSize: warp,
  };
}

/**
 * The parameters that sketches, features and validity checks use. CPUs take `-num-cores`, else `cores` (of the machine).
 * An error where they depend on a device that nothing is known of.
 */
export function defaultHardware(target: Target, cores?: number): Result<HardwareParams> {
  const number = (...names: readonly string[]): number | undefined => {
    for (const name of names) {
      const value = target.attrs.get(name);
      if (value !== undefined) return Number(value);
    }
    return undefined;
  };
  const device = target.attrs.get('device');
  const warp = number('thread_warp_size');
  const shared = number('max_shared_memory_per_block', 'shared_memory_per_block');
  const threads = number('max_threads_per_block', 'max_num_threads');
  switch (target.kind) {
    case 'cuda': case 'nvptx': return ok(gpu(shared ?? 49152, UNLIMITED, threads ?? 1024, vthreads(warp ?? 32), warp ?? 32));
    case 'rocm': return ok(gpu(shared ?? 65536, UNLIMITED, number('max_threads_per_block') ?? 1024, vthreads(warp ?? 64), warp ?? 64));
    case 'metal': return ok(gpu(32768, UNLIMITED, 1024, 2, 8));
    case 'opencl':
      if (device === 'mali') return ok(gpu(32768, UNLIMITED, 256, 1, 1));
      if (device === 'adreno') return ok(gpu(32768, 32768, 256, 1, 1));
      break;
    default: break;
  }
  if (isGpu(target)) {
    if (shared !== undefined && threads !== undefined) return ok(gpu(shared, UNLIMITED, threads, vthreads(warp ?? 1), warp ?? 1));
    return err(`the limits of a ${target.kind} device are not known: give -max_shared_memory_per_block and -max_threads_per_block in the target, or the hardware parameters`);
  }
  if (target.kind !== 'llvm' && target.kind !== 'c') return err(`there are no default hardware parameters for ${target.kind}: give them`);
  const count = coresOf(target) ?? cores;
  return count === undefined ? err('the number of cores is not known: give -num-cores in the target') : ok(cpuHardware(count));
}

function vthreads(warp: number): number {
  return Math.max(1, Math.floor(warp / 4));
}

/** `[cores, vector bytes, cache line, shared, local, threads, vthread, warp]`, the order of a record. */
export function hardwareTuple(h: HardwareParams): readonly number[] {
  return [
    h.numCores, h.vectorUnitBytes, h.cacheLineBytes, h.maxSharedMemoryPerBlock, h.maxLocalMemoryPerBlock, h.maxThreadsPerBlock, h.maxVthreadExtent, h.warpSize,
  ];
}

/** Eight integers separated by commas, as `hardwareTuple` orders them. */
export function parseHardware(text: string): Result<HardwareParams> {
  const words = text.split(',').map((word) => word.trim());
  if (words.length !== 8 || words.some((word) => !/^-?\d{1,10}$/.test(word))) {
    return err('hardware parameters are eight integers: cores, vector bytes, cache line bytes, shared memory, local memory, threads, virtual threads, warp size');
  }
  const [numCores = 0, vectorUnitBytes = 0, cacheLineBytes = 0, maxSharedMemoryPerBlock = 0, maxLocalMemoryPerBlock = 0, maxThreadsPerBlock = 0, maxVthreadExtent = 0, warpSize = 0] = words.map(Number);
  return ok({ numCores, vectorUnitBytes, cacheLineBytes, maxSharedMemoryPerBlock, maxLocalMemoryPerBlock, maxThreadsPerBlock, maxVthreadExtent, warpSize });
}
