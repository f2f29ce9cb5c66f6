// A session whose work is to count, with the command line of `ansor tune`. Everything around the work is the real thing.
// COUNT_PAUSE: milliseconds a trial. COUNT_FAIL: what goes wrong at the second one. COUNT_BUSY: works instead of waiting.
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { hostSession } from '../../../server/src/session/host/index.js';
import type { TaskStatus } from '../../../server/src/protocol/session-event.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { log: { type: 'string', default: '' }, trials: { type: 'string', default: '0' }, json: { type: 'boolean' }, target: { type: 'string' }, compiler: { type: 'string' }, threads: { type: 'string' } },
});
const { log } = values;
const pause = Number(process.env['COUNT_PAUSE'] ?? '0');
const fail = process.env['COUNT_FAIL'] ?? '';
const task: TaskStatus = { key: '["count", 1]', name: 'count', weight: 2, flops: 1000, trials: 0, errors: 0, bestMs: null, gflops: null };
const say = (event: unknown): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

try {
  const ended = await hostSession({
    log, model: positionals[1] ?? '', version: '0.0.0', onEvent: say,
    run: async (emit, token) => {
      const start = Date.now();
      const planned = Number(values.trials);
      emit({ event: 'started', model: 'count.tc', target: 'llvm -keys=cpu', log, threads: 1, trials: 0, planned, tasks: [task] });
      let n = 0;
      for (; n < planned && !token.cancelled; n++) {
        for (const end = Date.now() + pause; process.env['COUNT_BUSY'] && Date.now() < end;);
        await new Promise((resolve) => setTimeout(resolve, process.env['COUNT_BUSY'] ? 0 : pause));
        if (fail !== '' && n === 1) throw new Error(fail);
        appendFileSync(log, `${n}\n`);
        emit({ event: 'trial', task: task.key, line: n + 1, ms: 10 - n });
        emit({ event: 'best', task: task.key, line: n + 1, ms: 10 - n, gflops: n });
      }
      return {
        event: 'done', trials: n, errors: 0, seconds: (Date.now() - start) / 1000, time: { searchS: 0, aheadS: 0, trainS: 0, buildS: 0, runS: 0, waitS: 0, gateS: 0, otherS: 0 },
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
