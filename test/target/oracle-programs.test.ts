/** Some schedules that the original sampled for CPUs, drawn anew for each workload; all of them are in the deep test. */
import { after, before, test } from 'node:test';
import { createRng, shuffled } from '../../server/src/base/rng.js';
import { dagFlops } from '../../server/src/dag/flops.js';
import { relaxedSimd } from '../../server/src/measure/wasm/host.js';
import { NO_COMPILER, startNative, type Native } from '../measure/native.js';
import { oracleCases } from './oracle-programs.js';
import { runWithC, runWithWasm } from './oracle-runs.js';

const SEED = Number(process.env['ANSOR_TEST_SEED'] ?? 4);
/** Larger operators take seconds a program. */
const MOST_FLOPS = 5e7;

let native: Native | undefined;
before(async () => { native = await startNative(); });
after(() => native?.close());

const rng = createRng(SEED);
for (const workload of oracleCases().filter((w) => dagFlops(w.dag) < MOST_FLOPS)) {
  const some = shuffled(workload.samples.map((_, i) => i), rng).slice(0, 3);
  test(`c: samples ${some.join(', ')} of ${workload.name}`, async (t) => {
    if (native === undefined) t.skip(NO_COMPILER);
    else await runWithC(native, workload, some);
  });

  test(`wasm: samples ${some.join(', ')} of ${workload.name}`, () => runWithWasm(workload, some, relaxedSimd()));
}
