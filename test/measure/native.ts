/** Real compiler, cache and runner for the tests of this room. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BuildCache } from '../../server/src/measure/build-cache.js';
import { CBuilder, type CSource } from '../../server/src/measure/builder.js';
import { CCompiler } from '../../server/src/measure/compiler.js';
import { DeviceGate } from '../../server/src/measure/gate.js';
import type { Artifact, RunRequest, TensorSpec } from '../../server/src/measure/interface.js';
import { DEFAULT_TIMING } from '../../server/src/measure/interface.js';
import { ProcessLauncher } from '../../server/src/measure/process-launcher.js';
import { RunnerClient } from '../../server/src/measure/runner-client.js';
import { runnerProgram } from '../../server/src/measure/runner-program.js';
import { HOST_STRUCT_C, kernelHeadC } from '../../server/src/target/abi.js';
import { findToolchain, type CToolchain } from '../../server/src/target/c/toolchain.js';
import { makeBuildCache } from '../harness/build-cache.js';

export const RUNNER_SOURCES = fileURLToPath(new URL('../../server/src/measure/runner', import.meta.url));
export const NO_COMPILER = 'no C compiler';

export interface Native {
  readonly toolchain: CToolchain;
  readonly cache: BuildCache;
  readonly program: string;
  readonly gate: DeviceGate;
  readonly launcher: ProcessLauncher;
  readonly builder: CBuilder;
  /** Builds in a third of the time, for what is about results and not about this compiler's optimizer. */
  readonly unoptimized: CBuilder;
  readonly runner: RunnerClient;
  readonly restarts: string[];
  close(): Promise<void>;
}

/** Undefined where there is no compiler; anything else that is missing is a failure. */
export async function startNative(): Promise<Native | undefined> {
  const toolchain = await findToolchain();
  if (!toolchain.ok) {
    if (toolchain.error.kind === 'missing') return undefined;
    throw new Error(toolchain.error.message);
  }
  const folder = mkdtempSync(join(tmpdir(), 'ansor-measure-'));
  const cache = await BuildCache.open(makeBuildCache(join(folder, 'cache')));
  const program = await runnerProgram(toolchain.value, RUNNER_SOURCES, cache);
  if (!program.ok) throw new Error(program.error);
  const gate = new DeviceGate();
  const launcher = new ProcessLauncher({ program: () => Promise.resolve(program.value), gate });
  const restarts: string[] = [];
  const runner = new RunnerClient({ command: [program.value], gate, onRestart: (why) => restarts.push(why) });
  const builderOf = (chain: CToolchain): CBuilder => new CBuilder(new CCompiler({ toolchain: chain, cache, parallel: 2, gate, launcher }));
  return {
    toolchain: toolchain.value, cache, program: program.value, gate, launcher, runner, restarts, builder: builderOf(toolchain.value),
    unoptimized: builderOf({ ...toolchain.value, kernelFlags: toolchain.value.kernelFlags.map((flag) => (flag === '-O2' ? '-O0' : flag)) }),
    close: async () => {
      await runner.close();
      await launcher.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const PRELUDE = `${HOST_STRUCT_C}\n`;

/** A kernel whose body is given; `before` stands in front of it (functions must be static and start with the symbol). */
export function kernel(symbol: string, body: string, before = '', workspace = { sharedBytes: 0, threadBytes: 0 }): CSource {
  return { symbol, prelude: PRELUDE, text: `${before}\n${kernelHeadC(symbol)} { (void)host; (void)tensors; (void)workspace;\n${body}\n}\n`, workspace };
}

/** y[i] = 2 x[i], in parallel. */
export function doubling(symbol: string, n: number): CSource {
  return kernel(symbol, `host->parallel_for(host, ${symbol}_body, (void *)tensors, ${n});`,
    `static void ${symbol}_body(void *closure, int begin, int end, int worker) { (void)worker;
  void *const *t = closure; const float *x = t[0]; float *y = t[1];
  for (int i = begin; i < end; i++) y[i] = 2 * x[i]; }`);
}

export async function buildOne(native: Native, source: CSource): Promise<Artifact> {
  const [outcome] = await native.builder.build([source]);
  if (outcome?.result.ok !== true) throw new Error(`not built: ${JSON.stringify(outcome?.result)}`);
  return outcome.result.value;
}

/** x random, y to be written; n floats each. */
export function pair(n: number, output: Partial<TensorSpec> = {}): readonly TensorSpec[] {
  return [
    { role: 'input', dtype: 'float32', bytes: 4 * n, fill: { kind: 'random', seed: 7, low: -1, high: 1 } },
    { role: 'output', dtype: 'float32', bytes: 4 * n, fill: { kind: 'poison' }, ...output },
  ];
}

export function request(artifact: Artifact, tensors: readonly TensorSpec[], more: Partial<RunRequest> = {}): RunRequest {
  return { artifact, tensors, threads: 1, timing: { ...DEFAULT_TIMING, repeats: 3 }, timeoutSeconds: 5, ...more };
}
