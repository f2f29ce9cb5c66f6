/** `ansor log convert`: a log of any version as v0.6. */
import type { Command } from 'commander';
import { convertLog } from '../../records/convert.js';
import type { Streams } from '../io.js';
import { readLogFile } from '../log-source.js';
import { reportProblems, withOutput, writeLog, type OutputFlags } from './output.js';

export function convertCommand(group: Command, io: Streams): void {
  withOutput(group.command('convert').description('a log of any version in the newest format (v0.6)').argument('<log>', 'a tuning log'))
    .action((log: string, flags: OutputFlags) => {
      const { lines, problems } = readLogFile(log);
      reportProblems(io, log, problems);
      const { text, records, migrated, foreign } = convertLog(lines);
      const notes = foreign > 0 ? `, ${foreign} records of AutoTVM left out: this format has no place for them` : '';
      writeLog(text, flags, io, { records, migrated, foreign, problems: problems.length }, `${records} records, ${migrated} of them migrated${notes}`);
    });
}
