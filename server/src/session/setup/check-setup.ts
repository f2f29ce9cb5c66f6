/** Looks at this machine as tuning needs it: compilers, back ends, a real kernel, folders, clock. One engine for `ansor devices` and the editor. */
import os from 'node:os';
import type { DeviceReport, SetupReport } from '../../protocol/setup-report.js';
import { openBackend } from '../open-backend.js';
import { listCompilers } from './compilers.js';
import { checkFolder } from './folders.js';
import { checkKernel } from './kernel-check.js';
import { wasmFeatures } from './wasm-features.js';

export interface SetupOptions {
  readonly version: string;
  readonly threads: number;
  readonly cacheDir: string;
  readonly programDir: string;
  readonly sessionDir: string;
  /** Where logs would be written. */
  readonly logDir: string;
  readonly compiler?: readonly string[];
  /** False: no program is started. */
  readonly run: boolean;
  /** Also builds and runs a kernel on each device. */
  readonly kernels: boolean;
}

export async function checkSetup(options: SetupOptions): Promise<SetupReport> {
  const { version, run } = options;
  const devices: DeviceReport[] = [];
  // One after the other: each measures.
  if (run) for (const target of ['c', 'wasm'] as const) devices.push(await checkDevice(target, options));
  return {
    version, node: process.versions.node, system: systemFacts(), wasm: wasmFeatures(), clockMs: clockStep(),
    compilers: run ? await listCompilers(options.compiler) : [], devices,
    folders: [checkFolder('cache', options.cacheDir, run), checkFolder('log', options.logDir, run), checkFolder('sessions', options.sessionDir, run)],
    ran: run,
  };
}

async function checkDevice(target: 'c' | 'wasm', { threads, cacheDir, programDir, compiler, kernels }: SetupOptions): Promise<DeviceReport> {
  const opened = await openBackend(target, { threads, cacheDir, programDir, ...(compiler === undefined ? {} : { compiler }) });
  if (!opened.ok) return { target, available: false, problem: opened.error.message, remedy: opened.error.remedy };
  const backend = opened.value;
  try {
    const info = await backend.runner.info();
    if (!info.ok) return { target, available: false, problem: info.error.message, remedy: '' };
    const { cpu, cores, physicalCores, cacheFlush, features, memoryBytes } = info.value;
    const facts: DeviceReport = {
      target, available: true, targetText: backend.targetText, compiler: backend.compiler, cpu, cores, physicalCores, vectorBytes: backend.unit.bytes,
      registers: backend.unit.registers, features, cacheFlush, memoryBytes,
    };
    if (!kernels) return facts;
    const kernel = await checkKernel(backend);
    return kernel.ok ? { ...facts, kernel: kernel.value } : { ...facts, kernelProblem: kernel.error };
  } finally {
    await backend.close();
  }
}

function systemFacts(): SetupReport['system'] {
  const [load] = os.loadavg();
  return {
    os: `${os.type()} ${os.release()}`, arch: os.arch(), cpu: os.cpus()[0]?.model ?? '', cores: os.availableParallelism(), memoryBytes: os.totalmem(),
    loadAverage: process.platform === 'win32' || load === undefined ? null : load,
  };
}

/** Smallest step that the clock makes, of a thousand. */
function clockStep(): number {
  let smallest = Infinity;
  for (let i = 0; i < 1000; i++) {
    const start = performance.now();
    let now = start;
    while (now === start) now = performance.now();
    smallest = Math.min(smallest, now - start);
  }
  return smallest;
}
