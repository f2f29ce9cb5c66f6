/** Networks that are compared: each program is compiled once for all of them, and is what it is alone. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { defined } from '../../server/src/base/assert.js';
import { defaultState } from '../../server/src/session/compile.js';
import { readInput } from '../../server/src/session/input.js';
import { openBackend } from '../../server/src/session/open-backend.js';
import { withOperatorPlan } from '../../server/src/session/operator-plan.js';
import { withChosen } from '../../server/src/session/siblings.js';
import { KnownKernels } from '../../server/src/session/tune/known-kernels.js';
import { compileTasks } from '../../server/src/session/tune/latencies.js';
import { printKernel } from '../../server/src/target/c/print.js';
import { folder, placeWith } from '../cli/ansor.js';

test('kernels that networks have in common are compiled once, and are those of each network alone', async () => {
  const opened = await openBackend('wasm', { threads: 2, cacheDir: path.join(folder, 'cache'), programDir: path.join(folder, 'dist') });
  assert.ok(opened.ok);
  const backend = opened.value;
  after(() => backend.close());
  const place = placeWith({ 'conv.tc': readFileSync(new URL('../fixtures/tc/conv2d_14_256.tc', import.meta.url), 'utf8').replaceAll('256', '32') });
  const input = withOperatorPlan(readInput(path.join(place, 'conv.tc')));
  const { dag } = defined(input.tasks[0], 'a task');
  const { steps } = defaultState(dag, backend);
  const winograd = withChosen(input, (input.siblings ?? []).slice(0, 1));
  assert.notEqual(winograd.plan?.tasks[0]?.dag, dag);
  const networks = [
    { input, choice: 'default' as const }, { input, choice: () => steps.slice(0, -1) }, { input: winograd, choice: 'default' as const },
    { input, choice: () => steps.slice(0, -1) }, { input: winograd, choice: 'default' as const }, { input, choice: 'naive' as const }, { input, choice: 'default' as const },
  ];
  const known = new KnownKernels();
  const compiled = networks.map((n) => defined(compileTasks(n.input, backend, n.choice, known)[0], 'a kernel'));
  const text = (c: (typeof compiled)[number] | undefined): string => printKernel(defined(c, 'a kernel').kernel, { x86VectorBytes: 0, pin: undefined });
  networks.forEach((n, i) => assert.equal(text(compiled[i]), text(compileTasks(n.input, backend, n.choice)[0]), `network ${i}`));
  assert.deepEqual(compiled.map((c) => compiled.indexOf(c)), [0, 1, 2, 1, 2, 5, 0]);
});
