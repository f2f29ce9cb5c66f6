/** What a person set becomes the command line of a session: each argument by itself, nothing of what was left empty. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { tuneArguments } from '../../server/src/lsp/tune-arguments.js';

const model = path.resolve('a folder', 'net.onnx');
const log = path.resolve('a folder', 'net.ansor.jsonl');

test('settings become options, empty ones none', () => {
  assert.deepEqual(tuneArguments({ model, target: '', threads: 2, trials: 64, timeLimitSeconds: 60, algorithms: 'direct', compilerPath: '/usr/bin/my cc' }), {
    log, args: ['tune', model, '--log', log, '--json', '--trials', '64', '--threads', '2', '--time-limit', '60', '--compiler', '/usr/bin/my cc', '--algorithms', 'direct'],
  });
  assert.deepEqual(tuneArguments({ model }).args, ['tune', model, '--log', log, '--json']);
});

test('a folder for logs', () => {
  assert.equal(tuneArguments({ model, logDirectory: path.resolve('logs') }).log, path.resolve('logs', 'net.ansor.jsonl'));
});
