/** Convolutions of transposed and of grouped form: where their data is zero, and default schedules whose tiles hold as many steps of one residue as an ordinary convolution's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zeroGrids } from '../../server/src/dag/zero-grid.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { cpuHardware } from '../../server/src/hardware/params.js';
import { buildKernel } from '../../server/src/target/kernel/build.js';
import type { KernelStmt } from '../../server/src/target/kernel/ir.js';
import { lower } from '../../server/src/lower/lower.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { defaultSchedule } from '../../server/src/sketch/default-schedule.js';

const TEXT = `
def transposed(float(1, 16, 16, 64) data, const float(4, 4, 64, 32) kernel) -> (out) {
  spread(n, h, w, c) = (h % 2 == 0 && w % 2 == 0) ? data(n, h / 2, w / 2, c) : 0 where n in 0:1, h in 0:31, w in 0:31, c in 0:64
  pad(n, h, w, c) = (h >= 2 && h < 33 && w >= 3 && w < 34) ? spread(n, h - 2, w - 3, c) : 0 where n in 0:1, h in 0:35, w in 0:35, c in 0:64
  out(n, y, x, f) +=! pad(n, y + ry, x + rx, rc) * kernel(ry, rx, rc, f) where n in 0:1, y in 0:32, x in 0:32, f in 0:32, ry in 0:4, rx in 0:4, rc in 0:64
}`;

function dag() {
  const [found] = parseTc(TEXT, {}).defs;
  assert.ok(found !== undefined);
  return found.dag;
}

test('the zeros of spread data are known, also behind a pad', () => {
  const found = [...zeroGrids(dag())].map(([buffer, grids]) => `${buffer.name}: ${grids.map((g) => `${g.dimension}=${g.residue} mod ${g.modulus}`).join(', ')}`);
  assert.deepEqual(found, ['spread: 1=0 mod 2, 2=0 mod 2', 'pad: 1=0 mod 2, 2=1 mod 2']);
});

test('a quarter of the multiply-adds is left, and the spread is inlined into the pad', () => {
  const operator = dag();
  const state = defaultSchedule({ dag: operator, target: { kind: 'llvm', keys: ['cpu'], attrs: new Map() }, hardware: cpuHardware(1) });
  assert.doesNotMatch(stateText(state), /spread =/);
  const kernel = buildKernel(lower(state), { symbol: 'k', unit: { bytes: 32, registers: 16 } });
  assert.equal(multiplyAdds(kernel.body), 32 * 32 * 32 * 2 * 2 * 64);
});

test('a tile of a grouped convolution stays within one group, in lanes', () => {
  const text = 'def grouped(float(1, 28, 28, 136) data, const float(34, 136) kernel) -> (out) { out(n, h, w, f) +=! data(n, h, w, (f / 34) * 34 + rc) * kernel(rc, f) where n in 0:1, h in 0:28, w in 0:28, f in 0:136, rc in 0:34 }';
  const [found] = parseTc(text, {}).defs;
  assert.ok(found !== undefined);
  const state = defaultSchedule({ dag: found.dag, target: { kind: 'llvm', keys: ['cpu'], attrs: new Map() }, hardware: cpuHardware(1) });
  const kernel = buildKernel(lower(state), { symbol: 'k', unit: { bytes: 32, registers: 16 } });
  assert.ok(multiplyAdds(kernel.body) >= 28 * 28 * 136 * 34, 'every term, those where vectors overlap twice');
});

/** Elements of all multiply-adds in lanes that are carried out. */
function multiplyAdds(stmts: readonly KernelStmt[]): number {
  return stmts.reduce((sum, s) => {
    if (s.kind === 'for' || s.kind === 'parallel') return sum + s.extent * multiplyAdds(s.body);
    if (s.kind === 'if') return sum + multiplyAdds(s.body);
    return s.kind === 'set' && s.value.kind === 'fma' && s.value.lanes > 1 ? sum + s.value.lanes : sum;
  }, 0);
}
