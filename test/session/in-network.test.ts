/** Programs chosen in the network: calls timed in their places on both back ends, the note in the log, and who heeds it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { defined } from '../../server/src/base/assert.js';
import { formatLine } from '../../server/src/records/format-log.js';
import { programName } from '../../server/src/records/network-choice.js';
import { readLog } from '../../server/src/records/read-log.js';
import { replay } from '../../server/src/schedule/apply.js';
import type { TransformStep } from '../../server/src/schedule/step.js';
import type { Backend } from '../../server/src/session/backend.js';
import { alternate, secondsByTask, stampedImage } from '../../server/src/session/call-times.js';
import { defaultState } from '../../server/src/session/compile.js';
import { readInput } from '../../server/src/session/input.js';
import { layersOf } from '../../server/src/session/layers.js';
import { standardInputs, startNetwork } from '../../server/src/session/network.js';
import { openBackend } from '../../server/src/session/open-backend.js';
import { schedulesOf } from '../../server/src/session/records-of.js';
import { BufferIds } from '../../server/src/session/task-bench.js';
import { compileTasks } from '../../server/src/session/tune/latencies.js';
import { folder, noCompiler, tinyNet } from '../cli/ansor.js';

const file = path.join(folder, 'in-network.onnx');
writeFileSync(file, tinyNet());

for (const target of ['c', 'wasm'] as const) {
  const skip = target === 'c' && noCompiler;
  test(`${target}: each call is timed in its place, and all together take as long as the network`, { skip }, async () => {
    const opened = await openBackend(target, { threads: 2, cacheDir: path.join(folder, 'cache'), programDir: path.join(folder, 'dist') });
    assert.ok(opened.ok);
    const backend: Backend = opened.value;
    after(() => backend.close());
    const input = readInput(file);
    const plan = defined(input.plan, 'a plan');
    const networks = [];
    for (const choice of ['naive', 'default'] as const) {
      const network = await startNetwork(backend, stampedImage(plan, compileTasks(input, backend, choice)), standardInputs(plan), new BufferIds());
      assert.ok(network.ok, JSON.stringify(network));
      networks.push(network.value);
    }
    const turns = await alternate(networks, (n) => n >= 3);
    assert.ok(turns.ok);
    for (const ofNetwork of turns.value) {
      assert.equal(ofNetwork.length, 3);
      for (const calls of ofNetwork) {
        assert.equal(calls.length, plan.calls.length);
        assert.ok(calls.every((seconds) => seconds >= 0 && seconds < 60), String(calls));
        const sum = (xs: Float64Array): number => xs.reduce((a, b) => a + b, 0);
        assert.ok(sum(calls) > 0 && Math.abs(sum(secondsByTask(plan, calls)) - sum(calls)) < 1e-9);
      }
    }
    for (const network of networks) await network.close();
    const layers = await layersOf(backend, input, 'default');
    assert.deepEqual([layers.reduce((n, l) => n + l.calls, 0), Math.round(layers.reduce((s, l) => s + l.share, 0) * 100)], [plan.calls.length, 100]);
    assert.deepEqual(layers.flatMap((l) => l.key ?? []).sort(), input.tasks.map((t) => t.key).sort());
  });
}

test('the note of a session is heeded until a better record comes; those of others are not', async () => {
  const input = readInput(file);
  const opened = await openBackend('wasm', { threads: 2, cacheDir: path.join(folder, 'cache'), programDir: path.join(folder, 'dist') });
  assert.ok(opened.ok);
  const backend = opened.value;
  after(() => backend.close());
  const target = backend.targetText;
  const tasks = input.tasks.slice(0, 2);
  const programs = tasks.map(({ dag }) => {
    const { steps } = defaultState(dag, backend);
    // Three programs of a task: fewer steps are still a schedule.
    return [steps, steps.slice(0, -1), steps.slice(0, -2)].filter((s) => replay(dag, s).steps.length === s.length);
  });
  const record = (task: number, program: number, seconds: number): string => formatLine({
    kind: 'record', record: {
      workloadKey: defined(tasks[task], 'a task').key, target, hardware: backend.hardware, targetHost: '', layoutRewrite: 2, taskInputs: [],
      steps: defined(programs[task]?.[program], 'a program'), result: { costs: [seconds], errorNo: 0, allCost: 1, timestamp: 1 }, version: 'v0.6',
    },
  });
  const session = formatLine({ kind: 'session', note: { version: '1', target, host: { cpu: os.cpus()[0]?.model ?? '', cores: 2 }, model: { hash: input.hash, tasks: [] } } });
  const note = (model: string, ...names: string[]): string => formatLine({ kind: 'network', note: { model, target, tasks: names.map((program, i) => ({ key: defined(tasks[i], 'a task').key, program, ms: 1 })) } });
  const chosen = (...lines: string[]): readonly (readonly TransformStep[] | undefined)[] => {
    const log = readLog(lines.map((l) => `${l}\n`).join(''));
    assert.deepEqual(log.problems, []);
    const { choice } = schedulesOf(input, { name: 'x', lines: log.lines }, target);
    return tasks.map((t) => choice(t));
  };
  const name = (task: number, program: number): string => programName(defined(programs[task]?.[program], 'a program'));
  const [a, b] = programs;
  const measured = [session, record(0, 0, 1e-3), record(0, 1, 2e-3), record(1, 0, 1e-3), record(1, 1, 2e-3)];
  assert.deepEqual(chosen(...measured), [a?.[0], b?.[0]], 'without a note the fastest alone');
  assert.deepEqual(chosen(...measured, note(input.hash, name(0, 1), 'default')), [a?.[1], undefined]);
  assert.deepEqual(chosen(...measured, note('another', name(0, 1), 'default')), [a?.[0], b?.[0]]);
  assert.deepEqual(chosen(...measured, note(input.hash, 'default', 'default'), note(input.hash, name(0, 1), name(1, 0))), [a?.[1], b?.[0]], 'the last one counts');
  assert.deepEqual(chosen(...measured, note(input.hash, 'default', 'default'), record(0, 2, 5e-4)), [a?.[2], undefined], 'a better record came');
  assert.deepEqual(chosen(...measured, note(input.hash, 'default', 'default'), record(0, 2, 5e-3)), [undefined, undefined], 'a worse one did');
  assert.deepEqual(chosen(...measured, note(input.hash, '0123456789abcdef', 'default')), [a?.[0], undefined], 'a program that the log has not');
});
