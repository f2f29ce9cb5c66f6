/** A layer of BERT with its embeddings: each of the 128 tokens has the largest element where ONNX Runtime's output has it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runPlan } from '../harness/run-plan.js';
import { planOf, referenceOutput } from './fixture-model.js';

/** Token numbers by the rule of the reference output: the fixtures' generator, modulo 8000. */
function tokens(count: number): Float32Array {
  let x = 12345;
  return Float32Array.from({ length: count }, () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % 8000;
  });
}

function largest(row: Float32Array): number {
  return row.reduce((best, value, i) => (value > (row[best] ?? 0) ? i : best), 0);
}

test('bert_base_1l: the largest element of every token is that of ONNX Runtime', () => {
  const plan = planOf('bert_base_1l');
  const [count, width] = [128, 768];
  const [output = new Float32Array()] = runPlan(plan, [tokens(count)]);
  const expected = referenceOutput('bert_base_1l');
  assert.equal(output.length, count * width);
  for (let token = 0; token < count; token++) {
    const [got, want] = [output, expected].map((all) => all.subarray(token * width, (token + 1) * width));
    assert(got !== undefined && want !== undefined);
    assert.equal(largest(got), largest(want), `token ${token}`);
  }
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (output[i] ?? NaN))), 0);
  assert(worst <= 1e-5 * scale, `largest difference ${worst} of ${scale}`);
});
