/** Properties of register tiles over random nests: they fit the registers, cover the loops, and say truly whether they hold the reduction. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRng, shuffled, type Rng } from '../../server/src/base/rng.js';
import { binary, int, variable, type Expr } from '../../server/src/ir/expr.js';
import { coefficient, IndexSpace, type Linear } from '../../server/src/target/kernel/linear.js';
import type { Loop } from '../../server/src/target/kernel/nest.js';
import { laneCuts, rowCuts, type Cut } from '../../server/src/target/kernel/cuts.js';
import { chooseTile } from '../../server/src/target/kernel/tile.js';
import type { TileRequest } from '../../server/src/target/kernel/tile-request.js';

const EXTENTS = [1, 2, 3, 4, 6, 7, 8, 12, 13, 16, 24, 32, 49, 64, 197, 1000];

/** A nest of spatial and reduction loops in any order; some have fused variables in the store's address. */
function request(rng: Rng, space: IndexSpace): { readonly request: TileRequest; readonly reduce: ReadonlySet<Loop> } {
  const pick = (): number => EXTENTS[rng.int(EXTENTS.length)] ?? 1;
  const loops = Array.from({ length: 1 + rng.int(7) }, (_, i): Loop => ({ var: variable(`v${i}`), extent: pick() }));
  loops.forEach((l) => space.declare(l.var, l.extent));
  const reduce = new Set(loops.filter(() => rng.int(3) === 0));
  const spatial = shuffled(loops.filter((l) => !reduce.has(l)), rng);
  let stride = 1;
  let at: Expr = int(rng.int(5));
  for (const l of spatial) {
    at = binary('add', at, binary('mul', l.var, int(stride)));
    stride *= l.extent;
  }
  // A loop fused from a spatial and a reduction loop.
  const mixed = rng.int(4) === 0 ? [...reduce][0] : undefined;
  if (mixed !== undefined && mixed.extent % 2 === 0 && mixed.extent > 2) at = binary('add', at, binary('mul', binary('floordiv', mixed.var, int(2)), int(stride)));
  const load = (): Linear => space.linear(loops.filter(() => rng.int(2) === 0).reduce<Expr>((e, l) => binary('add', e, binary('mul', l.var, int(rng.int(3) === 0 ? 1 : pick()))), int(0)));
  const unit = [{ bytes: 0, registers: 8 }, { bytes: 16, registers: 16 }, { bytes: 32, registers: 16 }, { bytes: 64, registers: 32 }][rng.int(4)] ?? { bytes: 16, registers: 16 };
  return {
    reduce,
    request: {
      loops, store: space.linear(at), loads: [load(), load()], unit, elementBytes: 4, initKnown: rng.int(2) === 0,
      vectorizable: () => rng.int(5) > 0, unrollLimit: rng.int(2) === 0 ? 1 : 64, uneven: rng.int(4) > 0,
    },
  };
}

/** Checks that the cuts compute every one of `extent` elements, each once unless `again`; says whether some are computed twice. */
function covered(cuts: readonly Cut[], extent: number, again: boolean): boolean {
  const times = new Array<number>(extent).fill(0);
  for (const cut of cuts) {
    for (let tile = 0; tile < cut.count; tile++) {
      for (const offset of cut.offsets) {
        for (let lane = 0; lane < cut.lanes; lane++) {
          const at = tile * cut.step + offset + lane;
          assert.ok(at >= 0 && at < extent, `element ${at} of ${extent}`);
          times[at] = (times[at] ?? 0) + 1;
        }
      }
    }
  }
  assert.ok(times.every((n) => n >= 1 && n <= (again ? 2 : 1)), `${extent}: ${times.join(' ')}`);
  return times.some((n) => n > 1);
}

