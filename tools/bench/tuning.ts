/**
 * How long 64 trials of a layer take from the start of the process to its end, where the time goes, and what they find: conv2d 56x56x64 3x3 with bias
 * and relu, whose winograd form is tuned beside it.
 *
 *   npm run bench -- tuning [--file test/fixtures/tc/conv2d_56_64.tc] [--target c] [--threads 1,2] [--seeds 3] [--trials 64] [--out out/tuning]
 *
 * Each run has a log and a cache of compiled programs of its own; only the runner is compiled before, as it is once for a machine. Seeds are run in turn for each number of
 * threads. `search` to `other` follow each other and add up to the session's time; `process` is what node needs to start and to end. Prints a table, writes `results.json` into `--out`.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { DoneEvent, SessionEvent } from '../../server/src/protocol/session-event.js';
import { ansorLines } from './program.js';

const { values } = parseArgs({
  options: {
    file: { type: 'string', default: 'test/fixtures/tc/conv2d_56_64.tc' }, target: { type: 'string', default: 'c' }, threads: { type: 'string', default: '1,2' }, seeds: { type: 'string', default: '3' },
    trials: { type: 'string', default: '64' }, out: { type: 'string', default: 'out/tuning' },
  },
});
const out = path.resolve(values.out);
const cache = path.join(out, 'cache');
const log = path.join(out, 'run.ansor.jsonl');

interface Row { readonly threads: number; readonly seed: number; readonly wall: number; readonly done: DoneEvent }

async function tuned(threads: string, seed: number, trials: string): Promise<Row | undefined> {
  rmSync(log, { force: true });
  rmSync(`${log}.d`, { force: true, recursive: true });
  const begin = performance.now();
  const lines = await ansorLines(['tune', values.file, '--target', values.target, '--threads', threads, '--trials', trials, '--seed', String(seed), '--log', log]);
  const wall = (performance.now() - begin) / 1000;
  const last = lines === undefined ? undefined : JSON.parse(lines.at(-1) ?? '{}') as SessionEvent;
  return last?.event === 'done' ? { threads: Number(threads), seed, wall, done: last } : undefined;
}

function median(xs: readonly number[]): number {
  return xs.slice().sort((a, b) => a - b)[xs.length >> 1] ?? NaN;
}

const rows: Row[] = [];
process.env['ANSOR_CACHE_DIR'] = cache;
console.log(`${os.cpus()[0]?.model ?? ''}, ${os.availableParallelism()} cores, node ${process.version}: ${values.file}, ${values.trials} trials, target ${values.target}`);
console.log('| threads | seed | wall s | search | build | run | wait for a model | other | process | beside: search | training | scored | best ms | default rules ms |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (let seed = 1; seed <= Number(values.seeds); seed++) {
  for (const threads of values.threads.split(',')) {
    rmSync(cache, { force: true, recursive: true });
    mkdirSync(cache, { recursive: true });
    await tuned(threads, 0, '1');
    const row = await tuned(threads, seed, values.trials);
    if (row === undefined) throw new Error('a session failed');
    rows.push(row);
    const { wall, done: { seconds, time: t, candidatesScored, latencyMs } } = row;
    const s = (x: number): string => x.toFixed(2);
    console.log(`| ${threads} | ${seed} | ${s(wall)} | ${[t.searchS, t.buildS, t.runS, t.waitS, t.otherS, wall - seconds, t.aheadS, t.trainS].map(s).join(' | ')} | ${candidatesScored} | ${latencyMs.after?.toFixed(3) ?? '-'} | ${latencyMs.before?.toFixed(3) ?? '-'} |`);
  }
}
for (const threads of new Set(rows.map((row) => row.threads))) {
  const walls = rows.filter((row) => row.threads === threads).map((row) => row.wall);
  console.log(`${threads} thread(s): ${values.trials} trials in ${median(walls).toFixed(1)} s (median of ${walls.length}, ${Math.min(...walls).toFixed(1)} to ${Math.max(...walls).toFixed(1)})`);
}
writeFileSync(path.join(out, 'results.json'), `${JSON.stringify({ machine: os.cpus()[0]?.model, cores: os.availableParallelism(), node: process.version, file: values.file, trials: Number(values.trials), rows }, undefined, 1)}\n`);
