/** `ansor tasks`: the tasks of a model and how much of it a log covers. */
import type { Command } from 'commander';
import { readInput } from '../session/input.js';
import { withKeysOfLog } from '../session/known-operators.js';
import { readLogIndex } from '../session/records-of.js';
import { meanCost } from '../records/best.js';
import type { IndexedTask } from '../records/log-index.js';
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
      const index = flags.log === undefined ? undefined : readLogIndex(flags.log);
      const best = bestTimes(index?.tasks ?? []);
      const tasks = (index === undefined ? input : withKeysOfLog(input, index.notes)).tasks.map((t) => ({ key: t.key, name: t.name, weight: t.weight, flops: t.flops, bestMs: best.get(t.key) ?? null }));
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
function bestTimes(tasks: readonly IndexedTask[]): Map<string, number> {
  const best = new Map<string, number>();
  for (const t of tasks) {
    if (t.best === undefined) continue;
    const value = meanCost(t.best.record.result) * 1000;
    best.set(t.workloadKey, Math.min(best.get(t.workloadKey) ?? Infinity, value));
  }
  return best;
}
