/** The program that makes references on hard inputs gives each element of the naive program, bit for bit: the same terms in the same order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTc } from '../../server/src/lang/parse.js';
import { compileNaive, compilePlain, type CompiledState } from '../../server/src/session/compile.js';
import { plainSteps } from '../../server/src/session/plain-steps.js';
import { hardInputs, uniformSet } from '../../server/src/session/hard-inputs.js';
import { emitModule } from '../../server/src/target/wasm/emit.js';
import { MAX_TEST_PAGES, runWasm } from '../target/run-wasm.js';
import { WORKLOADS } from '../target/workloads.js';

for (const { name, dag } of WORKLOADS.filter(({ onlyC }) => !onlyC)) {
  test(name, () => {
    const programs = [compileNaive(dag, 'k'), compilePlain(dag, 'k'), compilePlain(dag, 'k', 0)];
    const [naive] = programs;
    for (const set of [uniformSet('ordinary values', naive?.inputs ?? [], 5, -1, 1), ...hardInputs(dag, naive?.inputs ?? [], 5)]) {
      const run = ({ kernel, inputs }: CompiledState): number[][] => runWasm({
        module: emitModule([kernel], { relaxedFma: false, maxPages: MAX_TEST_PAGES }), symbol: 'k', workspace: kernel.workspace, params: kernel.params, inputs: inputs.map((_, i) => set.values(i)), threads: 1,
      });
      const [expected, ...got] = programs.map(run);
      for (const one of got) assert.deepEqual(one, expected, set.name);
    }
  });
}

test('where terms fill a cache, sums are taken in blocks of a cache line', () => {
  const dag = parseTc('def mm(float(40, 24) A, float(24, 48) B) -> (C) { C(i, j) +=! A(i, k) * B(k, j) }').defs[0]?.dag ?? assert.fail();
  const steps = (bytes: number): string[] => plainSteps(dag, bytes).map((s) => s.kind);
  assert.deepEqual([steps(24 * 48 * 4), steps(24 * 48 * 4 - 1)], [['RE'], ['SP', 'RE']]);
});

test('sums that have an axis to go over do so last', () => {
  const { dag } = WORKLOADS.find(({ name }) => name.startsWith('conv1d')) ?? assert.fail();
  assert.notDeepEqual(compilePlain(dag, 'k').kernel.body, compileNaive(dag, 'k').kernel.body);
});
