// `npm run bench [-- --trials N --target c,wasm --models resnet18,...]`: tunes the networks that ship with the project and times them in turn with
// ONNX Runtime, in one run. Prints a table and writes out/bench.json. Figures are milliseconds; ratios are medians over medians of the same run.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '400' }, target: { type: 'string', default: 'c,wasm' }, models: { type: 'string', default: 'resnet18,mobilenet_v2,resnet50' },
    threads: { type: 'string', default: String(os.availableParallelism()) }, calls: { type: 'string', default: '60' },
  },
});
const out = path.join(root, 'out');
mkdirSync(out, { recursive: true });

/** The last document that a command prints. */
function ansor(...args) {
  console.error(`$ ansor ${args.join(' ')}`);
  const r = spawnSync(process.execPath, [path.join(root, 'tools/ansor.mjs'), ...args, '--json'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 28, env: { ...process.env, INIT_CWD: root } });
  const last = r.stdout.trim().split('\n').pop();
  if (r.status !== 0 && !last) process.exit(r.status ?? 1);
  return JSON.parse(last);
}

const rows = [];
for (const target of values.target.split(',')) {
  for (const model of values.models.split(',')) {
    const file = `test/fixtures/models/${model}.onnx`;
    const log = `out/bench-${model}-${target}.jsonl`;
    const tuned = ansor('tune', file, '--target', target, '--threads', values.threads, '--trials', values.trials, '--seed', '1', '--log', log);
    const bench = ansor('bench', file, '--target', target, '--threads', values.threads, '--log', log, '--compare', 'onnxruntime', '--calls', values.calls);
    const { naive, default: plain, ours, onnxruntime } = bench.latencyMs;
    rows.push({ target, model, tuneSeconds: tuned.seconds, trials: tuned.trials, naive: naive.median, default: plain.median, ours: ours.median, onnxruntime: onnxruntime.median, ratio: ours.median / onnxruntime.median, bestRatio: ours.min / onnxruntime.min, spread: Math.max(ours.spread, onnxruntime.spread), relError: bench.maxRelError, ok: bench.ok });
  }
}
const report = { machine: os.cpus()[0]?.model, cores: os.availableParallelism(), threads: Number(values.threads), node: process.version, rows };
writeFileSync(path.join(out, 'bench.json'), `${JSON.stringify(report, undefined, 2)}\n`);
console.log(`${report.machine}, ${report.cores} cores, ${report.threads} threads, node ${report.node}\n`);
console.log('| target | model | trials | tuning s | naive ms | -O0 ms | tuned ms | ONNX Runtime ms | ratio of medians | of minima | spread | rel. error |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const r of rows) console.log(`| ${r.target} | ${r.model} | ${r.trials} | ${r.tuneSeconds.toFixed(0)} | ${r.naive.toFixed(0)} | ${r.default.toFixed(1)} | ${r.ours.toFixed(1)} | ${r.onnxruntime.toFixed(1)} | ${r.ratio.toFixed(2)} | ${r.bestRatio.toFixed(2)} | ${(r.spread * 100).toFixed(0)} % | ${r.relError.toExponential(1)} |`);
