/** `ansor log merge` and `ansor log distill`: one log of several, whole or only with the best programs. */
import type { Command } from 'commander';
import { distillLogs, mergeLogs, type MergedLog } from '../../records/merge.js';
import type { LogLine } from '../../records/read-log.js';
import type { Streams } from '../io.js';
import { readLogFile } from '../log-source.js';
import { reportProblems, withOutput, writeLog, type OutputFlags } from './output.js';

export function mergeCommand(group: Command, io: Streams): void {
  add(group, io, 'merge', 'one log of several: every program once, with its fastest measurement', mergeLogs);
}

export function distillCommand(group: Command, io: Streams): void {
  add(group, io, 'distill', 'only the fastest record of each task and target', distillLogs);
}

function add(group: Command, io: Streams, name: string, description: string, join: (logs: readonly (readonly LogLine[])[]) => MergedLog): void {
  withOutput(group.command(name).description(description).argument('<logs...>', 'tuning logs'))
    .action((names: readonly string[], flags: OutputFlags) => {
      const logs = names.map((log) => {
        const { lines, problems } = readLogFile(log);
        reportProblems(io, log, problems);
        return { lines, problems: problems.length };
      });
      const { text, records, duplicates, foreign } = join(logs.map((l) => l.lines));
      const problems = logs.reduce((n, l) => n + l.problems, 0);
      const notes = foreign > 0 ? `, ${foreign} records of AutoTVM left out: this format has no place for them` : '';
      writeLog(text, flags, io, { records, dropped: duplicates, foreign, problems }, `${records} records kept, ${duplicates} dropped${notes}`);
    });
}
