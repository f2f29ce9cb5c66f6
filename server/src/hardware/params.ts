/** The eight hardware parameters of a record, in its order (spec measure, section 9). */
export interface HardwareParams {
  readonly numCores: number;
  readonly vectorUnitBytes: number;
  readonly cacheLineBytes: number;
  readonly maxSharedMemoryPerBlock: number;
  readonly maxLocalMemoryPerBlock: number;
  readonly maxThreadsPerBlock: number;
  readonly maxVthreadExtent: number;
  readonly warpSize: number;
}

export function cpuHardware(numCores: number): HardwareParams {
  return {
    numCores, vectorUnitBytes: 64, cacheLineBytes: 64, maxSharedMemoryPerBlock: 0, maxLocalMemoryPerBlock: 0,
    maxThreadsPerBlock: 0, maxVthreadExtent: 0, warpSize: 0,
  };
}
