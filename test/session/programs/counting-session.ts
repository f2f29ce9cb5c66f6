// A session whose work is to count: `counting-session.ts LOG TRIALS MS-A-TRIAL [fail]`. Everything around the work is the real thing.
import { appendFileSync } from 'node:fs';
import { hostSession } from '../../../server/src/session/host/index.js';
import type { TaskStatus } from '../../../server/src/protocol/session-event.js';

const [log = '', trials = '0', pause = '0', fail = ''] = process.argv.slice(2);
const task: TaskStatus = { key: '["count", 1]', name: 'count', weight: 2, flops: 1000, trials: 0, errors: 0, bestMs: null, gflops: null };
const say = (event: unknown): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

try {
  const ended = await hostSession({
    log, model: `${log}.tc`, version: '0.0.0', onEvent: say,
    run: async (emit, token) => {
      const start = Date.now();
      const planned = Number(trials);
      emit({ event: 'started', model: 'count.tc', target: 'llvm -keys=cpu', log, threads: 1, trials: 0, planned, tasks: [task] });
      let n = 0;
      for (; n < planned && !token.cancelled; n++) {
        await new Promise((resolve) => setTimeout(resolve, Number(pause)));
        if (fail !== '' && n === 1) throw new Error(fail);
        appendFileSync(log, `${n}\n`);
        emit({ event: 'trial', task: task.key, line: n + 1, ms: 10 - n });
        emit({ event: 'best', task: task.key, line: n + 1, ms: 10 - n, gflops: n });
      }
      return {
        event: 'done', trials: n, errors: 0, seconds: (Date.now() - start) / 1000, time: { searchS: 0, trainS: 0, buildS: 0, runS: 0, gateS: 0, otherS: 0 },
        candidatesScored: 0, log, tasks: [], latencyMs: { naive: null, before: null, after: null }, ...(token.cancelled && { cancelled: true }),
      };
    },
  });
  if (!ended.ok) {
    say({ event: 'error', message: ended.error.message });
    process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
