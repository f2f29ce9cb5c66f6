/** 20,000 inputs that nobody wrote; fuzz.deep.test.ts has a million. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz, READERS } from './readers.js';
import { fuzzServer } from './server-messages.js';

for (const [name, inputs] of [['log', 9500], ['tc', 6000], ['onnx', 4000]] as const) {
  test(`${name}: ${inputs} inputs, no crash, no hang, memory bounded`, (t) => {
    const done = fuzz(inputs, 1, 120, READERS[name]);
    t.diagnostic(JSON.stringify(done));
    assert.equal(done.inputs, inputs);
    assert.ok(done.accepted < done.inputs, 'some are refused');
  });
}

test('language server: 500 messages, each request answered', async (t) => {
  const done = await fuzzServer(500, 1, 120);
  t.diagnostic(JSON.stringify(done));
  assert.equal(done.sent, 500);
});
