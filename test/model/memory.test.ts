/** The arena: tensors that live at the same time never overlap, and memory is reused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ARENA_ALIGNMENT, planArena, type Lifetime } from '../../server/src/model/memory.js';
import { planOf } from './fixture-model.js';

const lifetime = fc.record({ bytes: fc.integer({ min: 1, max: 5000 }), first: fc.nat(30), length: fc.nat(10) }).map(({ bytes, first, length }): Lifetime => ({ bytes, first, last: first + length }));

test('live tensors never overlap', () => {
  fc.assert(fc.property(fc.array(lifetime, { maxLength: 40 }), (lifetimes) => {
    const { slots, bytes } = planArena(lifetimes);
    assert.deepEqual(slots.map(({ bytes: size, first, last }) => ({ bytes: size, first, last })), lifetimes);
    slots.forEach((a, i) => {
      assert(a.offset >= 0 && a.offset % ARENA_ALIGNMENT === 0 && a.offset + a.bytes <= bytes);
      for (const b of slots.slice(i + 1)) {
        const together = a.first <= b.last && b.first <= a.last;
        assert(!together || a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset);
      }
    });
  }), { numRuns: 300, seed: 1 });
});

/** The least any plan needs: what is alive during the fullest call. */
function peak(lifetimes: readonly Lifetime[]): number {
  const at = (call: number): number => lifetimes.reduce((sum, life) => (life.first <= call && call <= life.last ? sum + life.bytes : sum), 0);
  return Math.max(...lifetimes.map((life) => at(life.first)));
}

for (const name of ['resnet18', 'resnet50', 'mobilenet_v2']) {
  test(`the arena of ${name} is as small as its fullest call`, () => {
    const { slots, bytes } = planOf(name).arena;
    assert(bytes <= 1.05 * peak(slots), `${bytes} bytes, at least ${peak(slots)}`);
  });
}