test('cuts cover loops of any extent', () => {
  for (let extent = 1; extent <= 70; extent++) {
    for (let values = 1; values <= 14; values++) {
      assert.equal(covered(rowCuts(extent, Math.min(values, extent)), extent, false), false);
      for (const lanes of [4, 8, 16]) {
        if (extent < lanes) continue;
        covered(laneCuts(extent, lanes, values, true), extent, true);
        assert.equal(covered(laneCuts(extent, lanes, values, false), extent, false), false);
      }
    }
  }
});

test('tiles of 3000 random nests', () => {
  const rng = createRng(17);
  const seen = { lanes: 0, covers: 0, unrolled: 0, fallback: 0, unclear: 0, uneven: 0, again: 0 };
  for (let n = 0; n < 3000; n++) {
    const space = new IndexSpace();
    const { request: q, reduce } = request(rng, space);
    const tile = chooseTile(q);
    const what = `nest ${n}`;
    let accumulators = 1;
    q.loops.forEach((l, i) => {
      const cuts = tile.cuts[i] ?? [];
      const inside = i >= tile.regionStart && coefficient(q.store, l.var) !== undefined && !reduce.has(l);
      assert.equal(cuts.length > 0, inside, `${what}: loop ${i}`);
      if (i >= tile.regionStart) assert.notEqual(coefficient(q.store, l.var), undefined, `${what}: an unclear loop inside`);
      if (!inside) return;
      const again = tile.coversReduction && q.initKnown && i === tile.laneLoop;
      if (covered(cuts, l.extent, again)) seen.again++;
      if (cuts.length > 1) {
        assert.ok(q.uneven, what);
        seen.uneven++;
      }
      accumulators *= Math.max(...cuts.map((cut) => cut.offsets.length));
    });
    assert.ok(Number.isInteger(accumulators) && accumulators <= q.unit.registers, `${what}: ${accumulators} accumulators`);
    if (tile.laneLoop === undefined) {
      assert.equal(tile.lanes, 1);
    } else {
      const lane = q.loops[tile.laneLoop];
      assert.ok(lane && tile.laneLoop >= tile.regionStart && coefficient(q.store, lane.var) === 1, what);
      assert.ok(tile.lanes * q.elementBytes <= q.unit.bytes && tile.cuts[tile.laneLoop]?.every((cut) => cut.lanes <= tile.lanes), what);
      seen.lanes++;
    }
    const outside = q.loops.slice(0, tile.regionStart);
    const partial = outside.some((l) => reduce.has(l));
    if (tile.coversReduction) {
      assert.ok(!partial, `${what}: a reduction loop outside of a tile that says it covers the reduction`);
      assert.ok(q.loops.every((l) => coefficient(q.store, l.var) !== undefined), what);
      seen.covers++;
    }
    for (const i of tile.unrolled) assert.ok(i >= tile.regionStart && tile.isReduce[i], what);
    // What is unrolled are the innermost reduction loops: their order stays.
    const inner = tile.isReduce.flatMap((r, i) => (r && i >= tile.regionStart ? [i] : []));
    assert.deepEqual(tile.unrolled.slice().sort((a, b) => a - b), inner.slice(inner.length - tile.unrolled.length), what);
    if (tile.unrolled.length > 0) seen.unrolled++;
    if (tile.regionStart === q.loops.length) seen.fallback++;
    if (q.loops.some((l) => coefficient(q.store, l.var) === undefined)) seen.unclear++;
  }
  for (const [name, count] of Object.entries(seen)) assert.ok(count > 20, `${name}: ${count} nests`);
});

