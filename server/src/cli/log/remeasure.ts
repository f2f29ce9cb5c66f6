/** `ansor log remeasure`: measures the best of each task again where it was measured elsewhere, and appends what this machine needs. */
import os from 'node:os';
import type { Command } from 'commander';
import { whyElsewhere } from '../../ide/log/elsewhere.js';
import { english } from '../../schedule/steps/definition.js';
import type { LogLine } from '../../records/read-log.js';
import { hostSession } from '../../session/host/index.js';
import { LogFile } from '../../session/log-file.js';
import { SessionError, describeProblem } from '../../session/problem.js';
import { thisCpu } from '../../session/records-of.js';
import { remeasureBest, type Remeasured } from '../../session/remeasure.js';
import { failureLine, printJson, type Streams } from '../io.js';
import { readLogFile, recordOperators, type OperatorFlags } from '../log-source.js';
import { backendOf, checkTarget, count, sizeOption, withBackend, withJson, type BackendFlags } from '../options.js';
import { formatTable, ms } from '../table.js';
import { VERSION } from '../version.js';

interface Flags extends BackendFlags, OperatorFlags { readonly json?: boolean; readonly all?: boolean; readonly seed: number; readonly sessionDir?: string }

export function remeasureCommand(group: Command, io: Streams): void {
  withJson(withBackend(group.command('remeasure')
    .description('measure the best of each task again where another machine, compiler or other flags measured it, with as many threads as then; appends the new records')
    .argument('<log>', 'a tuning log')
    .option('--all', 'also what was measured here')
    .option('--seed <n>', 'seed of the inputs', count, 1)
    .option('--dag <input>', 'where the operators are (.tc or .onnx), if the log does not hold them')
    .option('--size <name=n>', 'a size of the .tc file', sizeOption)
    .option('--session-dir <folder>', 'where the session\'s socket lies')))
    .action(async (logName: string, flags: Flags) => {
      checkTarget(flags);
      const { lines } = readLogFile(logName);
      if (!lines.some((l) => l.kind === 'record')) throw new SessionError('there are no records in it', { file: logName });
      const operators = recordOperators(lines, flags);
      const results: Remeasured[] = [];
      let warned = false;
      const hosted = await hostSession({
        log: logName, model: flags.dag ?? logName, version: VERSION, ...(flags.sessionDir === undefined ? {} : { sessionDir: flags.sessionDir }),
        onEvent: (event) => {
          if (flags.json === true) printJson(io, event);
          warned ||= event.event === 'warning';
          if (event.event === 'warning' || event.event === 'stalled') io.err(`${event.message ?? 'it goes on'}\n`);
        },
        run: async (emit, token, _control, owns) => {
          try {
            const backend = await backendOf({ ...flags, threads: flags.threads ?? threadsOf(lines) });
            const log = new LogFile(logName, logName, owns);
            const here = { cpu: thisCpu(), cores: os.availableParallelism(), compiler: backend.name === 'c' ? backend.compiler : undefined };
            try {
              return await remeasureBest({
                backend, log, logName, version: VERSION, seed: flags.seed, all: flags.all === true,
                operatorOf: (record) => {
                  const { dag, problem, assumptions } = operators(record);
                  return dag === undefined ? problem ?? 'the operator is not known: give it with --dag' : { dag, sure: (assumptions ?? []).length === 0 };
                },
                reasons: (session, now, key) => (session === undefined ? ['on a machine that the log does not name'] : whyElsewhere(session, now, here, key, english)),
              }, emit, token, (result) => {
                results.push(result);
                io.err(`${result.name} (line ${result.from}, measured ${result.reasons.join(', ') || 'here'}): ${ms(result.beforeMs)} there, ${result.ms === null ? 'failed' : ms(result.ms)} here (line ${result.line})\n`);
              });
            } finally {
              await backend.close();
              log.close();
            }
          } catch (e) {
            emit({ event: 'error', message: e instanceof SessionError ? describeProblem(e) : failureLine(e).line });
            throw e;
          }
        },
      });
      if (!hosted.ok) throw new SessionError(hosted.error.message);
      if (flags.json === true) return;
      if (results.length === 0) io.err(warned ? 'nothing was measured\n' : 'nothing to measure: the best of each task was measured here\n');
      else io.out(`${formatTable(['task', 'line', 'was', 'here', 'new line'], results.map((r) => [r.name, String(r.from), ms(r.beforeMs), r.ms === null ? 'failed' : ms(r.ms), String(r.line)]))}\n`);
    });
}

/** As many threads as the newest record's program was made for, if this machine has them. */
function threadsOf(lines: readonly LogLine[]): number {
  const newest = lines.findLast((l) => l.kind === 'record');
  const cores = Number(/-num-cores=(\d+)/.exec(newest?.kind === 'record' ? newest.record.target : '')?.[1] ?? Infinity);
  return Math.max(1, Math.min(cores, os.availableParallelism()));
}
