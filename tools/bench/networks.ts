/**
 * Networks, tuned here and timed beside ONNX Runtime and OpenVINO (target wasm: beside ONNX Runtime Web) in one run, with the curve of latency over trials.
 *
 *   npm run bench -- networks [--models resnet18,path/to/x.onnx] [--target c] [--threads 1,2] [--trials 400] [--limit 1200] [--rounds 3] [--calls 60] [--parallel 1] [--python python3] [--out out/networks]
 *
 * `--parallel N` tunes N networks at once, each on cores of its own, before any is timed (for machines with many cores).
 * A model is a name of test/fixtures/models, densenet161 (made here) or a file. `--limit`: seconds of tuning. Rounds alternate between ours and the peers; the lowest median of each counts. Without a Python
 * that has the peers, ONNX Runtime's node package is the only one (`ansor bench --compare`); WebAssembly has no other peer than `npm install --no-save onnxruntime-web`, which runs on as many threads as ours. Prints tables, writes `results.json` and the logs into `--out`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { latencyCurve, reaching, type CurveTask } from './latency-curve.js';
import { better, PeerProcess, type Figure } from './peer-process.js';
import { ansorLines } from './program.js';
import { withWeights } from './weighted-model.js';

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: 'resnet18,mobilenet_v2,resnet50' }, target: { type: 'string', default: 'c' }, threads: { type: 'string', default: '1,2' }, trials: { type: 'string', default: '400' },
    limit: { type: 'string', default: '1200' }, rounds: { type: 'string', default: '3' }, calls: { type: 'string', default: '60' }, seconds: { type: 'string', default: '2' }, python: { type: 'string', default: 'python3' },
    out: { type: 'string', default: 'out/networks' }, parallel: { type: 'string', default: '1' },
  },
});
const out = path.resolve(values.out);
mkdirSync(out, { recursive: true });

interface BenchJson { readonly latencyMs: { readonly naive: Figure; readonly default: Figure; readonly ours: Figure; readonly onnxruntime?: Figure }; readonly maxRelError: number; readonly ok: boolean }
interface Row { readonly network: string; readonly target: string; readonly threads: number; readonly seconds: number; readonly ours: Figure; readonly plain: Figure; readonly peers: Readonly<Record<string, Figure>>; readonly ratio: number | null; readonly relError: number }

async function curveOf(file: string, log: string): Promise<string> {
  const listed = await ansorLines(['tasks', file]);
  const { tasks, siblings = [] } = JSON.parse(listed?.at(-1) ?? '{"tasks":[]}') as { readonly tasks: readonly CurveTask[]; readonly siblings?: readonly (Omit<CurveTask, 'weight'>)[] };
  const points = latencyCurve(readFileSync(log, 'utf8'), [...tasks, ...siblings.map((s) => ({ ...s, weight: 0 }))]);
  const words = (share: number): string => {
    const at = reaching(points, share);
    return at === undefined ? '-' : `${at.trial} trials, ${at.seconds} s, ${at.ms.toFixed(2)} ms`;
  };
  return `| ${path.basename(file, '.onnx')} | ${words(0.01)} | ${words(0.8)} | ${words(0.95)} | ${words(1)} |`;
}

/** Tunes all networks, `parallel` at a time, each on `threads` cores of its own. Returns each one's seconds; those that failed are missing. */
async function tuneAll(target: string, threads: string, networks: readonly { readonly name: string; readonly file: string }[]): Promise<ReadonlyMap<string, number>> {
  const waiting = networks.slice();
  const seconds = new Map<string, number>();
  const parallel = Number(values.parallel);
  const width = Math.max(Number(threads), Math.floor(os.availableParallelism() / parallel));
  const worker = async (w: number): Promise<void> => {
    const cores = parallel === 1 ? undefined : Array.from({ length: width }, (_, i) => w * width + i).join(',');
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const begin = performance.now();
      const done = await ansorLines(['tune', next.file, '--target', target, '--threads', threads, '--log', logOf(next.name, target, threads), '--trials', values.trials, '--time-limit', values.limit, '--seed', '1'], cores);
      if (done !== undefined) seconds.set(next.name, (performance.now() - begin) / 1000);
    }
  };
  await Promise.all(Array.from({ length: parallel }, (_, w) => worker(w)));
  return seconds;
}

