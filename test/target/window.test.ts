/** Which addresses sliding windows share. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import { distinct, slidesOver } from '../../server/src/target/kernel/window.js';

test('distinct addresses of 2000 windows are those that counting finds', () => {
  const rng = createRng(5);
  for (let n = 0; n < 2000; n++) {
    const [output, outputs, step, steps] = [1 + rng.int(12), 1 + rng.int(9), (1 + rng.int(12)) * (rng.int(2) === 0 ? 1 : -1), 1 + rng.int(9)];
    const found = new Set<number>();
    for (let i = 0; i < outputs; i++) for (let j = 0; j < steps; j++) found.add(output * i + step * j);
    assert.equal(distinct(output, outputs, step, steps), found.size, `${outputs} outputs ${output} apart, ${steps} steps of ${step}`);
  }
});

/** Name, elements from output to output, outputs, elements from step to step, steps, whether they share. */
const WINDOWS: readonly (readonly [string, number | undefined, number, number | undefined, number, boolean])[] = [
  ['neighbours of a convolution', 32, 2, 32, 3, true],
  ['with a stride as wide as the window', 96, 4, 32, 3, false],
  ['dilated, neighbours only', 20, 2, 80, 3, false],
  ['dilated, five outputs', 20, 5, 80, 3, true],
  ['stride 2 and dilation 3', 2, 4, 3, 3, true],
  ['rows of a matrix product', 512, 6, 1, 4, false],
  ['what stays for all outputs', 0, 6, 512, 4, false],
  ['unclear', undefined, 6, 1, 4, false],
];

for (const [name, output, outputs, step, steps, shares] of WINDOWS) {
  test(`loads are shared: ${name}`, () => { assert.equal(slidesOver(output, outputs, step, steps), shares); });
}
