/** Padding that windows read in lanes is not made; padding that many outputs read is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuHardware } from '../../server/src/hardware/params.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { DEFAULT_MACHINE, defaultSchedule } from '../../server/src/sketch/default-schedule.js';

const PAD = 'pad(n, h, w, c) = (h >= 1 && h < 29 && w >= 1 && w < 29) ? data(n, h - 1, w - 1, c) : 0 where n in 0:1, h in 0:30, w in 0:30, c in 0:32';

function scheduleOf(text: string, machine = DEFAULT_MACHINE): string {
  const [found] = parseTc(text).defs;
  assert.ok(found !== undefined);
  return stateText(defaultSchedule({ dag: found.dag, target: { kind: 'llvm', keys: ['cpu'], attrs: new Map() }, hardware: cpuHardware(1) }, machine));
}

const CASES = [
  { name: 'depthwise convolution', made: false, text: `def f(float(1, 28, 28, 32) data, const float(3, 3, 32) w) -> (out) { ${PAD}\n out(n, y, x, c) +=! pad(n, y + r, x + s, c) * w(r, s, c) }` },
  { name: 'depthwise convolution of two steps', made: false, text: `def f(float(1, 28, 28, 32) data, const float(3, 3, 32) w) -> (out) { ${PAD}\n out(n, y, x, c) +=! pad(n, y * 2 + r, x * 2 + s, c) * w(r, s, c) where y in 0:14, x in 0:14, r in 0:3, s in 0:3 }` },
  { name: 'convolution', made: true, text: `def f(float(1, 28, 28, 32) data, const float(3, 3, 32, 16) w) -> (out) { ${PAD}\n out(n, y, x, f) +=! pad(n, y + r, x + s, c) * w(r, s, c, f) }` },
  { name: 'padding that is read twice', made: true, text: `def f(float(1, 28, 28, 32) data, const float(3, 3, 32) w) -> (out) { ${PAD}\n conv(n, y, x, c) +=! pad(n, y + r, x + s, c) * w(r, s, c)\n out(n, y, x, c) = conv(n, y, x, c) + pad(n, y, x, c) }` },
];

for (const { name, made, text } of CASES) {
  test(`${name}: padding is ${made ? '' : 'not '}made`, () => {
    assert.equal(/\bpad\S* =/.test(scheduleOf(text)), made);
  });
}

test('few terms: a tile narrow enough for the first-level cache, and sums that stay in registers', () => {
  const text = scheduleOf(
    'def f(float(1, 230, 230, 3) data, const float(7, 7, 3, 64) w) -> (out) { out(n, y, x, f) +=! data(n, y * 2 + r, x * 2 + s, c) * w(r, s, c, f) where y in 0:112, x in 0:112, r in 0:7, s in 0:7 }',
    { vectorBytes: 64, registers: 32, cacheBytes: 256 * 1024 },
  );
  assert.match(text, /for r\.0 \(0,7\)\n +for s\.0 \(0,7\)\n +for c\.0 \(0,3\)\n +for x(_c)?\.3 \(0,14\)\n +vectorize f(_c)?\.3 \(0,32\)/);
});
