/**
 * The original's best programs (apache-tvm 0.19's auto_scheduler with LLVM 22, two threads, 32 to 100 trials; 216 and 431 GFLOP/s of AVX-512 multiply-adds on one
 * and two threads of that machine) beside ours after as many trials: times, and shares of the machines' peaks where the machines differ.
 *
 *   npm run bench -- original [--trials 64] [--threads 2] [--parallel 1] [--calls 60] [--only matmul] [--cc cc] [--out out/original]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measuredPeak } from './measured-peak.js';
import { convolutions, transposed } from './operator-cases.js';
import type { Figure } from './peer-process.js';
import { ansorLines } from './program.js';

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '64' }, threads: { type: 'string', default: '2' }, parallel: { type: 'string', default: '1' }, calls: { type: 'string', default: '60' },
    only: { type: 'string' }, cc: { type: 'string', default: 'cc' }, out: { type: 'string', default: 'out/original' },
  },
});
const out = path.resolve(values.out);
mkdirSync(out, { recursive: true });

const ORIGINAL_PEAK = { 1: 216, 2: 431 };
const LAYER_NORM = `def layernorm_128_768(float(128, 768) x, float(768) gamma, float(768) beta) -> (out) {
  sum(i) +=! x(i, k)
  squares(i) +=! x(i, k) * x(i, k)
  out(i, j) = (x(i, j) - sum(i) / 768) / sqrt(squares(i) / 768 - sum(i) / 768 * (sum(i) / 768) + 1e-5) * gamma(j) + beta(j)
}
`;

const fixture = (name: string): string => readFileSync(path.join(import.meta.dirname, `../../test/fixtures/tc/${name}.tc`), 'utf8');

/** Name, text, milliseconds of the original (best of its log, timed alone, least of single warm calls). */
const CASES: readonly (readonly [string, string, number])[] = [
  ...([['matmul_512', 0.772], ['matmul_1024', 10.8], ['bmm_12x128x64x128', 0.108], ['conv2d_56_64', 0.686], ['conv2d_14_256', 1.078], ['depthwise_112_32', 0.0589], ['conv2d_1x1_7_320_1280', 0.238],
    ['dense_1_1000_1024', 0.0343], ['softmax_1536_128', 0.242]] as const).map(([name, ms]) => [name, fixture(name), ms] as const),
  ['layernorm_128_768', LAYER_NORM, 0.0168],
  ['transposed_8x8x512x256x4x2x1', transposed('8x8x512x256x4x2x1', 1, [8, 8, 512, 256]).tc, 7.96],
  ['conv3d_16_28_32', fixture('conv3d_16_28_32'), 3.23],
  ...convolutions(1, 'GRP', 2, ['56x56x64x128x3x2x1x1x4'], 'groups').map((c) => ['group_56x56x64x128x3x2x1', c.tc, 0.103] as const),
];
const cases = CASES.filter(([name]) => values.only === undefined || values.only.split(',').some((part) => name.includes(part)));
const fileOf = (name: string): string => path.join(out, `${name}.tc`);
const logOf = (name: string): string => path.join(out, `${name}.${values.threads}.ansor.jsonl`);

const seconds = new Map<string, number>();
const waiting = cases.slice();
const parallel = Number(values.parallel);
const width = Math.max(Number(values.threads), Math.floor(os.availableParallelism() / parallel));
await Promise.all(Array.from({ length: parallel }, async (_, w) => {
  const cores = parallel === 1 ? undefined : Array.from({ length: width }, (__, i) => w * width + i).join(',');
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, tc] = next;
    writeFileSync(fileOf(name), tc);
    const begin = performance.now();
    const done = await ansorLines(['tune', fileOf(name), '--target', 'c', '--threads', values.threads, '--trials', values.trials, '--log', logOf(name), '--seed', '1'], cores);
    if (done !== undefined) seconds.set(name, (performance.now() - begin) / 1000);
  }
}));

const peak = (): number => measuredPeak(values.cc, out, Number(values.threads));
const theirs = values.threads === '1' ? ORIGINAL_PEAK[1] : ORIGINAL_PEAK[2];
console.log(`| workload | tuning, s | ours, ms: best / median | spread | the original, ms | ratio | ratio of shares of the peak (${theirs} there) |\n| --- | --- | --- | --- | --- | --- | --- |`);
const rows: Readonly<Record<string, unknown>>[] = [];
for (const [name, , original] of cases) {
  const tuning = seconds.get(name);
  if (tuning === undefined) continue;
  const lines = await ansorLines(['bench', fileOf(name), '--target', 'c', '--threads', values.threads, '--calls', values.calls, '--log', logOf(name)]);
  if (lines === undefined) continue;
  const here = peak();
  const { ours } = (JSON.parse(lines.at(-1) ?? '{}') as { readonly latencyMs: { readonly ours: Figure } }).latencyMs;
  console.log(`| ${name} | ${tuning.toFixed(0)} | ${ours.min.toPrecision(3)} / ${ours.median.toPrecision(3)} | ${(100 * ours.spread).toFixed(0)} % | ${original} | ${(ours.min / original).toFixed(2)} | ${((ours.min * here) / (original * theirs)).toFixed(2)} (${here.toFixed(0)} here) |`);
  rows.push({ name, tuning, best: ours.min, median: ours.median, spread: ours.spread, original, peak: here });
}
writeFileSync(path.join(out, 'results.json'), `${JSON.stringify(rows, null, 1)}\n`);
