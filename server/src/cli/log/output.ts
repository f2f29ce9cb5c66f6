/** Where a new log goes: `-o FILE`, or standard output. */
import { InvalidArgumentError, type Command } from 'commander';
import type { LogProblem } from '../../records/read-log.js';
import { SessionError, systemProblem } from '../../session/problem.js';
import { writeWhole } from '../../session/whole-file.js';
import { printJson, type Streams } from '../io.js';
import { withJson } from '../options.js';

export interface OutputFlags { readonly output?: string; readonly json?: boolean }

export function withOutput(command: Command): Command {
  return withJson(command.option('-o, --output <file>', 'the log to write (default: standard output); may be one of those that are read', (name: string) => {
    if (name === '') throw new InvalidArgumentError('give a file name.');
    return name;
  }));
}

/** The file appears whole or not at all. `summary` is printed with `--json`, `words` are for people. */
export function writeLog(text: string, flags: OutputFlags, io: Streams, summary: Readonly<Record<string, unknown>>, words: string): void {
  const { output, json } = flags;
  if (output === undefined) {
    if (json === true) throw new SessionError('--json needs -o: without it the log itself goes to standard output', {}, true);
    io.out(text);
  } else {
    try {
      writeWhole(output, text, { draft: `${output}.${process.pid}.new` });
    } catch (e) {
      throw systemProblem(e, 'cannot write the log', output);
    }
    if (json === true) printJson(io, { output, ...summary });
  }
  io.err(`${words}\n`);
}

/** Lines that could not be read and are not in the new log. */
export function reportProblems(io: Streams, log: string, problems: readonly LogProblem[]): void {
  io.err(problems.map((p) => `${log}:${p.line}:${p.column}: ${p.message} (left out)\n`).join(''));
}
