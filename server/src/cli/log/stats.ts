/** `ansor log stats`: what logs hold, in numbers. */
import type { Command } from 'commander';
import { logStats, type LogStats } from '../../records/log-stats.js';
import { printJson, type Streams } from '../io.js';
import { readLogFile } from '../log-source.js';
import { withJson } from '../options.js';
import { formatTable, ms } from '../table.js';

export function statsCommand(group: Command, io: Streams): void {
  withJson(group.command('stats').description('records, versions, errors and best times').argument('<logs...>', 'tuning logs'))
    .action((names: readonly string[], flags: { readonly json?: boolean }) => {
      const logs = names.map((log) => {
        const { lines, problems } = readLogFile(log);
        return { log, ...logStats(lines), problems: problems.length };
      });
      if (flags.json === true) printJson(io, { logs });
      else io.out(logs.map((l) => describe(l.log, l, l.problems)).join('\n'));
    });
}

function describe(log: string, stats: LogStats, problems: number): string {
  const counted = (counts: Readonly<Record<string, number>>): string => Object.entries(counts).map(([what, n]) => `${n} ${what}`).join(', ');
  const failed = counted(stats.errors);
  const head = [
    `${log}: ${stats.records + stats.foreign} records (${counted(stats.versions)})`, failed === '' ? 'none failed' : `failed: ${failed}`,
    `${stats.measureSeconds.toFixed(1)} s of building and running`, problems > 0 ? `${problems} lines cannot be read` : undefined,
  ].filter((x) => x !== undefined).join('; ');
  if (stats.tasks.length === 0) return `${head}\n`;
  const rows = stats.tasks.map((t) => [
    t.name, String(t.records), String(t.errors), t.bestMs === null ? '-' : ms(t.bestMs), t.gflops === null ? '-' : t.gflops.toFixed(1),
    t.bestLine === null ? '-' : String(t.bestLine), t.recordsToGood === null ? '-' : String(t.recordsToGood),
  ]);
  return `${head}\n${formatTable(['task', 'records', 'failed', 'best', 'GFLOP/s', 'line', 'to 5 %'], rows)}\n`;
}