test('a matrix product fills the registers', () => {
  const space = new IndexSpace();
  const [i, j, k] = [variable('i'), variable('j'), variable('k')];
  const loops = [{ var: i, extent: 24 }, { var: j, extent: 64 }, { var: k, extent: 128 }];
  loops.forEach((l) => space.declare(l.var, l.extent));
  const at = (row: Expr, columns: number, column: Expr): Linear => space.linear(binary('add', binary('mul', row, int(columns)), column));
  const base = { loops, store: at(i, 64, j), loads: [at(i, 128, k), at(k, 64, j)], elementBytes: 4, initKnown: true, vectorizable: () => true, unrollLimit: 24, uneven: true };
  const narrow = chooseTile({ ...base, unit: { bytes: 32, registers: 16 } });
  const wide = chooseTile({ ...base, unit: { bytes: 64, registers: 32 } });
  const vectors = (t: typeof narrow): number => (t.cuts[0]?.[0]?.offsets.length ?? 0) * (t.cuts[1]?.[0]?.offsets.length ?? 0);
  assert.deepEqual([narrow.lanes, narrow.laneLoop, narrow.coversReduction], [8, 1, true]);
  assert.equal(wide.lanes, 16);
  assert.ok(vectors(narrow) >= 8 && vectors(narrow) <= 13, `${vectors(narrow)} vectors`);
  assert.ok(vectors(wide) >= 16 && vectors(wide) <= 28, `${vectors(wide)} vectors`);
});

test('a matrix product of 197 rows and columns has full tiles and remainders', () => {
  const space = new IndexSpace();
  const [i, j, k] = [variable('i'), variable('j'), variable('k')];
  const loops = [{ var: i, extent: 197 }, { var: j, extent: 197 }, { var: k, extent: 64 }];
  loops.forEach((l) => space.declare(l.var, l.extent));
  const at = (row: Expr, columns: number, column: Expr): Linear => space.linear(binary('add', binary('mul', row, int(columns)), column));
  const q = { loops, store: at(i, 197, j), loads: [at(i, 64, k), at(k, 197, j)], elementBytes: 4, initKnown: true, vectorizable: () => true, unrollLimit: 24, unit: { bytes: 32, registers: 16 } };
  const uneven = chooseTile({ ...q, uneven: true });
  const even = chooseTile({ ...q, uneven: false });
  assert.equal(even.lanes, 1);
  assert.equal(uneven.lanes, 8);
  const sizes = uneven.cuts.map((cuts) => cuts.map((cut) => cut.offsets.length));
  const full = (sizes[0]?.[0] ?? 0) * (sizes[1]?.[0] ?? 0);
  assert.ok(full >= 8 && full <= 13 && sizes[0]?.length === 2 && sizes[1]?.length === 2, JSON.stringify(sizes));
  assert.ok(uneven.rate > 4 * even.rate, `${uneven.rate} and ${even.rate} elements a cycle`);
});

test('vectors whose rows begin anywhere in a cache line cost two loads each, so that fewer of them are taken', () => {
  const space = new IndexSpace();
  const [i, j, k] = [variable('i'), variable('j'), variable('k')];
  const loops = [{ var: i, extent: 192 }, { var: j, extent: 192 }, { var: k, extent: 64 }];
  loops.forEach((l) => space.declare(l.var, l.extent));
  const at = (row: Expr, columns: number, column: Expr): Linear => space.linear(binary('add', binary('mul', row, int(columns)), column));
  const tileOf = (columns: number): ReturnType<typeof chooseTile> => chooseTile({
    loops, store: at(i, columns, j), loads: [at(i, 64, k), at(k, columns, j)], elementBytes: 4, initKnown: true, vectorizable: () => true, unrollLimit: 24, uneven: true, unit: { bytes: 64, registers: 32 },
  });
  const cycles = (tile: ReturnType<typeof chooseTile>, each: number): number => {
    const [rows = 0, vectors = 0] = tile.cuts.map((cuts) => cuts[0]?.offsets.length ?? 0);
    return (rows + each * vectors) / (rows * vectors);
  };
  const [aligned, anywhere] = [tileOf(192), tileOf(197)];
  assert.equal(anywhere.lanes, 16);
  assert.ok(cycles(anywhere, 2) <= 1, 'loads take no longer than multiply-adds');
  assert.ok(anywhere.rate <= aligned.rate);
});
