/** Winograd beside direct convolution on the command line (for the target c: siblings.deep.test.ts). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ansor, document, placeWith, recordsOf } from './ansor.js';
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
});
