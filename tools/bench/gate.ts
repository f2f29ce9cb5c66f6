/**
 * Does a busy tuner measure what an idle one measures? Times one kernel alternately with nothing else going on and with compilers
 * and cooperative work running under the device gate (design: medians within 3 %), and without the gate for comparison.
 * Run: node --import tsx tools/bench/gate.ts [rounds]
 */
import { setImmediate as turn } from 'node:timers/promises';
import { buildOne, kernel, request, startNative, type Native } from '../../test/measure/native.js';
import { CBuilder } from '../../server/src/measure/builder.js';
import { CCompiler } from '../../server/src/measure/compiler.js';
import { DeviceGate } from '../../server/src/measure/gate.js';
import type { TensorSpec } from '../../server/src/measure/interface.js';
import { DEFAULT_TIMING } from '../../server/src/measure/interface.js';
import { ProcessLauncher } from '../../server/src/measure/process-launcher.js';
import { RunnerClient } from '../../server/src/measure/runner-client.js';

const N = 192;
const BYTES = 4 * N * N;

/** A plain matmul on all cores: a few ms a call. */
const MATMUL = kernel('mm', `host->parallel_for(host, mm_body, (void *)tensors, ${N});`, `static void mm_body(void *c, int begin, int end, int worker) { (void)worker;
  void *const *t = c; const float *a = t[0], *b = t[1]; float *restrict y = t[2];
  for (int i = begin; i < end; i++) {
    for (int j = 0; j < ${N}; j++) y[i * ${N} + j] = 0;
    for (int k = 0; k < ${N}; k++) for (int j = 0; j < ${N}; j++) y[i * ${N} + j] += a[i * ${N} + k] * b[k * ${N} + j];
  } }`);

const median = (values: readonly number[]): number => values.slice().sort((a, b) => a - b)[values.length >> 1] ?? NaN;

/** Keeps compilers and this thread busy until told to stop. */
function busy(native: Native, gate: DeviceGate, marker: number): () => Promise<void> {
  let stop = false;
  let serial = 0;
  const launcher = new ProcessLauncher({ program: () => Promise.resolve(native.program), gate });
  const builder = new CBuilder(new CCompiler({ toolchain: native.toolchain, cache: native.cache, parallel: 2, gate, launcher }), { batch: 1 });
  const compile = async (): Promise<void> => {
    while (!stop) await builder.build(Array.from({ length: 2 }, () => kernel(`busy_${marker}_${serial++}`, Array.from({ length: 300 }, (_, i) => `((volatile float *)tensors[0])[${i}] += ${i};`).join('\n'))));
  };
  const search = async (): Promise<void> => {
    while (!stop) {
      await gate.work(() => { const end = performance.now() + 3; while (performance.now() < end); });
      await turn();
    }
  };
  const all = Promise.all([compile(), search()]);
  return async () => { stop = true; await all; await launcher.close(); };
}

async function main(): Promise<void> {
  const rounds = Number(process.argv[2] ?? 12);
  const native = await startNative();
  if (native === undefined) { process.stderr.write('no C compiler\n'); process.exitCode = 1; return; }
  const info = await native.runner.info();
  const threads = info.ok ? info.value.physicalCores : 1;
  const artifact = await buildOne(native, MATMUL);
  const input = (seed: number): TensorSpec => ({ role: 'input', dtype: 'float32', bytes: BYTES, fill: { kind: 'random', seed, low: -1, high: 1 } });
  const ask = request(artifact, [input(1), input(2), { role: 'output', dtype: 'float32', bytes: BYTES, fill: { kind: 'poison' } }], { threads, timing: { ...DEFAULT_TIMING, repeats: 9 } });
  const ungated = new RunnerClient({ command: [native.program], gate: new DeviceGate() });
  const times = { idle: [] as number[], gated: [] as number[], ungated: [] as number[] };
  const measure = async (runner: RunnerClient, into: number[]): Promise<void> => {
    for (let i = 0; i < 4; i++) {
      const outcome = await runner.run(ask);
      if (outcome.result.ok) into.push(median(outcome.result.value.seconds) * 1e3);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  for (let r = 0; r < rounds; r++) {
    await measure(native.runner, times.idle);
    const stop = busy(native, native.gate, r);
    await measure(native.runner, times.gated);
    await stop();
    const other = new DeviceGate();
    const stopOther = busy(native, other, 1000 + r);
    await measure(ungated, times.ungated);
    await stopOther();
  }
  for (const [name, values] of Object.entries(times)) {
    const m = median(values);
    process.stdout.write(`${name.padEnd(8)} median ${m.toFixed(3)} ms  min ${Math.min(...values).toFixed(3)}  against idle ${((m / median(times.idle) - 1) * 100).toFixed(1)} %\n`);
  }
  const report = native.gate.report();
  process.stdout.write(`gate: ${report.sections} sections, ${report.timedSeconds.toFixed(2)} s timed, ${report.lostSeconds.toFixed(2)} s lost to others, ${report.waitedSeconds.toFixed(2)} s waited\n`);
  await ungated.close();
  await native.close();
}

await main();
