/** What winograd's stages become in kernels: transforms without choices, each element read once; large weights asked for ahead. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { winogradSiblings } from '../../server/src/dag/algorithms/winograd.js';
import { cpuHardware } from '../../server/src/hardware/params.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { rewriteLayouts } from '../../server/src/lower/layout-transform.js';
import { lower } from '../../server/src/lower/lower.js';
import { defaultSchedule } from '../../server/src/sketch/default-schedule.js';
import { buildKernel } from '../../server/src/target/kernel/build.js';
import type { Kernel, KernelStmt } from '../../server/src/target/kernel/ir.js';

/** F(2, 3) of a convolution with so many channels, by default rules. */
function kernelOf(channels: number, unit = { bytes: 32, registers: 16 }): Kernel {
  const text = `def f(float(1, 10, 10, ${channels}) data, const float(3, 3, ${channels}, ${channels}) kernel) -> (out) {
    out(n, y, x, f) +=! data(n, y + r, x + s, c) * kernel(r, s, c, f) where y in 0:8, x in 0:8, r in 0:3, s in 0:3
  }`;
  const { dag } = winogradSiblings(parseTc(text).defs[0]?.dag ?? assert.fail()).at(-1) ?? assert.fail();
  const machine = { vectorBytes: unit.bytes, registers: unit.registers, cacheBytes: 256 * 1024 };
  const state = defaultSchedule({ dag, target: { kind: 'llvm', keys: ['cpu'], attrs: new Map() }, hardware: cpuHardware(1) }, machine);
  return buildKernel(lower(rewriteLayouts(state, 2).state), { symbol: 'k', unit });
}

function statements(stmts: readonly KernelStmt[]): KernelStmt[] {
  return stmts.flatMap((s) => ('body' in s ? statements(s.body) : [s]));
}

test('transforms choose nothing at run time and read each element once', () => {
  const all = statements(kernelOf(8).body);
  const vectors = all.flatMap((s) => (s.kind === 'let' && s.value.kind === 'load' && s.value.lanes === 8 ? [s.value] : []));
  // One loop is left around each: the other index into the tile.
  assert.equal(vectors.filter(({ buffer }) => buffer.name === 'data').length, 4);
  assert.equal(vectors.filter(({ buffer }) => buffer.name === 'winograd_rows').length, 4);
  assert.equal(all.filter((s) => s.kind === 'store' && s.buffer.name === 'winograd_rows').length, 4);
  assert.ok(!all.some((s) => (s.kind === 'let' || s.kind === 'set') && s.value.kind === 'branch'));
});

test('large weights are asked for ahead, small ones are not', () => {
  const requests = (channels: number): string[] => statements(kernelOf(channels, { bytes: 64, registers: 32 }).body).flatMap((s) => (s.kind === 'prefetch' ? [s.buffer.name] : []));
  assert.deepEqual(requests(32), []);
  const names = requests(512);
  assert.ok(names.length > 0 && names.every((name) => name.startsWith('kernel')), names.join());
});