function logOf(name: string, target: string, threads: string): string {
  return path.join(out, `${name}-${target}-${threads}.ansor.jsonl`);
}

const rows: Row[] = [];
const curves: string[] = [];
const targets = values.target.split(',');
const peersOf = new Map(targets.map((target) => [target, target === 'wasm' ? PeerProcess.start(process.execPath, 'network-peers-web.mjs') : PeerProcess.start(values.python, 'network_peers.py')]));
const models = values.models.split(',').map((model) => withWeights(model, out));
console.log(`${os.cpus()[0]?.model ?? ''}, ${os.availableParallelism()} cores, node ${process.version}`);
console.log('| network | target | threads | tuning s | -O0 ms | tuned ms | peers ms | ratio to the better | spread | rel. error |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const threads of values.threads.split(',')) {
  for (const target of targets) {
    const tuned = values.trials === '0' ? undefined : await tuneAll(target, threads, models);
    for (const { name, file } of models) {
      const log = logOf(name, target, threads);
      const common = ['--target', target, '--threads', threads, '--log', log];
      const seconds = tuned === undefined ? 0 : tuned.get(name);
      if (seconds === undefined) continue;
      if (tuned === undefined) writeFileSync(log, '');
      else curves.push(await curveOf(file, log));
      const best: Record<string, Figure> = {};
      let bench: BenchJson | undefined;
      const keep = (peer: string, figure: Figure | undefined): void => {
        const lower = better(best[peer], figure);
        if (lower !== undefined) best[peer] = lower;
      };
      for (let round = 0; round < Number(values.rounds); round++) {
        const asked = await peersOf.get(target)?.ask({ model: file, threads: Number(threads), seconds: Number(values.seconds) }) ?? {};
        for (const [peer, figure] of Object.entries(asked)) keep(peer, figure);
        const line = await ansorLines(['bench', file, ...common, '--calls', values.calls, ...(target !== 'wasm' && Object.keys(asked).length === 0 ? ['--compare', 'onnxruntime'] : [])]);
        if (line === undefined) break;
        bench = JSON.parse(line.at(-1) ?? '') as BenchJson;
        keep('ours', bench.latencyMs.ours);
        keep('plain', bench.latencyMs.default);
        keep('onnxruntime', bench.latencyMs.onnxruntime);
      }
      const { ours, plain, ...others } = best;
      if (bench === undefined || ours === undefined || plain === undefined) continue;
      const rival = Object.values(others).reduce<Figure | undefined>(better, undefined);
      const row: Row = { network: name, target, threads: Number(threads), seconds, ours, plain, peers: others, ratio: rival === undefined ? null : ours.median / rival.median, relError: bench.maxRelError };
      rows.push(row);
      const ms = (figure: Figure | undefined): string => figure?.median.toPrecision(3) ?? '-';
      console.log(`| ${name} | ${target} | ${threads} | ${seconds.toFixed(0)} | ${ms(plain)} | ${ms(ours)} | ${Object.entries(others).map(([peer, figure]) => `${peer} ${ms(figure)}`).join(', ') || '-'} | ${row.ratio?.toFixed(2) ?? '-'} | ${(100 * Math.max(ours.spread, rival?.spread ?? 0)).toFixed(0)} % | ${row.relError.toExponential(0)} |`);
      writeFileSync(path.join(out, 'results.json'), `${JSON.stringify({ machine: os.cpus()[0]?.model, cores: os.availableParallelism(), node: process.version, trials: Number(values.trials), rows }, undefined, 1)}\n`);
    }
  }
}
for (const peer of peersOf.values()) peer.close();
for (const threads of new Set(rows.map((row) => row.threads))) {
  const ratios = rows.filter((row) => row.threads === threads).flatMap((row) => row.ratio ?? []);
  if (ratios.length > 0) console.log(`${threads} thread(s): geometric mean of latency over the better peer ${Math.exp(ratios.reduce((sum, r) => sum + Math.log(r), 0) / ratios.length).toFixed(3)} over ${ratios.length}, above 1.0: ${ratios.filter((r) => r > 1).length}`);
}
if (curves.length > 0) console.log(`\n| network | every task once | 80 % of the final speed | 95 % | final |\n| --- | --- | --- | --- | --- |\n${curves.join('\n')}`);
