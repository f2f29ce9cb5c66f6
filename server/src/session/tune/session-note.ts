/** The log's line about a session: what was tuned, on what, how. No paths. */
import os from 'node:os';
import type { SessionNote } from '../../records/comments.js';
import type { TuneRun } from './options.js';

export function sessionNote({ input, backend, options, version }: TuneRun): SessionNote {
  return {
    version, target: backend.targetText, backend: backend.name, flags: backend.flags.filter((f) => !f.includes('/')),
    host: { cpu: os.cpus()[0]?.model ?? '', cores: os.availableParallelism() }, compiler: backend.compiler, seed: options.seed,
    options: { trials: options.trials, more: options.more, level: options.level, threads: backend.threads },
    model: { hash: input.hash, tasks: input.tasks.map((t) => ({ key: t.key, weight: t.weight })) },
  };
}
