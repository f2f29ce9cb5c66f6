/** `ansor`: the engine without the editor. One file per sub-command. */
import { Command, CommanderError } from 'commander';
import { benchCommand } from './bench.js';
import { buildCommand } from './build.js';
import { dagCommand } from './dag.js';
import { devicesCommand } from './devices.js';
import { diffCommand } from './diff.js';
import { featuresCommand } from './features.js';
import { failureLine, processStreams, type Streams } from './io.js';
import { logCommand } from './log.js';
import { replayCommand } from './replay.js';
import { serveCommand } from './serve.js';
import { showCommand } from './show.js';
import { sketchesCommand } from './sketches.js';
import { tasksCommand } from './tasks.js';
import { tuneCommand } from './tune.js';
import { VERSION } from './version.js';

const COMMANDS = [tuneCommand, tasksCommand, benchCommand, buildCommand, dagCommand, sketchesCommand, replayCommand, featuresCommand, showCommand, diffCommand, logCommand, devicesCommand, serveCommand];

/** Runs the command line and returns the exit status: 0 success, 1 the work failed, 2 wrong use. */
export async function main(args: readonly string[], io: Streams = processStreams): Promise<number> {
  const program = new Command('ansor').description('an auto-scheduler for tensor programs').version(VERSION)
    .exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err }).showHelpAfterError('(--help lists the options)').enablePositionalOptions();
  for (const add of COMMANDS) add(program, io);
  for (const c of program.commands) c.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err });
  try {
    await program.parseAsync(args.map(levelFlag), { from: 'user' });
    return 0;
  } catch (e) {
    if (e instanceof CommanderError) return e.exitCode === 0 || e.code === 'commander.helpDisplayed' || e.code === 'commander.version' ? 0 : 2;
    const { line, status } = failureLine(e);
    io.err(`ansor: ${line}\n`);
    if (process.env['ANSOR_DEBUG'] === '1' && e instanceof Error) io.err(`${e.stack ?? ''}\n`);
    return status;
  }
}

/** `-O2` is `-O 2` (commander reads it so by itself); `--O2` is a slip that is meant the same. */
function levelFlag(arg: string): string {
  return /^--O[0-3]$/.test(arg) ? arg.slice(1) : arg;
}
