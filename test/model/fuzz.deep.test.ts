/** The long form of fuzz.test.ts. */
import { test } from 'node:test';
import { fuzzModels } from './fuzz.js';

for (let part = 0; part < 10; part++) {
  test(`10,000 broken models, part ${part}`, { timeout: 290_000 }, () => {
    fuzzModels(1000, 7000 + part);
  });
}
