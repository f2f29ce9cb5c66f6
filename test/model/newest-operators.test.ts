/**
 * Operators of ONNX's newest sets (26 to 28) that its own tests do not have: SwiGLU, CausalConvWithState, LinearAttention; and BitCast (26). Models and
 * outputs in `newest-operators.tar.gz` come from onnx 1.23's reference evaluator.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readArchive } from './onnx-backend/archive.js';
import { casesOf } from './onnx-backend/case.js';
import { outcomeOf } from './onnx-backend/outcome.js';

const cases = casesOf(readArchive(path.join(import.meta.dirname, '../fixtures/onnx/newest-operators.tar.gz')));

test('newest operators equal their reference', () => {
  assert.equal(cases.length, 25);
  for (const one of cases) for (const schedule of ['naive', 'default'] as const) assert.equal(outcomeOf(one, schedule).problem, undefined, `${one.name}, ${schedule}`);
});
