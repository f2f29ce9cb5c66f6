/** `--help` of every sub-command and the documents of `--json` (docs/protocol.md; stable): on standard output, and nothing else there. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { DoneEvent } from '../../server/src/protocol/session-event.js';
import { ansor, document, events, MATMUL, noCompiler, placeWith, recordsOf, tinyNet } from './ansor.js';

const at = placeWith({ 'mm.tc': MATMUL, 'net.onnx': tinyNet(), 'two.tc': `${MATMUL}def twice(float(16) A) -> (B) { B(i) = A(i) * 2 }\n` });
const run = (...args: string[]): ReturnType<typeof ansor> => ansor(args, { cwd: at });

const COMMANDS = ['tune', 'tasks', 'bench', 'build', 'dag', 'sketches', 'replay', 'features', 'show', 'diff', 'log', 'devices'];

test('--help: of the program and of every sub-command', async () => {
  const help = await run('--help');
  assert.equal(help.status, 0);
  assert.equal(help.err, '');
  for (const command of COMMANDS) assert.match(help.out, new RegExp(`^  ${command} `, 'm'));
  const each = await Promise.all(COMMANDS.map((c) => run(c, '--help')));
  each.forEach(({ status, out, err }, i) => {
    assert.deepEqual([status, err], [0, ''], COMMANDS[i]);
    assert.match(out, new RegExp(`^Usage: ansor ${COMMANDS[i]}`));
    if (COMMANDS[i] !== 'log') assert.match(out, /--json/);
  });
});

/** A document with all numbers as 0 and all texts as '': what is promised. */
function shape(v: unknown): unknown {
  if (Array.isArray(v)) return v.length === 0 ? [] : [shape(v[0])];
  if (v === null || typeof v === 'boolean') return v;
  if (typeof v === 'number') return 0;
  if (typeof v === 'string') return '';
  return Object.fromEntries(Object.entries(v as object).map(([k, x]) => [k, shape(x)]));
}

const TASK = { key: '', name: '', weight: 0, flops: 0, trials: 0, errors: 0, bestMs: null, gflops: null };
const DONE = {
  event: '', trials: 0, errors: 0, seconds: 0, time: { searchS: 0, aheadS: 0, trainS: 0, buildS: 0, runS: 0, waitS: 0, gateS: 0, otherS: 0 }, candidatesScored: 0, log: '',
  tasks: [{ key: '', name: '', weight: 0, bestMs: 0, gflops: 0 }], latencyMs: { naive: 0, before: 0, after: 0 },
  noise: { spread: 0, disturbed: 0, measured: 0, tooNoisy: false },
};

/** The naive programs of a network that takes half a second, as on a busy machine, are not all waited for: there is no figure then. */
const doneShape = (e: unknown): unknown => {
  const { latencyMs, ...rest } = e as DoneEvent;
  return { ...(shape(rest) as object), latencyMs: shape({ ...latencyMs, naive: latencyMs.naive ?? 0 }) };
};

