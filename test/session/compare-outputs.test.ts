/** What `ansor bench` says of two runs' outputs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareOutputs } from '../../server/src/session/bench.js';

test('equal, nearly equal, different', () => {
  assert.deepEqual(compareOutputs([[1, -4, NaN, Infinity]], [[1, -4, NaN, Infinity]]), { ok: true, value: { maxAbsError: 0, maxRelError: 0 } });
  assert.deepEqual(compareOutputs([[1, -4]], [[1.5, -4]]), { ok: true, value: { maxAbsError: 0.5, maxRelError: 0.125 } });
  assert.deepEqual(compareOutputs([[1, -4, Infinity]], [[1.5, -4, Infinity]]), { ok: true, value: { maxAbsError: 0.5, maxRelError: 0.125 } }, 'an infinity hides no error');
  assert.deepEqual(compareOutputs([[1, NaN]], [[1, 2]]), { ok: true, value: { maxAbsError: Infinity, maxRelError: Infinity } });
});

test('nothing to compare, or outputs that do not match, is an error and no agreement', () => {
  assert.match(error([], []), /no outputs/);
  assert.match(error([[2]], []), /1 outputs, the reference 0/);
  assert.match(error([[1]], [[1], [2]]), /1 outputs, the reference 2/);
  assert.match(error([[1], [2, 3]], [[1], [2]]), /output 1 has 2 elements, the reference 1/);
});

function error(got: number[][], expected: number[][]): string {
  const compared = compareOutputs(got, expected);
  return compared.ok ? 'none' : compared.error;
}
