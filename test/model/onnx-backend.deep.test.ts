/** ONNX's own operator tests, all that are expected to pass, as C in portions, each one program: with random schedules, those of -O0, or none; sanitised where the compiler can. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readArchive } from './onnx-backend/archive.js';
import { casesOf } from './onnx-backend/case.js';
import { createRng } from '../../server/src/base/rng.js';
import { planCase, randomSchedules } from './onnx-backend/compile-case.js';
import { wrongOutput } from './onnx-backend/outcome.js';
import { canSanitise, compilerName, runCCases } from './onnx-backend/run-c-cases.js';

const PORTIONS = 12;
const fixtures = path.join(import.meta.dirname, '../fixtures/onnx');
const expected: readonly string[] = JSON.parse(readFileSync(path.join(fixtures, 'expected-passes.json'), 'utf8'));
const cases = casesOf(readArchive(path.join(fixtures, 'onnx-backend-tests.tar.gz'))).filter((c) => expected.includes(c.name));
const compiler = compilerName();

for (let portion = 0; portion < PORTIONS; portion++) {
  test(`operators of ONNX as C, portion ${portion + 1} of ${PORTIONS}`, { skip: compiler === undefined ? 'no C compiler' : false, timeout: 290_000 }, () => {
    const chosen = cases.filter((_, i) => i % PORTIONS === portion);
    const planned = chosen.map((c) => planCase(c));
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ansor-onnx-'));
    try {
      const outputs = runCCases(planned, folder, compiler ?? 'cc', ([randomSchedules(createRng(portion)), 'default', 'naive'] as const)[portion % 3] ?? 'naive', canSanitise(compiler ?? 'cc', folder));
      const wrong = chosen.flatMap((c, i) => {
        const plan = planned[i];
        const problem = plan === undefined ? 'not planned' : wrongOutput(c, plan, outputs[i] ?? []);
        return problem === undefined ? [] : [`${c.name}: ${problem}`];
      });
      assert.deepEqual(wrong, []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
