import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dashboardView } from '../../../server/src/ide/dashboard/dashboard-view.js';
import { rankAccuracy } from '../../../server/src/ide/dashboard/predictions.js';
import { RecordIndex } from '../../../server/src/ide/table/record-index.js';
import type { DashboardView } from '../../../server/src/protocol/dashboard-view.js';
import { bestSoFar, indexLog } from '../../../server/src/records/log-index.js';
import { readLog } from '../../../server/src/records/read-log.js';

const record = (task: string, seconds: number, error: number, time: number, took = 1): string =>
  `{"i": [["[\\"${task}\\", 4]", "llvm", [1, 16, 64, 0, 0, 0, 0, 0], "", 0, []], [[], [["SP", 0, 0, 4, [1, 2], 1]]]], "r": [[${error === 0 ? seconds : 1e10}], ${error}, ${took}, ${time}], "v": "v0.6"}`;
const session = (weights: Readonly<Record<string, number>>): string =>
  `# ${JSON.stringify({ session: { version: '1', target: 'llvm', host: { cpu: 'A CPU', cores: 2 }, compiler: 'gcc 12', model: { hash: 'h', tasks: Object.entries(weights).map(([t, weight]) => ({ key: `["${t}", 4]`, weight })) } } })}`;
const taskNote = (task: string, flops: number): string => `# ${JSON.stringify({ task: { key: `["${task}", 4]`, name: `the_${task}`, flops, tc: 'def f() -> ()' } })}`;

function view(lines: readonly string[]): DashboardView {
  const index = new RecordIndex();
  index.addText(`${lines.join('\n')}\n`);
  return dashboardView({ log: '/a/b.ansor.jsonl', name: 'b.ansor.jsonl', index, session: null, complete: true });
}

test('curves, network latency, errors and totals of a small log', () => {
  const v = view([
    session({ a: 2, b: 1 }), taskNote('a', 4e6), record('a', 0.004, 0, 1000), record('a', 0.005, 0, 1002), record('a', 0.003, 0, 1004), taskNote('b', 1e6), record('b', 1, 7, 1010),
    `# ${JSON.stringify({ trial: { line: 7, error: 'took longer than 10 s' } })}`, record('b', 0.002, 0, 1012), record('a', 0.001, 0, 1015), `# ${JSON.stringify({ trial: { line: 10, predicted: 0.8 } })}`, record('b', 0.004, 0, 1016),
  ]);
  assert.deepEqual([v.records, v.errors, v.device, v.compiler, v.target], [7, 1, 'A CPU (2)', 'gcc 12', 'llvm']);
  const [a, b] = v.tasks;
  assert.deepEqual(a?.best, { trial: [1, 3, 6, 7], seconds: [1, 5, 16, 17], ms: [4, 3, 1, 1], line: [3, 5, 10, 10] });
  assert.deepEqual(b?.best, { trial: [5, 7], seconds: [13, 17], ms: [2, 2], line: [9, 9] });
  assert.deepEqual(v.network, { trial: [5, 6, 7], seconds: [13, 16, 17], ms: [2 * 3 + 2, 2 * 1 + 2, 4], line: [9, 10, 10] });
  assert.deepEqual([a?.name, a?.bestMs, a?.bestLine, a?.gflops, a?.share, a?.weight], ['the_a', 1, 10, 4, 0.5, 2]);
  assert.deepEqual(b?.dots, { trial: [4, 5, 7], seconds: [11, 13, 17], ms: [null, 2, 4], error: [7, 0, 0], line: [7, 9, 12] });
  assert.deepEqual(v.errorKinds, [{ error: 7, name: 'run timeout', count: 1, latest: [{ line: 7, task: 'the_b', message: 'took longer than 10 s', output: false }] }]);
  assert.deepEqual(v.predictions.line, [10]);
  assert.ok(Math.abs((a?.potential ?? 0) + (b?.potential ?? 0) - 1) < 1e-9);
});

test('days between sessions are no working time', () => {
  const v = view([session({ a: 1 }), record('a', 0.004, 0, 1000), record('a', 0.004, 0, 1010), session({ a: 1 }), record('a', 0.003, 0, 900_000, 3), record('a', 0.002, 0, 900_004)]);
  assert.deepEqual(v.tasks[0]?.best.seconds, [1, 14, 18]);
  assert.equal(v.seconds, 18);
});

test('a log without a result has no curves, and says so by null', () => {
  const v = view([record('a', 1, 2, 5), record('a', 1, 2, 6)]);
  assert.deepEqual([v.network.ms, v.tasks[0]?.bestMs, v.tasks[0]?.potential, v.tasks[0]?.share], [[], null, null, null]);
  assert.equal(view([]).records, 0);
});

test('curves agree with the log index, whatever the log', () => {
  const row = fc.record({ task: fc.constantFrom('a', 'b', 'c'), ms: fc.integer({ min: 1, max: 50 }), error: fc.constantFrom(0, 0, 0, 4), dt: fc.integer({ min: -2, max: 20 }) });
  fc.assert(fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (rows) => {
    let now = 1000;
    const text = rows.map((r) => record(r.task, r.ms / 1000, r.error, (now += r.dt)));
    const v = view(text);
    const index = indexLog(readLog(text.join('\n')).lines);
    for (const task of index.tasks) {
      const own = v.tasks.find((t) => t.key === task.workloadKey);
      const expected = bestSoFar(task);
      for (const [i, { line }] of task.records.entries()) {
        const at = (own?.best.trial ?? []).findLastIndex((t) => t <= line);
        const shown = at < 0 ? undefined : own?.best.ms[at];
        const best = expected[i];
        assert.ok(best === undefined ? shown === undefined : shown !== undefined && Math.abs(shown / 1000 - best) < 1e-12, `trial ${line}`);
      }
    }
    for (const curve of [v.network, ...v.tasks.map((t) => t.best)]) {
      assert.ok(curve.ms.every((ms, i) => i === 0 || ms <= (curve.ms[i - 1] ?? 0) + 1e-9), 'falls');
      assert.ok(curve.seconds.every((s, i) => i === 0 || s >= (curve.seconds[i - 1] ?? 0)), 'time goes on');
    }
  }));
});

test('rank accuracy: 1 for the right order, 0 for the wrong one, pairs of other tasks do not count', () => {
  const up = [1, 2, 3, 4, 5, 6];
  const one = up.map(() => 0);
  assert.equal(rankAccuracy(up, up, one), 1);
  assert.equal(rankAccuracy(up, up.toReversed(), one), 0);
  assert.equal(rankAccuracy(up, up, up), null);
});
