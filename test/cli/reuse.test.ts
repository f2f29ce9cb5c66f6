/**
 * A log of one network used for another: MobileNet-V2's log (made by a tuning run of this program, 96 trials) and a network with the last
 * layers of MobileNet-V2 and another head. Four of its tasks are MobileNet-V2's, two are multiples of such, one is new.
 */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DoneEvent, TrialEvent } from '../../server/src/protocol/session-event.js';
import { readLog } from '../../server/src/records/read-log.js';
import { onnxFile, ramp, type NodeSpec } from '../model/onnx-builder.js';
import { ansor, document, events, noCompiler, placeWith, recordsOf, type Ran } from './ansor.js';

const LOG = fileURLToPath(new URL('../fixtures/logs/mobilenet_v2.ansor.jsonl', import.meta.url));

/** Two inverted residuals at 7x7 as in MobileNet-V2, then a head of twice its width for 10 classes. */
function wideHead(): Uint8Array {
  const clipped = (name: string, node: NodeSpec): NodeSpec[] => [{ ...node, outputs: [`${name}_c`] }, { op: 'Clip', inputs: [`${name}_c`, 'zero', 'six'], outputs: [name] }];
  const conv = (inputs: string[], output: string): NodeSpec => ({ op: 'Conv', inputs, outputs: [output], attributes: { kernel_shape: [1, 1] } });
  const depthwise = (inputs: string[], output: string): NodeSpec => ({ op: 'Conv', inputs, outputs: [output], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], group: 960 } });
  return onnxFile({
    inputs: { x: [1, 160, 7, 7] }, outputs: ['y'],
    constants: {
      zero: { shape: [], values: [0] }, six: { shape: [], values: [6] },
      w1: ramp([960, 160, 1, 1], 1), d1: ramp([960, 1, 3, 3], 2), w2: ramp([160, 960, 1, 1], 3), w3: ramp([960, 160, 1, 1], 4), d2: ramp([960, 1, 3, 3], 5), w4: ramp([320, 960, 1, 1], 6),
      w5: ramp([2560, 320, 1, 1], 7), w6: ramp([10, 2560], 8), b160: ramp([160], 9), b320: ramp([320], 10), b960: ramp([960], 11), b2560: ramp([2560], 12), b10: ramp([10], 13),
    },
    nodes: [
      ...clipped('e1', conv(['x', 'w1', 'b960'], '')), ...clipped('f1', depthwise(['e1', 'd1', 'b960'], '')), conv(['f1', 'w2', 'b160'], 'p1'), { op: 'Add', inputs: ['p1', 'x'], outputs: ['r1'] },
      ...clipped('e2', conv(['r1', 'w3', 'b960'], '')), ...clipped('f2', depthwise(['e2', 'd2', 'b960'], '')), conv(['f2', 'w4', 'b320'], 'p2'),
      ...clipped('h', conv(['p2', 'w5', 'b2560'], '')), { op: 'GlobalAveragePool', inputs: ['h'], outputs: ['g'] }, { op: 'Flatten', inputs: ['g'], outputs: ['l'] },
      { op: 'Gemm', inputs: ['l', 'w6', 'b10'], outputs: ['y'], attributes: { transB: 1 } },
    ],
  });
}

interface Tasks {
  readonly tasks: readonly { readonly key: string; readonly weight: number; readonly flops: number; readonly bestMs: number | null; readonly reuse: { readonly kind: string; readonly records: number; readonly factor?: number; readonly line?: number; readonly assumptions?: readonly string[] } }[];
  readonly coverage: number;
  readonly covered: { readonly tasks: Readonly<Record<string, number>>; readonly flops: Readonly<Record<string, number>> };
}

/** MACs of the four shared tasks, as often as they are in the network, over those of all. */
const SHARED = 49 * (2 * 160 * 960 + 2 * 9 * 960 + 960 * 160 + 960 * 320);
const ALL = SHARED + 49 * 320 * 2560 + 2560 * 10;

function place(): string {
  const at = placeWith({ 'wide.onnx': wideHead() });
  copyFileSync(LOG, path.join(at, 'mobilenet.jsonl'));
  return at;
}

