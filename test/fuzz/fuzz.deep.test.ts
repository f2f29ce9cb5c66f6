/** A million inputs that nobody wrote, seeded; each test has a time that it does not exceed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz, READERS } from './readers.js';
import { fuzzServer } from './server-messages.js';

for (const [name, inputs] of [['log', 400_000], ['tc', 300_000], ['onnx', 290_000]] as const) {
  test(`${name}: ${inputs} inputs, no crash, no hang, memory bounded`, (t) => {
    const done = fuzz(inputs, 1_000_000, 900, READERS[name]);
    t.diagnostic(JSON.stringify(done));
    assert.equal(done.inputs, inputs);
  });
}

test('language server: 10,000 messages, each request answered', async (t) => {
  const done = await fuzzServer(10_000, 2, 600);
  t.diagnostic(JSON.stringify(done));
  assert.equal(done.sent, 10_000);
});
