/** The log's line about a session: what was tuned, on what, how. No paths. */
import os from 'node:os';
import type { SessionNote } from '../../records/comments.js';
import type { TaskSibling } from '../input.js';
import type { TuneRun } from './options.js';

/** `siblings`: tasks that are other algorithms for the input's. `borrowed`: tasks about which others know something, and how many programs. */
export function sessionNote({ input, backend, options, version, reuse = [] }: TuneRun, siblings: readonly TaskSibling[], borrowed: { readonly tasks: number; readonly programs: number }): SessionNote {
  return {
    version, target: backend.targetText, backend: backend.name, flags: backend.flags.filter((f) => !f.includes('/')),
    host: { cpu: os.cpus()[0]?.model ?? '', cores: os.availableParallelism() }, compiler: backend.compiler, seed: options.seed,
    options: { trials: options.trials, more: options.more, level: options.level, threads: backend.threads },
    ...(borrowed.tasks === 0 ? {} : { reuse: { ...borrowed, logs: reuse.flatMap((l) => l.name ?? []) } }),
    model: { hash: input.hash, tasks: [...input.tasks.map((t) => ({ key: t.key, weight: t.weight })), ...siblings.map(({ of, task }) => ({ key: task.key, weight: task.weight, of }))] },
  };
}