for (const [target, threads] of [['c', '2'], ['wasm', '1']] as const) {
  test(`${target}: tune, tasks, replay, show, bench of one network and one operator`, { skip: target === 'c' && noCompiler }, async () => {
    const log = `${target}.json`;
    const tuned = await run('tune', 'net.onnx', '--target', target, '--threads', threads, '--trials', '12', '--log', log, '--json');
    assert.equal(tuned.status, 0, tuned.err);
    const all = events(tuned.out);
    assert.deepEqual(shape(all[0]), { event: '', model: '', target: '', log: '', threads: 0, trials: 0, planned: 0, tasks: [TASK] });
    const known = new Set(['started', 'round', 'trial', 'best', 'progress', 'model', 'leaders', 'done']);
    // A busy machine is told of.
    assert.deepEqual(all.filter((e) => !known.has(e.event) && !(e.event === 'warning' && /noisy|disturbed/.test(e.message))), []);
    const trials = all.flatMap((e) => (e.event === 'trial' ? [e] : []));
    assert.equal(trials.length, 12);
    for (const e of all) if (e.event === 'model') assert.deepEqual(shape(e), { event: '', round: 0, task: '', learntFrom: 0, programs: 0, rankCorrelation: e.rankCorrelation === null ? null : 0, recall: { top: 0, share: 0 } });
    assert.ok(existsSync(path.join(at, `${log}.d`, 'model.json')), 'the cost model lies beside the log');
    const lines = readFileSync(path.join(at, log), 'utf8').split('\n');
    for (const t of trials) assert.match(lines[t.line - 1] ?? '', /^\{"i": \[\["/);
    const done = all.at(-1) as DoneEvent;
    const { inNetwork, ...others } = done;
    assert.ok(inNetwork === undefined || inNetwork.byRules + inNetwork.byRecord > 0);
    assert.deepEqual(doneShape(others), DONE);
    assert.deepEqual([done.event, done.trials, done.errors, done.log], ['done', 12, 0, log]);
    const own = done.tasks.filter((t) => t.of === undefined);
    // The calls are those of the faster algorithm.
    assert.deepEqual(own.map((t) => done.tasks.filter(({ key, of }) => key === t.key || of === t.key).reduce((sum, { weight }) => sum + weight, 0)), [2, 1, 1, 1]);
    for (const t of own) assert.ok((t.bestMs ?? 0) > 0, t.name);
    assert.equal(recordsOf(path.join(at, log)).length, 12);

    const again = await run('tune', 'net.onnx', '--target', target, '--threads', threads, '--trials', '12', '--log', log, '--json');
    assert.deepEqual([events(again.out).filter((e) => e.event === 'trial').length, (events(again.out).at(-1) as DoneEvent).trials], [0, 0]);
    assert.equal(readFileSync(path.join(at, log), 'utf8'), lines.join('\n'), 'the log is complete');

    const tasks = document<{ tasks: { key: string; bestMs: number }[]; siblings?: object[]; coverage: number }>(await run('tasks', 'net.onnx', '--log', log, '--json'));
    const shares = { own: 0, borrowed: 0, unverified: 0, compatible: 0, none: 0 };
    // Other forms of a convolution, where it has them.
    const { siblings = [], ...documented } = tasks;
    for (const sibling of siblings) assert.deepEqual(Object.keys(sibling).sort(), ['algorithm', 'bestMs', 'flops', 'key', 'name', 'of']);
    assert.deepEqual(shape(documented), {
      tasks: [{ key: '', name: '', weight: 0, flops: 0, calls: [[{ op: '', name: '' }]], bestMs: 0, reuse: { kind: '', records: 0, log: '', line: 0, estimatedMs: 0 } }], untuned: [{ calls: [[{ op: '', name: '' }]], name: '', why: '' }], coverage: 0, covered: { tasks: shares, flops: shares },
    });
    assert.equal(tasks.coverage, 1);
    // The log keeps six significant digits of each repeat. Runs in turn may have found another one, at most 5 % behind, to be the fastest.
    const decided = new Set(all.flatMap((e) => (e.event === 'leaders' && e.clear ? [e.task] : [])));
    tasks.tasks.forEach((t) => {
      const measured = done.tasks.find(({ key }) => key === t.key)?.bestMs ?? NaN;
      const behind = decided.has(t.key) ? 0.05 : 0;
      assert.ok(t.bestMs <= measured * (1 + 1e-5) && measured <= t.bestMs * (1 + behind + 1e-5), `${t.bestMs} ms in the log, ${measured} ms measured`);
    });
    assert.equal(document<typeof tasks>(await run('tasks', 'net.onnx', '--json')).coverage, 0);

    const { records } = document<{ records: { line: number; problem?: string }[] }>(await run('replay', log, '--json'));
    assert.deepEqual(records.map((r) => r.line), trials.map((t) => t.line));
    for (const r of records) assert.deepEqual(shape(r), { line: 0, stateText: '', boundStateText: '', scheduleText: '', code: '' });

    const line = String(trials[0]?.line ?? 0);
    const shown = document<Record<string, unknown>>(await run('show', log, '--line', line, '--json'));
    assert.ok(Array.isArray(shown['steps']) && typeof shown['workloadKey'] === 'string', JSON.stringify(shown).slice(0, 300));
    document(await run('show', log, '--json'));

    const bench = document<{ ok: boolean; maxRelError: number; latencyMs: Record<string, { median: number; min: number }> }>(
      await run('bench', 'net.onnx', '--log', log, '--target', target, '--threads', threads, '--calls', '10', '--json'));
    const latency = { median: 0, min: 0, spread: 0 };
    assert.deepEqual(shape(bench), { latencyMs: { naive: latency, default: latency, ours: latency }, maxAbsError: 0, maxRelError: 0, ok: true, against: '' });
    assert.ok(bench.ok && bench.maxRelError < 1e-3 && (bench.latencyMs['ours']?.min ?? 0) > 0);

    const operator = await run('tune', 'mm.tc', '--target', target, '--threads', threads, '--trials', '6', '--log', log, '--json');
    assert.deepEqual(doneShape(events(operator.out).at(-1)), DONE, operator.err);
  });

  test(`${target}: -O0 and --trials 0 measure nothing and say how fast the default rules are`, { skip: target === 'c' && noCompiler }, async () => {
    for (const input of ['mm.tc', 'net.onnx']) {
      for (const level of [['-O0'], ['--trials', '0']]) {
        const ran = await run('tune', input, '--target', target, '--log', 'none.json', ...level, '--json');
        const done = events(ran.out).at(-1) as DoneEvent;
        assert.deepEqual([ran.status, done.event, done.trials], [0, 'done', 0], ran.err);
        const { naive, before, after } = done.latencyMs;
        assert.ok((naive ?? 0) > 0 && (before ?? 0) > 0 && (after ?? 0) > 0, JSON.stringify(done.latencyMs));
      }
    }
    assert.ok(!existsSync(path.join(at, 'none.json')), 'no log without a record');
  });
}

test('dag and sketches', async () => {
  const one = { text: '', hash: '', workloadKey: '', flops: 0 };
  const dag = document<{ hash: string; workloadKey: string }>(await run('dag', 'mm.tc', '--json'));
  assert.deepEqual(shape(dag), one);
  assert.ok(dag.workloadKey.startsWith(`["${dag.hash}", [64, 96]`));
  assert.deepEqual(shape(document(await run('dag', 'two.tc', '--json'))), [one]);
  assert.equal(document<unknown[]>(await run('dag', 'two.tc', '--json')).length, 2);
  for (const task of ['0', 'mm', dag.workloadKey]) assert.deepEqual(document(await run('dag', 'two.tc', '--task', task, '--json')), dag);
  for (const target of ['c', 'wasm', 'llvm -keys=cpu -num-cores=4', 'cuda -arch=sm_80']) {
    const sketches = document<{ sketches: string[] }>(await run('sketches', 'mm.tc', '--target', target, '--json'));
    assert.deepEqual(shape(sketches), { sketches: [''] });
    assert.ok(sketches.sketches.every((s) => s.startsWith('Placeholder: A, B, bias\n')), target);
  }
  const wrong = await run('sketches', 'two.tc', '--json');
  assert.deepEqual([wrong.status, wrong.out], [2, '']);
});

test('replay: null for what cannot be had, with the problem', async () => {
  const record = '{"i": [["[\\"nothing\\", 1, 2]", "llvm -keys=cpu", [2, 64, 64, 0, 0, 0, 0, 0], "", 1, []], [[], [["FU", 0, [0, 1]]]]], "r": [[0.1], 0, 0.1, 1767225600], "v": "v0.6"}';
  writeFileSync(path.join(at, 'strange.json'), `${record}\n`);
  const { records } = document<{ records: Record<string, unknown>[] }>(await run('replay', 'strange.json', '--json'));
  assert.deepEqual({ ...records[0], problem: typeof records[0]?.['problem'] }, { line: 1, stateText: null, boundStateText: null, scheduleText: null, code: null, problem: 'string' });
});

test('devices', async () => {
  const { devices } = document<{ devices: { target: string; available: boolean }[] }>(await run('devices', '--json'));
  assert.deepEqual(devices.map((d) => [d.target, d.available]), [['c', noCompiler === false], ['wasm', true]]);
});
