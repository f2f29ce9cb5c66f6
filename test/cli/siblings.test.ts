/** Winograd beside direct convolution on the command line (for the target c: siblings.deep.test.ts). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { DoneEvent } from '../../server/src/protocol/session-event.js';
import { onnxFile, ramp } from '../model/onnx-builder.js';
import { ansor, document, events, placeWith, recordsOf } from './ansor.js';
import { checkSiblings } from './sibling-checks.js';

test('wasm: winograd by rules, tuned beside direct convolution, the faster used', () => checkSiblings('wasm'));

test('records of a sibling are replayed and measured again, with the operator of the log or of the file', async () => {
  const tc = readFileSync(new URL('../fixtures/tc/conv2d_14_256.tc', import.meta.url), 'utf8').replaceAll('256', '32');
  const place = placeWith({ 'conv.tc': tc });
  const there = (...args: string[]): ReturnType<typeof ansor> => ansor(args, { cwd: place });
  const tuned = await there('tune', 'conv.tc', '--target', 'wasm', '--threads', '1', '--trials', '4', '--log', 'conv.jsonl', '--json');
  assert.equal(tuned.status, 0, tuned.err);
  const records = recordsOf(path.join(place, 'conv.jsonl'));
  assert.equal(new Set(records.map((r) => r.workloadKey)).size, 2);
  for (const file of [[], ['--dag', 'conv.tc']]) {
    const replayed = await there('replay', 'conv.jsonl', ...file);
    assert.deepEqual([replayed.status, /do not fit|not known/.exec(replayed.err)?.[0]], [0, undefined], replayed.err);
    const again = await there('log', 'remeasure', 'conv.jsonl', '--target', 'wasm', '--all', ...file);
    assert.deepEqual([again.status, again.err.match(/ ms here \(/g)?.length], [0, 2], again.err);
  }
});

test('an operator of a .tc file runs by rules in the form that is faster', async () => {
  const place = placeWith({ 'conv.tc': readFileSync(new URL('../fixtures/tc/conv2d_14_256.tc', import.meta.url), 'utf8').replaceAll('256', '32') });
  const names = async (...more: string[]): Promise<string[]> => {
    const bench = await ansor(['bench', 'conv.tc', '--target', 'wasm', '--threads', '1', '--calls', '2', '--layers', '--json', ...more], { cwd: place });
    assert.equal(bench.status, 0, bench.err);
    return document<{ readonly layers: readonly { readonly name: string }[] }>(bench).layers.map(({ name }) => name);
  };
  assert.match((await names()).join(), /_winograd[24]$/);
  assert.doesNotMatch((await names('--algorithms', 'direct')).join(), /winograd/);
  // One trial is one of that form: what was before is its program by the default rules, and nothing is set up for the other form.
  const tuned = await ansor(['tune', 'conv.tc', '--target', 'wasm', '--threads', '1', '--trials', '1', '--json'], { cwd: place });
  const done = events(tuned.out).at(-1) as DoneEvent;
  assert.deepEqual(done.tasks.map(({ bestMs }) => bestMs !== null), [false, true]);
  assert.equal(done.latencyMs.before, done.latencyMs.after);
  assert.equal(done.latencyMs.naive, null);
});

test('a form that the default rules use and a session came to no round of is compared in the network, and what was faster is used', async () => {
  const [first, second] = [[8, 3, 1, 1], [32, 8, 3, 3]];
  const model = onnxFile({
    inputs: { x: [1, 3, 28, 28] }, outputs: ['y'], constants: { v: ramp(first ?? []), w: ramp(second ?? []), u: ramp([32, 32, 3, 3]) },
    nodes: [
      { op: 'Conv', inputs: ['x', 'v'], outputs: ['a'] },
      { op: 'Conv', inputs: ['a', 'w'], outputs: ['b'], attributes: { pads: [1, 1, 1, 1] } },
      { op: 'Conv', inputs: ['b', 'u'], outputs: ['y'], attributes: { pads: [1, 1, 1, 1] } },
    ],
  });
  const place = placeWith({ 'net.onnx': Buffer.from(model) });
  const there = (...args: string[]): ReturnType<typeof ansor> => ansor([...args, '--target', 'wasm', '--threads', '1', '--json'], { cwd: place });
  const used = async (...more: string[]): Promise<string[]> => {
    const bench = await there('bench', 'net.onnx', '--calls', '2', '--layers', ...more);
    assert.equal(bench.status, 0, bench.err);
    return document<{ readonly layers: readonly { readonly key?: string }[] }>(bench).layers.flatMap(({ key }) => key ?? []).sort();
  };
  const before = await used();
  const tuned = await there('tune', 'net.onnx', '--trials', '3', '--log', 'net.jsonl');
  assert.equal(tuned.status, 0, tuned.err);
  const measured = new Set(recordsOf(path.join(place, 'net.jsonl')).map((r) => r.workloadKey));
  assert.ok(before.some((key) => !measured.has(key)), 'each form was measured');
  const note = readFileSync(path.join(place, 'net.jsonl'), 'utf8').split('\n').findLast((line) => line.startsWith('# {"network"'));
  assert.ok(note !== undefined, 'the session chose nothing in the network');
  const { network } = JSON.parse(note.slice(2)) as { readonly network: { readonly tasks: readonly { readonly key: string }[] } };
  const noted = network.tasks.map(({ key }) => key).sort();
  for (const key of noted) assert.ok(measured.has(key) || before.includes(key), key);
  assert.deepEqual(await used('--log', 'net.jsonl'), noted);
});
