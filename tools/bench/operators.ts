/**
 * The operators of the Ansor paper, tuned here and timed beside PyTorch and ONNX Runtime in one run.
 *
 *   node --import tsx tools/bench/operators.ts [--batch 1] [--threads 1,2] [--trials 100] [--only C2D,GMM] [--parallel 1] [--python python3] [--rounds 2] [--out out/operators]
 *
 * Tuning first (`--parallel N` tunes N cases at once, each on cores of its own: for machines with many), then every case alone, ours and peers in turn; the
 * lowest median of each counts, and the table has the spread. Prints a table, writes `results.json` and the logs into the folder `--out`. A case is one
 * `.tc` file: `ansor tune` and `ansor bench` do the work. ANSOR_PROGRAM names another build's `ansor.cjs`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { operatorCases, type OperatorCase } from './operator-cases.js';

interface Figure { readonly min: number; readonly median: number; readonly spread: number }
interface Peers { readonly torch?: Figure; readonly onnxruntime?: Figure }
interface Row { readonly op: string; readonly shape: string; readonly batch: number; readonly threads: number; readonly gflops: number; readonly ours: Figure; readonly peers: Peers; readonly ratio: number | null; readonly problem?: string }

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '1' }, threads: { type: 'string', default: '1,2' }, trials: { type: 'string', default: '100' }, only: { type: 'string' },
    parallel: { type: 'string', default: '1' }, python: { type: 'string', default: 'python3' }, out: { type: 'string', default: 'out/operators' }, seconds: { type: 'string', default: '0.3' },
    limit: { type: 'string', default: '0' }, rounds: { type: 'string', default: '2' },
  },
});
const program = process.env['ANSOR_PROGRAM'] ?? path.resolve('dist/ansor.cjs');
const out = path.resolve(values.out);
const batch = Number(values.batch);
mkdirSync(out, { recursive: true });

const wanted = values.only?.split(',');
const cases = operatorCases(batch).filter((c) => wanted === undefined || wanted.includes(c.op) || wanted.includes(`${c.op}:${c.shape}`));
const fileOf = (c: OperatorCase): string => path.join(out, `${c.op}_${c.shape}_b${c.batch}.tc`);
const logOf = (c: OperatorCase, threads: number): string => path.join(out, `${c.op}_${c.shape}_b${c.batch}_t${threads}.jsonl`);

/** The last line that a command prints; undefined where it failed (its message goes to our standard error). */
function ansor(args: readonly string[], cores: string | undefined): Promise<string | undefined> {
  return new Promise((resolve) => {
    const command = [process.execPath, program, ...args, '--json'];
    const [head = '', ...rest] = cores === undefined ? command : ['taskset', '-c', cores, ...command];
    const child = spawn(head, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    let problem = '';
    child.stdout.on('data', (d: Buffer) => { text += d.toString(); });
    child.stderr.on('data', (d: Buffer) => { problem += d.toString(); });
    child.on('close', (code) => {
      if (code !== 0) console.error(`${args.join(' ')}: ${problem.trim().split('\n').at(-1) ?? ''}`);
      resolve(code === 0 ? text.trim().split('\n').at(-1) : undefined);
    });
  });
}

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
      const done = await ansor(['tune', fileOf(c), '--target', 'c', '--threads', String(threads), '--trials', values.trials, '--seed', '1', '--log', logOf(c, threads), ...limit], cores);
      console.error(`tuned ${c.op} ${c.shape} on ${threads} in ${((performance.now() - start) / 1000).toFixed(0)} s${done === undefined ? ' (failed)' : ''}`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, (_, w) => worker(w)));
}

/** The peers' process: one question at a time. */
class PeerProcess {
  private constructor(private readonly child: ChildProcess, private readonly lines: AsyncIterator<string>, private readonly reader: Interface) {}

  static start(): PeerProcess {
    const script = [path.join(path.dirname(fileURLToPath(import.meta.url)), 'peers.py'), path.resolve('tools/bench/peers.py')].find((f) => existsSync(f)) ?? 'peers.py';
    const child = spawn(values.python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const reader = createInterface({ input: child.stdout });
    return new PeerProcess(child, reader[Symbol.asyncIterator](), reader);
  }

  async ask(c: OperatorCase, threads: number): Promise<Peers> {
    this.child.stdin?.write(`${JSON.stringify({ peer: c.peer, threads, seconds: Number(values.seconds) })}\n`);
    const line = await this.lines.next();
    return line.done === true ? {} : JSON.parse(line.value) as Peers;
  }

  close(): void {
    this.reader.close();
    this.child.stdin?.end();
  }
}

const better = (a: Figure | undefined, b: Figure | undefined): Figure | undefined => (a === undefined || (b !== undefined && b.median < a.median) ? b : a);

async function oursOf(c: OperatorCase, threads: number): Promise<Figure | undefined> {
  const report = await ansor(['bench', fileOf(c), '--target', 'c', '--threads', String(threads), '--log', logOf(c, threads), '--calls', '200'], undefined);
  return report === undefined ? undefined : (JSON.parse(report) as { latencyMs: { ours: Figure } }).latencyMs.ours;
}

const rows: Row[] = [];
const report = (): void => writeFileSync(path.join(out, 'results.json'), `${JSON.stringify({ machine: os.cpus()[0]?.model, cores: os.availableParallelism(), node: process.version, batch, trials: Number(values.trials), rows }, undefined, 1)}\n`);
for (const c of cases) writeFileSync(fileOf(c), c.tc);
for (const threads of values.threads.split(',').map(Number)) {
  await tuneAll(threads);
  const peers = PeerProcess.start();
  for (const c of cases) {
    let ours: Figure | undefined;
    let torch: Figure | undefined;
    let onnxruntime: Figure | undefined;
    for (let round = 0; round < Number(values.rounds); round++) {
      ours = better(ours, await oursOf(c, threads));
      const asked = await peers.ask(c, threads);
      torch = better(torch, asked.torch);
      onnxruntime = better(onnxruntime, asked.onnxruntime);
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
