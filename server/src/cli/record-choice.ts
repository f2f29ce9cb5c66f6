/** Which records of a log a sub-command is about, and where their operators are. */
import type { Command } from 'commander';
import type { MeasureRecord } from '../records/record.js';
import { SessionError } from '../session/problem.js';
import { readLogFile, recordOperators, type Operator, type OperatorFlags } from './log-source.js';
import { positive, sizeOption } from './options.js';

export interface RecordFlags extends OperatorFlags { readonly line?: number }

export interface ChosenRecord { readonly line: number; readonly record: MeasureRecord; readonly operator: Operator }

export function withOperators(command: Command): Command {
  return command
    .option('--dag <input>', 'where the operators are (.tc or .onnx); a file with one "def" is used whatever the key')
    .option('--size <name=n>', 'a size of the .tc file', sizeOption);
}

/** A log as argument, of which one line may be chosen. */
export function withRecords(command: Command): Command {
  return withOperators(command.argument('<log>', 'a tuning log').option('--line <n>', 'only this physical line', positive));
}

/** All records, or that of the line that was asked for. @throws SessionError if there is none on that line */
export function chosenRecords(logName: string, flags: RecordFlags): readonly ChosenRecord[] {
  const { lines } = readLogFile(logName);
  const operatorOf = recordOperators(lines, flags);
  const chosen = lines.flatMap((l) => (l.kind === 'record' && (flags.line === undefined || l.line === flags.line) ? [{ line: l.line, record: l.record, operator: operatorOf(l.record) }] : []));
  if (flags.line !== undefined && chosen.length === 0) throw new SessionError('there is no record on this line', { file: logName, line: flags.line }, true);
  return chosen;
}
