/** `ansor tasks`: the tasks of a model and how much of it a log covers. */
import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { readInput } from '../session/input.js';
import { systemProblem } from '../session/problem.js';
import { meanCost } from '../records/best.js';
import { indexLog } from '../records/log-index.js';
import { readLog } from '../records/read-log.js';
import { printJson, type Streams } from './io.js';
import { sizeOption, withJson } from './options.js';
import { formatTable, ms } from './table.js';

interface Flags { readonly log?: string; readonly json?: boolean; readonly size?: Record<string, number> }

export function tasksCommand(program: Command, io: Streams): void {
  withJson(program.command('tasks')
    .description('the tasks of a model: key, weight, FLOPs, best known time')
    .argument('<input>', 'an .onnx or .tc file')
    .option('--log <file>', 'a tuning log')
    .option('--size <name=n>', 'a size of a .tc file', sizeOption))
    .action((inputName: string, flags: Flags) => {
      const input = readInput(inputName, { sizes: flags.size ?? {} });
      const best = flags.log === undefined ? new Map<string, number>() : bestTimes(flags.log);
      const tasks = input.tasks.map((t) => ({ key: t.key, name: t.name, weight: t.weight, flops: t.flops, bestMs: best.get(t.key) ?? null }));
      const all = tasks.reduce((n, t) => n + t.flops * t.weight, 0);
      const covered = tasks.reduce((n, t) => n + (t.bestMs === null ? 0 : t.flops * t.weight), 0);
      const coverage = all === 0 ? 0 : covered / all;
      if (flags.json === true) {
        printJson(io, { tasks, coverage });
        return;
      }
      const rows = tasks.map((t) => [t.name, String(t.weight), (t.flops / 1e6).toFixed(1), t.bestMs === null ? '-' : ms(t.bestMs)]);
      io.out(`${formatTable(['task', 'weight', 'MFLOP', 'best'], rows)}\n${(coverage * 100).toFixed(0)} % of the model's FLOPs have a record\n`);
    });
}

/** Best milliseconds by workload key. */
export function bestTimes(log: string): Map<string, number> {
  let text: string;
  try {
    text = readFileSync(log, 'utf8');
  } catch (e) {
    throw systemProblem(e, 'cannot read the log', log);
  }
  const best = new Map<string, number>();
  for (const t of indexLog(readLog(text).lines).tasks) {
    if (t.best === undefined) continue;
    const value = meanCost(t.best.record.result) * 1000;
    best.set(t.workloadKey, Math.min(best.get(t.workloadKey) ?? Infinity, value));
  }
  return best;
}
