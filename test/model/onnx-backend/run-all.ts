/** All cases over a few worker processes. A case without an answer in time ends its worker; the next one goes on behind it. */
import { fork } from 'node:child_process';
import { testProgram } from '../../harness/program.js';
import type { Outcome } from './outcome.js';
import type { Report } from './worker.js';

const SECONDS = 120;

export async function runAll(archive: string, names: readonly string[], schedule: 'naive' | 'default', workers = 2): Promise<ReadonlyMap<string, Outcome>> {
  const results = new Map<string, Outcome>();
  await Promise.all(Array.from({ length: workers }, async (_, w) => {
    // Neighbours are alike and take alike long.
    let waiting = names.filter((_name, i) => i % workers === w);
    while (waiting.length > 0) {
      await runSome(archive, waiting, schedule, results);
      waiting = waiting.filter((name) => !results.has(name));
    }
  }));
  return results;
}

function runSome(archive: string, names: readonly string[], schedule: string, results: Map<string, Outcome>): Promise<void> {
  return new Promise((resolve) => {
    const { file, options } = testProgram('model/onnx-backend/worker');
    const child = fork(file, [archive, schedule, ...names], { execArgv: [...options], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    let running = names[0] ?? '';
    let why = 'the process ended';
    let timer = setTimeout(() => undefined, 0);
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        why = `no result after ${SECONDS} s`;
        child.kill('SIGKILL');
      }, SECONDS * 1000);
    };
    watch();
    child.on('message', (m: Report) => {
      running = m.name;
      if (m.outcome !== undefined) results.set(m.name, m.outcome);
      watch();
    });
    child.on('exit', () => {
      clearTimeout(timer);
      if (!results.has(running)) results.set(running, { problem: why });
      resolve();
    });
  });
}
