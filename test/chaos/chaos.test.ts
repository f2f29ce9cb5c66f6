/** Two minutes of faults at random moments of real sessions (seeded; `npm run chaos` has the long form). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCompiler, onPath, PROGRAM } from '../cli/ansor.js';
import { runChaos } from './chaos.js';

test('faults at random moments: every reported trial is in the log, none twice, every line valid, no process and no file left', { skip: process.platform === 'linux' ? false : 'no /proc to look for processes in', timeout: 290_000 }, async (t) => {
  const report = await runChaos({ program: PROGRAM, compiler: noCompiler === false ? onPath('gcc') ?? onPath('clang') : undefined, seconds: 105, faults: 250, seed: 20, lanes: 2 });
  t.diagnostic(JSON.stringify({ ...report, broken: report.broken.length }));
  assert.deepEqual(report.broken, []);
  assert.ok(report.faults >= 20 && report.logs >= 1, `${report.faults} faults in ${report.logs} logs`);
});
