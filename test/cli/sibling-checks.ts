/** Winograd beside direct convolution in a network of two layers, for any target: by rules where nothing is measured, tuned beside it, the faster one used, and neither where it is not wanted. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DoneEvent, StartedEvent } from '../../server/src/protocol/session-event.js';
import { onnxFile, ramp } from '../model/onnx-builder.js';
import { ansor, document, events, placeWith, recordsOf } from './ansor.js';

const CHANNELS = 32;
const conv = { op: 'Conv', attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } };
const weights = [CHANNELS, CHANNELS, 3, 3];
const at = placeWith({
  'net.onnx': onnxFile({
    inputs: { x: [1, CHANNELS, 22, 22] }, outputs: ['y'], constants: { w1: ramp(weights, 1), b1: ramp([CHANNELS], 2), w2: ramp(weights, 3), b2: ramp([CHANNELS], 4) },
    nodes: [
      { ...conv, inputs: ['x', 'w1', 'b1'], outputs: ['t'] }, { op: 'Relu', inputs: ['t'], outputs: ['r'] },
      { ...conv, inputs: ['r', 'w2', 'b2'], outputs: ['s'] }, { op: 'Add', inputs: ['s', 'x'], outputs: ['y'] },
    ],
  }),
});
const run = (...args: string[]): ReturnType<typeof ansor> => ansor(args, { cwd: at });

interface Bench { readonly ok: boolean; readonly layers: readonly { readonly name: string; readonly key?: string }[] }
const winogradOf = ({ layers }: Bench): number => layers.filter(({ name }) => /_winograd[24]$/.test(name)).length;

export async function checkSiblings(target: 'c' | 'wasm'): Promise<void> {
  const options = ['--target', target, '--threads', '1'];
  const bench = async (...more: string[]): Promise<Bench> => document<Bench>(await run('bench', 'net.onnx', ...options, '--calls', '2', '--layers', '--json', ...more));
  const byRules = await bench();
  assert.deepEqual([byRules.ok, winogradOf(byRules)], [true, 2]);
  const direct = await bench('--algorithms', 'direct');
  assert.deepEqual([direct.ok, winogradOf(direct)], [true, 0]);

  const log = `${target}.jsonl`;
  const all = events((await run('tune', 'net.onnx', ...options, '--trials', '8', '--round', '2', '--log', log, '--json')).out);
  const started = all[0] as StartedEvent;
  const done = all.at(-1) as DoneEvent;
  assert.deepEqual([started.event, done.event, done.trials], ['started', 'done', 8]);
  const own = started.tasks.filter((t) => t.of === undefined);
  const siblings = started.tasks.filter((t) => t.of !== undefined);
  assert.equal(own.length, 2);
  assert.deepEqual(siblings.map((t) => t.of), own.map((t) => t.key));
  assert.deepEqual(started.tasks.map((t) => t.weight), [1, 0, 1, 0], 'each beside its sibling');
  for (const { key } of own) {
    const group = done.tasks.filter((t) => t.key === key || t.of === key);
    const [used, other] = group.toSorted((a, b) => (a.bestMs ?? NaN) - (b.bestMs ?? NaN));
    assert.deepEqual([group.length, used?.weight, other?.weight], [2, 1, 0], 'the network uses the faster one');
  }
  const taken = all.flatMap((e) => (e.event === 'best' && e.instead !== undefined ? [e.instead] : []));
  for (const key of taken) assert.ok(started.tasks.some((t) => t.key === key));
  assert.equal(new Set(recordsOf(path.join(at, log)).map((r) => r.workloadKey)).size, 4);
  const note = readFileSync(path.join(at, log), 'utf8').split('\n').find((line) => line.startsWith('# {"session"')) ?? assert.fail();
  const noted = (JSON.parse(note.slice(2)) as { session: { model: { tasks: { key: string; of?: string }[] } } }).session.model.tasks;
  assert.deepEqual(noted.map((t) => t.of), [undefined, undefined, own[0]?.key, own[1]?.key]);

  const tasks = document<{ siblings: { of: string; bestMs: number | null }[] }>(await run('tasks', 'net.onnx', '--log', log, '--json'));
  assert.deepEqual([tasks.siblings.length, tasks.siblings.filter((s) => s.bestMs !== null).length], [4, 2]);
  // What the session noted for the network is what the log gives.
  const network = readFileSync(path.join(at, log), 'utf8').split('\n').findLast((line) => line.startsWith('# {"network"'));
  const tuned = await bench('--log', log);
  assert.equal(tuned.ok, true);
  if (network !== undefined) {
    const keys = (JSON.parse(network.slice(2)) as { network: { tasks: { key: string }[] } }).network.tasks.map((t) => t.key);
    assert.deepEqual(tuned.layers.flatMap((l) => l.key ?? []).sort(), keys.sort());
  }
  assert.equal(winogradOf(await bench('--log', log, '--algorithms', 'direct')), 0);
  const again = events((await run('tune', 'net.onnx', ...options, '--trials', '8', '--round', '2', '--log', log, '--json')).out);
  assert.equal((again.at(-1) as DoneEvent).trials, 0, 'the same command again measures nothing');
}