test('tasks tell how much of a network the log of another one covers', async () => {
  const cwd = place();
  const got = document<Tasks>(await ansor(['tasks', 'wide.onnx', '--log', 'mobilenet.jsonl', '--json'], { cwd }));
  assert.deepEqual(got.covered.tasks, { own: 0, borrowed: 4, unverified: 0, compatible: 2, none: 1 });
  assert.ok(Math.abs(got.coverage - SHARED / ALL) < 0.005, `${got.coverage} and not ${SHARED / ALL}`);
  assert.deepEqual(got.tasks.map((t) => [t.reuse.kind, t.reuse.factor]), [
    ['borrowed', undefined], ['borrowed', undefined], ['borrowed', undefined], ['borrowed', undefined], ['compatible', 8], ['compatible', 4], ['none', undefined],
  ]);
  for (const t of got.tasks) assert.equal(t.bestMs !== null, t.reuse.kind === 'borrowed');
  const words = await ansor(['tasks', 'wide.onnx', '--log', 'mobilenet.jsonl'], { cwd });
  assert.match(words.out, /4 of 7 tasks and \d+ % of the model's FLOPs have a record/);
});

test('records that name no operator are unverified: shown, and not used by bench', { skip: noCompiler }, async () => {
  const cwd = place();
  const bare = readFileSync(LOG, 'utf8').split('\n').filter((line) => !line.startsWith('#')).join('\n');
  writeFileSync(path.join(cwd, 'bare.jsonl'), bare);
  const got = document<Tasks>(await ansor(['tasks', 'wide.onnx', '--log', 'bare.jsonl', '--json'], { cwd }));
  assert.deepEqual(got.covered.tasks, { own: 0, borrowed: 0, unverified: 4, compatible: 2, none: 1 });
  assert.equal(got.coverage, 0);
  for (const t of got.tasks.slice(0, 4)) assert.ok((t.reuse.assumptions?.length ?? 0) > 0);
  const benched = document<{ ok: boolean; reused?: unknown[]; unverified: string[] }>(await ansor(['bench', 'wide.onnx', '--log', 'bare.jsonl', '--calls', '5', '--json'], { cwd }));
  assert.deepEqual([benched.ok, benched.reused, benched.unverified.length], [true, undefined, 6]);
});

test('public records of the original cover layers of ResNet-50: those whose key says all are borrowed, the others are unverified', async () => {
  const cwd = place();
  const records = readFileSync(fileURLToPath(new URL('../fixtures/oracle/wild-records.jsonl', import.meta.url)), 'utf8').trim().split('\n');
  writeFileSync(path.join(cwd, 'public.json'), records.map((line) => `${JSON.stringify((JSON.parse(line) as { record: unknown }).record)}\n`).join(''));
  const resnet = fileURLToPath(new URL('../fixtures/models/resnet50.onnx', import.meta.url));
  const got = document<Tasks>(await ansor(['tasks', resnet, '--log', 'public.json', '--json'], { cwd }));
  assert.deepEqual(got.covered.tasks, { own: 0, borrowed: 2, unverified: 1, compatible: 0, none: 24 });
  for (const t of got.tasks) assert.equal((t.reuse.assumptions ?? []).length > 0, t.reuse.kind === 'unverified');
});

test('tuning a network with the log of another needs one confirming run for each shared task and no trial', { skip: noCompiler }, async () => {
  const cwd = place();
  const shared = document<Tasks>(await ansor(['tasks', 'wide.onnx', '--log', 'mobilenet.jsonl', '--json'], { cwd })).tasks.filter((t) => t.reuse.kind === 'borrowed');
  const programs = (key: string): number => new Set(recordsOf(LOG).filter((r) => r.workloadKey === key).map((r) => JSON.stringify(r.steps))).size;
  const lent = shared.reduce((n, t) => n + programs(t.key), 0);
  const command = ['tune', 'wide.onnx', '--reuse', 'mobilenet.jsonl', '--log', 'wide.jsonl', '--trials', `${lent + 6}`, '--round', '2', '--threads', '1', '--json'];
  const first = await ansor(command, { cwd });
  const trials = told(first).filter((e): e is TrialEvent => e.event === 'trial');
  for (const t of shared) {
    const [run, ...more] = trials.filter((e) => e.task === t.key);
    assert.equal(more.length, 0, 'a shared task got trials of its own');
    assert.equal(run?.confirms, programs(t.key));
    assert.equal(run.rule, 'borrowed');
    assert.deepEqual([run.source?.log, run.source?.from], ['mobilenet.jsonl', 'machine']);
  }
  const others = trials.filter((e) => e.confirms === undefined);
  assert.equal(others.length, 6);
  assert.deepEqual(others.flatMap((e) => (e.rule === 'compatible' ? [e.source?.factor] : [])).sort(), [4, 8], 'schedules of smaller sizes are tried first');
  const done = doneOf(first);
  assert.deepEqual([done.trials, done.errors, done.confirmingRuns], [6, 0, 4]);
  for (const t of shared) assert.equal(done.tasks.find((d) => d.key === t.key)?.borrowed, programs(t.key) - 1);

  // What is in the log says all of it: the same command again, with and without the other log, measures nothing.
  for (const again of [command, command.filter((a) => a !== '--reuse' && a !== 'mobilenet.jsonl')]) {
    const next = doneOf(await ansor(again, { cwd }));
    assert.deepEqual([next.trials, next.confirmingRuns], [0, undefined]);
  }
  assert.equal(recordsOf(path.join(cwd, 'wide.jsonl')).length, 10);

  const { lines } = readLog(readFileSync(path.join(cwd, 'wide.jsonl'), 'utf8'));
  const notes = lines.flatMap((l) => (l.kind === 'trial' && l.note.confirms !== undefined ? [l.note] : []));
  assert.equal(notes.length, 4);
  for (const n of notes) assert.equal(n.source?.log, 'mobilenet.jsonl');
  const [session] = lines.flatMap((l) => (l.kind === 'session' ? [l.note] : []));
  assert.deepEqual(session?.reuse, { tasks: 4, programs: lent, logs: ['mobilenet.jsonl'] });

  const own = document<Tasks>(await ansor(['tasks', 'wide.onnx', '--log', 'wide.jsonl', '--json'], { cwd }));
  assert.deepEqual(own.covered.tasks, { own: 7, borrowed: 0, unverified: 0, compatible: 0, none: 0 });

  // This model's own records in another log are as another model's: they stand in no log that this one is.
  const moved = doneOf(await ansor(['tune', 'wide.onnx', '--reuse', 'wide.jsonl', '--log', 'fresh.jsonl', '--trials', '10', '--threads', '1', '--json'], { cwd }));
  assert.deepEqual([moved.trials, moved.confirmingRuns], [0, 7]);
});

test('one log for two networks: what the first measured is confirmed for the second', { skip: noCompiler }, async () => {
  const cwd = place();
  const shared = document<Tasks>(await ansor(['tasks', 'wide.onnx', '--log', 'mobilenet.jsonl', '--json'], { cwd })).tasks.filter((t) => t.reuse.kind === 'borrowed');
  const before = recordsOf(path.join(cwd, 'mobilenet.jsonl')).length;
  const lent = shared.reduce((n, t) => n + t.reuse.records, 0);
  const command = ['tune', 'wide.onnx', '--log', 'mobilenet.jsonl', '--trials', `${lent}`, '--threads', '1', '--json'];
  const done = doneOf(await ansor(command, { cwd }));
  assert.deepEqual([done.trials, done.confirmingRuns], [0, 4]);
  assert.equal(recordsOf(path.join(cwd, 'mobilenet.jsonl')).length, before + 4);
  assert.equal(doneOf(await ansor(command, { cwd })).confirmingRuns, undefined);
  const more = doneOf(await ansor([...command.filter((a) => a !== '--trials' && a !== `${lent}`), '--more', '3', '--round', '1'], { cwd }));
  assert.equal(more.trials, 3);
});

test('bench and build use what another network measured, and say so', { skip: noCompiler }, async () => {
  const cwd = place();
  const benched = document<{ ok: boolean; reused: { from: string; factor: number }[] }>(await ansor(['bench', 'wide.onnx', '--log', 'mobilenet.jsonl', '--calls', '5', '--json'], { cwd }));
  assert.equal(benched.ok, true);
  assert.deepEqual(benched.reused.map((r) => [r.from, r.factor]), [['machine', 1], ['machine', 1], ['machine', 1], ['machine', 1], ['compatible', 8], ['compatible', 4]]);
  const built = await ansor(['build', 'wide.onnx', '--log', 'mobilenet.jsonl', '-o', 'out'], { cwd });
  assert.equal(built.status, 0, built.err);
  assert.match(built.err, /borrowed schedules: 4 of another machine, 2 for smaller sizes that divide these/);
});

function told(run: Ran): ReturnType<typeof events> {
  assert.equal(run.status, 0, run.err);
  return events(run.out);
}

function doneOf(run: Ran): DoneEvent {
  const done = told(run).find((e): e is DoneEvent => e.event === 'done');
  assert.ok(done !== undefined);
  return done;
}
