/** The short form of `node tools/chaos/soak.mjs` (an hour): a session whose runner is killed again and again, beside an undisturbed one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { noCompiler, place, PROGRAM } from '../cli/ansor.js';

interface Half { readonly trials: number; readonly errors: Readonly<Record<string, number>>; readonly log: { readonly torn: boolean; readonly records: number; readonly distinct: number }; readonly err: string }
interface Latency { readonly median: number }
interface Soaked { readonly kills: number; readonly ends: readonly { status: number | null }[]; readonly disturbed: Half; readonly calm: Half; readonly measured: Readonly<Record<'disturbed' | 'calm', readonly { ours: Latency; default: Latency }[]>> }

/** How much worse the disturbed best may be: two searches of minutes differ, also where nothing is killed. */
const SEARCHES_DIFFER = 1.25;

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
const variance = (xs: readonly number[]): number => xs.reduce((a, x) => a + (x - mean(xs)) ** 2, 0) / (xs.length - 1);

test('five minutes with a runner killed every 20 s: nothing is lost, and the best is as good as an undisturbed one', { skip: noCompiler || (process.platform === 'linux' ? false : 'no /proc to look for processes in'), timeout: 540_000 }, async (t) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../../tools/chaos/soak.mjs', import.meta.url)), '--minutes=5', '--every=20', `--program=${PROGRAM}`, `--into=${path.join(place(), 'soak')}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (d: Buffer) => { out += d.toString(); });
  assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0);
  const soaked = JSON.parse(out) as Soaked;
  const { disturbed, calm, measured } = soaked;
  assert.ok(soaked.kills >= 12, `${soaked.kills} kills`);
  assert.deepEqual(soaked.ends.map((e) => e.status), [0, 0]);
  for (const half of [disturbed, calm]) assert.deepEqual([half.log.torn, half.log.records, half.log.distinct, half.errors], [false, half.trials, half.trials, {}], half.err.slice(-500));
  // A machine that others use as well may be half as fast for one process as for the next one: the default rules' program, which ran in
  // turn with the best one in each process, is the yardstick.
  const shares = (name: 'disturbed' | 'calm'): number[] => measured[name].map((m) => m.ours.median / m.default.median);
  const [killed, undisturbed] = [shares('disturbed'), shares('calm')];
  const spread = Math.sqrt((variance(killed) + variance(undisturbed)) / 2);
  t.diagnostic(JSON.stringify({ kills: soaked.kills, trials: [disturbed.trials, calm.trials], ms: measured, killed, undisturbed, spread }));
  assert.ok(mean(killed) <= mean(undisturbed) * SEARCHES_DIFFER + 2 * spread, `${mean(killed)} of the default rules' time, undisturbed ${mean(undisturbed)}, pooled spread ${spread}`);
});
