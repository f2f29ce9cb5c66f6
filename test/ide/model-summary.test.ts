import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { summarizeOnnx } from '../../server/src/ide/model-summary.js';

test('a model is summarized; of another file its size is told, and why no more', () => {
  const bytes = readFileSync(new URL('../fixtures/models/resnet18.onnx', import.meta.url));
  const summary = summarizeOnnx('resnet18.onnx', bytes);
  assert.deepEqual(summary.operators[0], { name: 'Conv', count: 20 });
  assert.equal(summary.inputs.length, 1);
  const none = summarizeOnnx('notes.onnx', new TextEncoder().encode('no model'));
  assert.equal(none.bytes, 8);
  assert.match(none.problem ?? '', /not an ONNX model/);
});
