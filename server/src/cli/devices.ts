/** `ansor devices`: what can be measured on here, and what is missing for the rest. */
import os from 'node:os';
import type { Command } from 'commander';
import { defaultCacheDir, openBackend, programDir } from '../session/open-backend.js';
import { printJson, type Streams } from './io.js';
import { withJson } from './options.js';

export function devicesCommand(program: Command, io: Streams): void {
  withJson(program.command('devices').description('what can be measured on here, and what is missing for the rest'))
    .action(async (flags: { readonly json?: boolean }) => {
      const devices: unknown[] = [];
      const lines: string[] = [];
      for (const name of ['c', 'wasm'] as const) {
        const opened = await openBackend(name, { threads: os.availableParallelism(), cacheDir: defaultCacheDir(process.env), programDir: programDir() });
        if (!opened.ok) {
          devices.push({ target: name, available: false, problem: opened.error.message, remedy: opened.error.remedy });
          lines.push(`${name}: not available: ${opened.error.message}. ${opened.error.remedy}`);
          continue;
        }
        const backend = opened.value;
        const info = await backend.runner.info();
        await backend.close();
        if (!info.ok) {
          devices.push({ target: name, available: false, problem: info.error.message, remedy: '' });
          lines.push(`${name}: not available: ${info.error.message}`);
          continue;
        }
        const { cpu, cores, cacheFlush } = info.value;
        devices.push({ target: name, available: true, targetText: backend.targetText, compiler: backend.compiler, cpu, cores, vectorBytes: backend.unit.bytes, registers: backend.unit.registers, cacheFlush });
        lines.push(`${name}: ${cpu}, ${cores} cores, vectors of ${backend.unit.bytes} bytes, ${backend.compiler}\n   ${backend.targetText}`);
      }
      if (flags.json === true) printJson(io, { devices });
      else io.out(`${lines.join('\n')}\n`);
    });
}
