/**
 * The operators of the Ansor paper, tuned here and timed beside PyTorch and ONNX Runtime in one run.
 *
 *   node --import tsx tools/bench/operators.ts [--batch 1] [--threads 1,2] [--trials 100] [--only C2D,GMM] [--parallel 1] [--python python3] [--rounds 2] [--out out/operators]
 *
 * Tuning first (`--parallel N` tunes N cases at once, each on cores of its own: for machines with many), then every case alone, ours and peers in turn; the
 * lowest median of each counts, and the table has the spread. `--trials 0`: default rules. Prints a table, writes `results.json` and the logs into the folder `--out`. A case is one
 * `.tc` file: `ansor tune` and `ansor bench` do the work. ANSOR_PROGRAM names another build's `ansor.cjs`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { operatorCases, type OperatorCase } from './operator-cases.js';
import { better, PeerProcess, type Figure } from './peer-process.js';
import { ansorLines } from './program.js';

interface Peers { readonly torch?: Figure; readonly onnxruntime?: Figure }
interface Row { readonly op: string; readonly shape: string; readonly batch: number; readonly threads: number; readonly gflops: number; readonly ours: Figure; readonly peers: Peers; readonly ratio: number | null; readonly problem?: string }

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '1' }, threads: { type: 'string', default: '1,2' }, trials: { type: 'string', default: '100' }, only: { type: 'string' },
    parallel: { type: 'string', default: '1' }, python: { type: 'string', default: 'python3' }, out: { type: 'string', default: 'out/operators' }, seconds: { type: 'string', default: '0.3' },
    limit: { type: 'string', default: '0' }, rounds: { type: 'string', default: '2' },
  },
});
const out = path.resolve(values.out);
const batch = Number(values.batch);
mkdirSync(out, { recursive: true });

const wanted = values.only?.split(',');
const cases = operatorCases(batch).filter((c) => wanted === undefined || wanted.includes(c.op) || wanted.includes(`${c.op}:${c.shape}`));
const fileOf = (c: OperatorCase): string => path.join(out, `${c.op}_${c.shape}_b${c.batch}.tc`);
const logOf = (c: OperatorCase, threads: number): string => path.join(out, `${c.op}_${c.shape}_b${c.batch}_t${threads}.jsonl`);

/** Tunes all cases, `parallel` at a time, each on `threads` cores of its own. */
async function tuneAll(threads: number): Promise<void> {
  const waiting = cases.map((c) => c);
  const parallel = Number(values.parallel);
  const width = Math.max(threads, Math.floor(os.availableParallelism() / parallel));
  const worker = async (w: number): Promise<void> => {
    const cores = parallel === 1 ? undefined : Array.from({ length: width }, (_, i) => w * width + i).join(',');
    for (let c = waiting.shift(); c !== undefined; c = waiting.shift()) {
      const start = performance.now();
      const limit = Number(values.limit) > 0 ? ['--time-limit', values.limit] : [];
      const done = await ansorLines(['tune', fileOf(c), '--target', 'c', '--threads', String(threads), '--trials', values.trials, '--seed', '1', '--log', logOf(c, threads), ...limit], cores);
      console.error(`tuned ${c.op} ${c.shape} on ${threads} in ${((performance.now() - start) / 1000).toFixed(0)} s${done === undefined ? ' (failed)' : ''}`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, (_, w) => worker(w)));
}

async function oursOf(c: OperatorCase, threads: number): Promise<Figure | undefined> {
  const log = Number(values.trials) > 0 ? ['--log', logOf(c, threads)] : [];
  const lines = await ansorLines(['bench', fileOf(c), '--target', 'c', '--threads', String(threads), ...log, '--calls', '200']);
  return lines === undefined ? undefined : (JSON.parse(lines.at(-1) ?? '') as { latencyMs: { ours: Figure } }).latencyMs.ours;
}

const rows: Row[] = [];
const report = (): void => writeFileSync(path.join(out, 'results.json'), `${JSON.stringify({ machine: os.cpus()[0]?.model, cores: os.availableParallelism(), node: process.version, batch, trials: Number(values.trials), rows }, undefined, 1)}\n`);
for (const c of cases) writeFileSync(fileOf(c), c.tc);
for (const threads of values.threads.split(',').map(Number)) {
  if (Number(values.trials) > 0) await tuneAll(threads);
  const peers = PeerProcess.start(values.python, 'peers.py');
  for (const c of cases) {
    let ours: Figure | undefined;
    let torch: Figure | undefined;
    let onnxruntime: Figure | undefined;
    for (let round = 0; round < Number(values.rounds); round++) {
      ours = better(ours, await oursOf(c, threads));
      const asked = await peers.ask({ peer: c.peer, threads, seconds: Number(values.seconds) });
      torch = better(torch, asked['torch']);
      onnxruntime = better(onnxruntime, asked['onnxruntime']);
    }
    if (ours === undefined) continue;
    const best = better(torch, onnxruntime);
    const row: Row = {
      op: c.op, shape: c.shape, batch, threads, gflops: c.flops / ours.median / 1e6, ours, peers: { ...(torch === undefined ? {} : { torch }), ...(onnxruntime === undefined ? {} : { onnxruntime }) },
      ratio: best === undefined ? null : ours.median / best.median,
    };
    rows.push(row);
    report();
    const speed = (f: Figure | undefined): string => (f === undefined ? '-' : (c.flops / f.median / 1e6).toFixed(f.median > 0 && c.flops / f.median / 1e6 < 10 ? 1 : 0));
    console.log(`| ${c.op} | ${c.shape} | ${threads} | ${speed(ours)} | ${speed(torch)} | ${speed(onnxruntime)} | ${row.ratio?.toFixed(2) ?? '-'} | ${(100 * Math.max(ours.spread, best?.spread ?? 0)).toFixed(0)} % |`);
  }
  peers.close();
  const ratios = rows.filter((r) => r.threads === threads).flatMap((r) => r.ratio ?? []);
  console.log(`${threads} thread(s): ${ratios.length} cases, geometric mean of latency over the better peer ${Math.exp(ratios.reduce((s, r) => s + Math.log(r), 0) / ratios.length).toFixed(3)}, above 1.0: ${ratios.filter((r) => r > 1).length}`);
}
