/** Two permutations with a change of shape between them move elements as their composition does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng } from '../../server/src/base/rng.js';
import { composeMoves, type Move } from '../../server/src/model/lowering/compose-moves.js';

/** The elements 0, 1, ... of a tensor of shape `from` in the order of the result. */
function elements({ from, order }: Move, values?: readonly number[]): number[] {
  const strides = from.map((_, d) => from.slice(d + 1).reduce((n, x) => n * x, 1));
  let at = [0];
  for (const d of order) at = at.flatMap((base) => Array.from({ length: from[d] ?? 1 }, (_, i) => base + i * (strides[d] ?? 1)));
  return values === undefined ? at : at.map((i) => values[i] ?? NaN);
}

const CASES: readonly { readonly name: string; readonly first: Move; readonly shape: readonly number[]; readonly order: readonly number[]; readonly expected: Move | undefined }[] = [
  { name: 'shuffle after channels first', first: { from: [1, 28, 28, 136], order: [0, 3, 1, 2] }, shape: [1, 4, 34, 28, 28], order: [0, 2, 1, 3, 4], expected: { from: [1, 784, 4, 34], order: [0, 3, 2, 1] } },
  { name: 'there and back', first: { from: [2, 3, 5], order: [2, 0, 1] }, shape: [5, 6], order: [1, 0], expected: { from: [6, 5], order: [0, 1] } },
  { name: 'shapes that cut each other', first: { from: [2, 3], order: [1, 0] }, shape: [2, 3], order: [1, 0], expected: undefined },
];

for (const { name, first, shape, order, expected } of CASES) {
  test(`composed: ${name}`, () => {
    const found = composeMoves(first, shape, order);
    if (expected === undefined) assert.equal(found, undefined);
    else assert.deepEqual(elements(found ?? { from: [], order: [] }), elements({ from: shape, order }, elements(first)));
  });
}

test('random permutations and shapes', () => {
  const rng = createRng(4);
  const shuffled = (n: number): number[] => Array.from({ length: n }, (_, i) => i).map((d) => ({ d, key: rng.real() })).sort((a, b) => a.key - b.key).map(({ d }) => d);
  let composed = 0;
  for (let i = 0; i < 500; i++) {
    const parts = Array.from({ length: 2 + rng.int(4) }, () => 1 + rng.int(4));
    const grouped = (): number[] => {
      const shape: number[] = [];
      for (const part of parts) if (shape.length > 0 && rng.int(2) === 0) shape[shape.length - 1] = (shape.at(-1) ?? 1) * part; else shape.push(part);
      return shape;
    };
    const middle = grouped();
    const back = shuffled(middle.length);
    const from = new Array<number>(middle.length).fill(1);
    back.forEach((d, k) => (from[d] = middle[k] ?? 1));
    const first = { from, order: back };
    const shape = grouped();
    const order = shuffled(shape.length);
    const found = composeMoves(first, shape, order);
    if (found === undefined) continue;
    composed++;
    assert.deepEqual(elements(found), elements({ from: shape, order }, elements(first)), JSON.stringify({ first, shape, order }));
  }
  assert.ok(composed > 300, `${composed}`);
});
