/** `ansor replay`: state text, bound state text, schedule text and generated code of records. */
import type { Command } from 'commander';
import { printJson, type Streams } from './io.js';
import { foundWords } from './log-source.js';
import { withJson } from './options.js';
import { chosenRecords, withRecords, type RecordFlags } from './record-choice.js';
import { replayRecord, type Replayed } from './replayed.js';

interface Flags extends RecordFlags { readonly json?: boolean }

export function replayCommand(program: Command, io: Streams): void {
  withJson(withRecords(program.command('replay').description('state text, schedule text and generated code of records')))
    .action((logName: string, flags: Flags) => {
      const records = chosenRecords(logName, flags).map(({ line, record, operator }) => replayRecord(line, record, operator));
      if (flags.json === true) printJson(io, { records });
      else io.out(records.map(describe).join('\n'));
    });
}

function describe(r: Replayed): string {
  const found = foundWords({ ...(r.operator !== undefined && { name: r.operator }), ...(r.assumptions !== undefined && { assumptions: r.assumptions }) });
  return [`# line ${r.line}`, found === undefined ? undefined : `# ${found}`, r.problem === undefined ? undefined : `# ${r.problem}`, r.boundStateText ?? r.stateText, r.scheduleText, r.code].filter((x) => x !== undefined && x !== null).join('\n');
}
