/** `ansor devices`: what can be measured on here, and what is missing for the rest. The editor's "Check Setup" asks the same. */
import os from 'node:os';
import type { Command } from 'commander';
import type { DeviceReport, FolderReport, SetupReport } from '../protocol/setup-report.js';
import { defaultSessionDir } from '../session/host/index.js';
import { defaultCacheDir, programDir } from '../session/open-backend.js';
import { checkSetup } from '../session/setup/check-setup.js';
import { printJson, type Streams } from './io.js';
import { withJson } from './options.js';
import { ms } from './table.js';
import { VERSION } from './version.js';

interface Flags { readonly json?: boolean; readonly check?: boolean; readonly run: boolean; readonly compiler?: string; readonly logDir: string }

/** Runs of one program that differ by more than this make small gains invisible. */
const NOISY = 0.1;

export function devicesCommand(program: Command, io: Streams): void {
  withJson(program.command('devices').description('what can be measured on here, and what is missing for the rest')
    .option('--check', 'also build, run and check a small program on each device')
    .option('--no-run', 'start no program: only look at the machine')
    .option('--compiler <program>', 'a C compiler besides those on the path')
    .option('--log-dir <folder>', 'where logs would be written', '.'))
    .action(async (flags: Flags) => {
      const report = await checkSetup({
        version: VERSION, threads: os.availableParallelism(), cacheDir: defaultCacheDir(process.env), programDir: programDir(),
        sessionDir: defaultSessionDir(process.env), logDir: flags.logDir, run: flags.run, kernels: flags.check === true,
        ...(flags.compiler === undefined ? {} : { compiler: [flags.compiler] }),
      });
      if (flags.json === true) printJson(io, report);
      else io.out(`${lines(report).join('\n')}\n`);
    });
}

function lines({ system, compilers, devices, folders, ran, clockMs, version, node }: SetupReport): string[] {
  const found = compilers.filter((c) => c.version !== null).map((c) => `  ${c.name}: ${c.version ?? ''}`);
  return [
    ...devices.flatMap(deviceLines),
    `compilers: ${!ran ? 'not asked' : found.length === 0 ? 'none' : ''}`.trimEnd(), ...found,
    ...folders.map(folderLine),
    `${system.cpu}, ${system.cores} cores, ${system.os} ${system.arch}${system.loadAverage === null ? '' : `, load ${system.loadAverage.toFixed(1)}`}; clock ${(clockMs * 1e6).toFixed(0)} ns; ansor ${version}, node ${node}`,
  ];
}

function deviceLines(d: DeviceReport): string[] {
  if (!d.available) return [`${d.target}: not available: ${d.problem ?? ''}. ${d.remedy ?? ''}`.trimEnd()];
  const kernel = d.kernel === undefined ? d.kernelProblem === undefined ? [] : [`   a small program failed: ${d.kernelProblem}`]
    : [`   a small program runs: ${d.kernel.naiveMs === null ? '' : `naive ${ms(d.kernel.naiveMs)}, `}scheduled ${ms(d.kernel.scheduledMs)} (${d.kernel.gflops.toFixed(1)} GFLOP/s), spread ${(100 * d.kernel.spread).toFixed(0)} %${d.kernel.spread > NOISY ? ': this machine is busy or its clock varies, small gains cannot be seen' : ''}`];
  return [`${d.target}: ${d.cpu ?? ''}, ${d.cores ?? 0} cores, vectors of ${d.vectorBytes ?? 0} bytes, ${d.compiler ?? ''}`, `   ${d.targetText ?? ''}`, ...kernel];
}

function folderLine({ purpose, path, writable, freeBytes, problem }: FolderReport): string {
  return `${purpose} folder ${path}: ${writable ? 'writable' : `not writable: ${problem ?? ''}`}${freeBytes === null ? '' : `, ${(freeBytes / 2 ** 30).toFixed(1)} GiB free`}`;
}
