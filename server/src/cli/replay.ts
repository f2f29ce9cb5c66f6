/** `ansor replay`: state text, bound state text, schedule text and generated code of records. */
import type { Command } from 'commander';
import { SessionError } from '../session/problem.js';
import { printJson, type Streams } from './io.js';
import { foundWords, readLogFile, recordOperators } from './log-source.js';
import { positive, sizeOption, withJson } from './options.js';
import { replayRecord, type Replayed } from './replayed.js';

interface Flags { readonly line?: number; readonly dag?: string; readonly json?: boolean; readonly size?: Record<string, number> }

export function replayCommand(program: Command, io: Streams): void {
  withJson(program.command('replay')
    .description('state text, schedule text and generated code of records')
    .argument('<log>', 'a tuning log')
    .option('--line <n>', 'only this physical line', positive)
    .option('--dag <input>', 'where the operators are (.tc or .onnx); a file with one "def" is used whatever the key')
    .option('--size <name=n>', 'a size of the .tc file', sizeOption))
    .action((logName: string, flags: Flags) => {
      const { lines } = readLogFile(logName);
      const operatorOf = recordOperators(lines, flags);
      const records = lines.flatMap((l) => (l.kind === 'record' && (flags.line === undefined || l.line === flags.line) ? [replayRecord(l.line, l.record, operatorOf(l.record))] : []));
      if (flags.line !== undefined && records.length === 0) throw new SessionError('there is no record on this line', { file: logName, line: flags.line }, true);
      if (flags.json === true) printJson(io, { records });
      else io.out(records.map(describe).join('\n'));
    });
}

function describe(r: Replayed): string {
  const found = foundWords({ ...(r.operator !== undefined && { name: r.operator }), ...(r.assumptions !== undefined && { assumptions: r.assumptions }) });
  return [`# line ${r.line}`, found === undefined ? undefined : `# ${found}`, r.problem === undefined ? undefined : `# ${r.problem}`, r.boundStateText ?? r.stateText, r.scheduleText, r.code].filter((x) => x !== undefined && x !== null).join('\n');
}
