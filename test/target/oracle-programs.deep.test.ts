/** Every schedule that the original sampled for CPUs, at full size, built for C and for WebAssembly: right, element by element. */
import { after, before, test } from 'node:test';
import { relaxedSimd } from '../../server/src/measure/wasm/host.js';
import { NO_COMPILER, startNative, type Native } from '../measure/native.js';
import { oracleCases } from './oracle-programs.js';
import { runWithC, runWithWasm } from './oracle-runs.js';

let native: Native | undefined;
before(async () => { native = await startNative(); });
after(() => native?.close());

for (const workload of oracleCases()) {
  const all = workload.samples.map((_, i) => i);
  test(`c: all ${all.length} samples of ${workload.name}`, async (t) => {
    if (native === undefined) t.skip(NO_COMPILER);
    else await runWithC(native, workload, all);
  });

  test(`wasm: all ${all.length} samples of ${workload.name}`, () => runWithWasm(workload, all, relaxedSimd()));
}
