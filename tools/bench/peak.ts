/**
 * Which share of the processor's peak the programs reach: matmuls and ResNet's convolutions beside a loop of multiply-adds that runs before and after each.
 *
 *   npm run bench -- peak [--threads 1,2] [--trials 0] [--calls 60] [--only GMM,7x7] [--cc cc] [--out out/peak]
 *
 * Default rules; with `--trials` each is tuned first. Convolutions count the multiply-adds of the direct form also where winograd takes fewer: above 100 % is no mistake there.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measuredPeak } from './measured-peak.js';
import { convolutions } from './operator-cases.js';
import type { Figure } from './peer-process.js';
import { ansorLines } from './program.js';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '1,2' }, trials: { type: 'string', default: '0' }, calls: { type: 'string', default: '60' }, only: { type: 'string' },
    cc: { type: 'string', default: 'cc' }, out: { type: 'string', default: 'out/peak' },
  },
});
const out = path.resolve(values.out);
mkdirSync(out, { recursive: true });

interface Case { readonly name: string; readonly tc: string; readonly flops: number; readonly algorithms: readonly string[] }

function matmulCase(n: number, constant: boolean): Case {
  return { name: `GMM ${n}x${n}x${n}${constant ? ', one constant' : ''}`, flops: 2 * n ** 3, algorithms: ['direct'], tc: `def GMM(float(${n}, ${n}) x, ${constant ? 'const ' : ''}float(${n}, ${n}) y) -> (out) {\n  out(i, j) +=! x(i, k) * y(k, j)\n}\n` };
}

function convolutionCase(size: number, ci: number, co: number, k: number, s: number): Case {
  const p = k >> 1;
  const shape = `${size}x${size}x${ci}x${co}x${k}x${s}x${p}`;
  const [made] = convolutions(1, 'C2D', 2, [shape]);
  if (made === undefined) throw new Error(`no case for ${shape}`);
  return { name: `C2D ${shape}`, tc: made.tc, flops: made.flops, algorithms: k === 3 && s === 1 ? ['direct', 'all'] : ['direct'] };
}

/** ResNet-18's and ResNet-50's layers. */
const CASES: readonly Case[] = [
  ...[512, 1024].flatMap((n) => [matmulCase(n, false), matmulCase(n, true)]),
  ...([[224, 3, 64, 7, 2], [56, 64, 64, 3, 1], [28, 128, 128, 3, 1], [14, 256, 256, 3, 1], [7, 512, 512, 3, 1], [56, 64, 128, 3, 2], [28, 128, 256, 3, 2], [14, 256, 512, 3, 2],
    [56, 64, 64, 1, 1], [56, 64, 256, 1, 1], [56, 256, 64, 1, 1], [28, 128, 512, 1, 1], [28, 512, 128, 1, 1], [14, 256, 1024, 1, 1], [14, 1024, 256, 1, 1], [7, 512, 2048, 1, 1], [7, 2048, 512, 1, 1]] as const)
    .map((shape) => convolutionCase(shape[0], shape[1], shape[2], shape[3], shape[4])),
];

const peak = (threads: string): number => measuredPeak(values.cc, out, Number(threads));

const rows: Readonly<Record<string, unknown>>[] = [];
for (const threads of values.threads.split(',')) {
  console.log(`\n| ${threads} thread${threads === '1' ? '' : 's'} | algorithms | GFLOP/s: best / median | peak | share: best / median | spread |\n| --- | --- | --- | --- | --- | --- |`);
  for (const { name, tc, flops, algorithms } of CASES) {
    if (values.only !== undefined && !values.only.split(',').some((part) => name.includes(part))) continue;
    const file = path.join(out, `${name.replaceAll(/[^\w]+/g, '_')}.tc`);
    writeFileSync(file, tc);
    for (const algorithm of algorithms) {
      const log = `${file}.${threads}.${algorithm}.ansor.jsonl`;
      const common = ['--target', 'c', '--threads', threads, '--algorithms', algorithm];
      if (Number(values.trials) > 0) await ansorLines(['tune', file, ...common, '--trials', values.trials, '--log', log, '--seed', '1']);
      const before = peak(threads);
      const lines = await ansorLines(['bench', file, ...common, '--calls', values.calls, ...(Number(values.trials) > 0 ? ['--log', log] : [])]);
      const limit = Math.max(before, peak(threads));
      if (lines === undefined) continue;
      const { ours } = (JSON.parse(lines.at(-1) ?? '{}') as { readonly latencyMs: { readonly ours: Figure } }).latencyMs;
      const [best, median] = [ours.min, ours.median].map((ms) => flops / ms / 1e6) as [number, number];
      const percent = (x: number): string => `${(100 * x / limit).toFixed(0)} %`;
      console.log(`| ${name} | ${algorithm} | ${best.toFixed(1)} / ${median.toFixed(1)} | ${limit.toFixed(1)} | ${percent(best)} / ${percent(median)} | ${(100 * ours.spread).toFixed(0)} % |`);
      rows.push({ name, threads, algorithm, best, median, peak: limit, spread: ours.spread });
    }
  }
}
writeFileSync(path.join(out, 'results.json'), `${JSON.stringify(rows, null, 1)}\n`);
