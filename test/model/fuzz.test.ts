/** 500 broken models; fuzz.deep.test.ts has 10,000. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzModels } from './fuzz.js';

test('500 broken models give a plan or a clear message', { timeout: 120_000 }, (t) => {
  const plans = fuzzModels(500, 20_241);
  t.diagnostic(`${plans} of 500 gave a plan`);
  assert(plans > 0 && plans < 500);
});
