/** `ansor tune`: hosts a tuning session in this process. */
import { Option, type Command } from 'commander';
import { hostSession } from '../session/host/index.js';
import { readInput } from '../session/input.js';
import { withKeysOfLog } from '../session/known-operators.js';
import { LogFile } from '../session/log-file.js';
import { checkConstants } from '../session/network.js';
import { describeProblem, SessionError } from '../session/problem.js';
import { readSourceLog } from '../session/records-of.js';
import { taskNotes } from '../records/format-log.js';
import type { Level, TuneOptions } from '../session/tune/options.js';
import { Stall } from '../session/tune/stall.js';
import { tune } from '../session/tune/tune.js';
import { QUICK_SEARCH_PARAMS, DEFAULT_SEARCH_PARAMS } from '../search/params.js';
import { failureLine, printJson, type Streams } from './io.js';
import { algorithmsOption, backendOf, bindingsOf, checkTarget, count, defaultLog, logsOption, positive, sizeOption, withBackend, withBindings, withJson, type BackendFlags, type BindingFlags } from './options.js';
import { createProgressPrinter } from './progress.js';
import { VERSION } from './version.js';

interface Flags extends BackendFlags, BindingFlags {
  readonly trials?: number;
  readonly more?: number;
  readonly log?: string;
  readonly reuse: readonly string[];
  readonly seed: number;
  readonly timeLimit?: number;
  readonly O: string;
  readonly round?: number;
  readonly json?: boolean;
  readonly size?: Record<string, number>;
  readonly sessionDir?: string;
}

/** Above this many trials per task the original's long rounds pay. */
const LONG_SEARCH = 256;

export function tuneCommand(program: Command, io: Streams): void {
  withJson(withBindings(withBackend(program.command('tune')
    .description('tune an .onnx model or a .tc file; appends to the log and resumes from it')
    .argument('<input>', 'an .onnx or .tc file')
    .option('--trials <n>', 'records that the tasks shall have in the log (default: 64 a task; -O2: 100)', count)
    .addOption(new Option('--more <n>', 'add this many records').argParser(count).conflicts('trials'))
    .option('--log <file>', 'the log (default: NAME.ansor.jsonl beside the input)')
    .option('--reuse <log>', 'start also from this log of another model or machine (repeatable)', logsOption, [])
    .addOption(new Option('-O <level>', 'optimisation level').choices(['0', '1', '2', '3']).default('3'))
    .addOption(algorithmsOption())
    .option('--seed <n>', 'seed of the search', count, 1)
    .option('--time-limit <seconds>', 'no new round begins after this time', positive)
    .option('--round <n>', 'trials of a round', positive)
    .option('--size <name=n>', 'a size of a .tc file', sizeOption)
    .addOption(new Option('--session-dir <folder>', 'where the session\'s socket lies').hideHelp()))))
    .action(async (inputName: string, flags: Flags) => {
      checkTarget(flags);
      const input = readInput(inputName, { sizes: flags.size ?? {}, ...bindingsOf(flags) });
      if (input.plan !== undefined) checkConstants(input.plan, inputName);
      const reuse = flags.reuse.map(readSourceLog);
      const options = tuneOptions(flags, input.tasks.length);
      const logName = flags.log ?? defaultLog(inputName);
      const printer = createProgressPrinter(io);
      const hosted = await hostSession({
        log: logName, model: input.file, version: VERSION, ...(flags.sessionDir === undefined ? {} : { sessionDir: flags.sessionDir }),
        onEvent: (event) => {
          if (flags.json === true) printJson(io, event);
          printer(event);
        },
        run: async (emit, token, control, owns) => {
          try {
            const log = new LogFile(logName, logName, owns);
            try {
              const known = withKeysOfLog(input, taskNotes(log.before.lines));
              const backend = await backendOf(flags);
              // What ran when it was cancelled has had its time.
              const done = await tune({ input: known, backend, log, reuse, logName, options, version: VERSION }, emit, token, control).finally(() => (token.cancelled ? backend.close(0) : backend.close()));
              // Closing took a moment, in which somebody may have removed it.
              await new Stall(emit, token).until(() => log.settle());
              return done;
            } finally {
              log.close();
            }
          } catch (e) {
            emit({ event: 'error', message: e instanceof SessionError ? describeProblem(e) : failureLine(e).line });
            throw e;
          }
        },
      });
      if (!hosted.ok) throw new SessionError(hosted.error.message);
    });
}

function tuneOptions(flags: Flags, tasks: number): TuneOptions {
  if (flags.O === '1') throw new SessionError('-O1 needs a pretrained cost model, which this version does not have: use -O0, -O2 or -O3', {}, true);
  const level: Level = flags.O === '0' ? 'O0' : flags.O === '2' ? 'O2' : 'O3';
  const trials = level === 'O0' ? 0 : flags.more ?? flags.trials ?? (level === 'O2' ? 100 : 64 * tasks);
  return {
    trials, more: flags.more !== undefined && level !== 'O0', seed: flags.seed, timeLimitSeconds: flags.timeLimit, level, round: flags.round,
    params: trials / Math.max(1, tasks) > LONG_SEARCH ? DEFAULT_SEARCH_PARAMS : QUICK_SEARCH_PARAMS,
  };
}
