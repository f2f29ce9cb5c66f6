/**
 * ONNX's own operator tests (`backend/test/data/node` of the onnx package) through the compiled path: all as WebAssembly, a part of them as C.
 * `test/fixtures/onnx/out-of-scope.json` says which are not meant to run and why, `expected-passes.json` which passed; UPDATE_GOLDEN=1
 * rewrites the latter.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import { readArchive } from './onnx-backend/archive.js';
import { casesOf } from './onnx-backend/case.js';
import { planCase, randomSchedules } from './onnx-backend/compile-case.js';
import { wrongOutput } from './onnx-backend/outcome.js';
import { runAll } from './onnx-backend/run-all.js';
import { canSanitise, compilerName, runCCases } from './onnx-backend/run-c-cases.js';
import { printTable } from './onnx-backend/table.js';

const fixtures = path.join(import.meta.dirname, '../fixtures/onnx');
const archive = path.join(fixtures, 'onnx-backend-tests.tar.gz');
const expectedFile = path.join(fixtures, 'expected-passes.json');
const REASONS = [
  'strings', 'sequences', 'optionals', 'image decoding', 'TfIdf', 'ai.onnx.ml', 'training operators and losses', 'float8, int4 and float4',
  'complex numbers and DFT/STFT windows', 'random generators', 'GridSample beyond 2-d',
];

const outOfScope: Readonly<Record<string, string>> = JSON.parse(readFileSync(path.join(fixtures, 'out-of-scope.json'), 'utf8')).tests;
const expected: readonly string[] = JSON.parse(readFileSync(expectedFile, 'utf8'));
const cases = casesOf(readArchive(archive));
const inScope = cases.filter((c) => outOfScope[c.name] === undefined);

test('the list of what is out of scope names existing tests and known reasons', () => {
  assert.equal(cases.length, 1615);
  const names = new Set(cases.map((c) => c.name));
  for (const [name, reason] of Object.entries(outOfScope)) assert.ok(names.has(name) && REASONS.includes(reason), `${name}: ${reason}`);
});

test('operators of ONNX as WebAssembly', { timeout: 290_000 }, async (t) => {
  const results = await runAll(archive, inScope.map((c) => c.name), 'naive');
  const passed = inScope.filter((c) => results.get(c.name)?.problem === undefined).map((c) => c.name);
  for (const line of printTable(cases, outOfScope, results)) t.diagnostic(line);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(expectedFile, `${JSON.stringify(passed, undefined, 1)}\n`);
  const now = new Set(passed);
  const lost = expected.filter((name) => !now.has(name)).map((name) => `${name}: ${results.get(name)?.problem ?? 'not run'}`);
  if (process.env['UPDATE_GOLDEN'] !== '1') assert.deepEqual(lost, []);
  assert.ok(passed.length >= 0.95 * inScope.length, `${passed.length} of ${inScope.length} in scope pass`);
});

const compiler = compilerName();
for (const [what, seed, share] of [['the schedules of -O0', 7, 20], ['random schedules', 8, 40]] as const) test(`operators of ONNX as C, one in ${share}, with ${what}; addresses and undefined behaviour are watched where the compiler can`, { skip: compiler === undefined ? 'no C compiler' : false, timeout: 290_000 }, (t) => {
  const random = createRng(seed);
  const chosen = inScope.filter((c) => expected.includes(c.name) && random.int(share) === 0);
  const planned = chosen.map((c) => planCase(c));
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ansor-onnx-'));
  try {
    const sanitised = canSanitise(compiler ?? 'cc', folder);
    t.diagnostic(`${chosen.length} networks, ${sanitised ? 'sanitised' : 'not sanitised: the compiler has no -fsanitize=address,undefined'}`);
    const outputs = runCCases(planned, folder, compiler ?? 'cc', seed === 7 ? 'default' : randomSchedules(random), sanitised);
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
