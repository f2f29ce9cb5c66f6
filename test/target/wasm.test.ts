/** WebAssembly code computes what the DAG says, under every schedule; modules validate and write nothing but tensors and workspace. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifySamples } from '../../server/src/measure/check.js';
import { relaxedSimd } from '../../server/src/measure/wasm/host.js';
import { buildKernel } from '../../server/src/target/kernel/build.js';
import { emitModule } from '../../server/src/target/wasm/emit.js';
import { caseOfProgram, casesOf, type Case } from './candidates.js';
import { PROGRAMS } from './programs.js';
import { randomCases } from './random-nests.js';
import { MAX_TEST_PAGES, runWasm } from './run-wasm.js';
import { WORKLOADS } from './workloads.js';

const relaxed = relaxedSimd();
const SAMPLES = Number(process.env['ANSOR_TEST_SAMPLES'] ?? 6);
const SEED = Number(process.env['ANSOR_TEST_SEED'] ?? 5);

const CASES: readonly (readonly [string, () => Case])[] = [
  ...WORKLOADS.filter((w) => !w.onlyC).map(({ name, dag }) => [name, () => casesOf(dag, SEED, SAMPLES)] as const),
  ...Object.entries(PROGRAMS).map(([name, program]) => [name, () => caseOfProgram(program)] as const),
  ...randomCases(SEED, 5 * SAMPLES, false),
];

for (const [name, make] of CASES) {
  test(`wasm: ${name}`, () => {
    const { plan, candidates } = make();
    assert.ok(candidates.length > 2, 'some random programs');
    for (const [i, { name: schedule, program, inputs, naive }] of candidates.entries()) {
      const unit = naive ? undefined : { bytes: 16, registers: i % 3 === 0 ? 32 : 16 };
      const kernel = buildKernel(program, { symbol: 'k', unit });
      const relaxedFma = relaxed && i % 2 === 0;
      const module = emitModule([kernel], { relaxedFma, maxPages: MAX_TEST_PAGES });
      assert.ok(WebAssembly.validate(module), `${schedule}: valid`);
      for (const threads of [1, 2]) {
        const got = runWasm({ module, symbol: 'k', workspace: kernel.workspace, params: kernel.params, inputs, threads });
        const checked = verifySamples(plan, plan.map((o, k) => o.samples.map((at) => got[k]?.[at] ?? NaN)));
        assert.ok(checked.ok, `${schedule}, ${threads} threads, relaxed ${relaxedFma}: ${checked.ok ? '' : checked.error.message}`);
      }
    }
  });
}
