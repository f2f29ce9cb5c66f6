/** Constants of networks that run in turn: equal forms are kept once, others beside them, and none longer than somebody uses it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { lazy, type LazyTensor } from '../../server/src/model/tensor.js';
import { rewriteLayouts } from '../../server/src/lower/layout-transform.js';
import type { LayoutRewrite } from '../../server/src/lower/layout-rewrite.js';
import { err, ok, type Result } from '../../server/src/base/result.js';
import type { MeasureError } from '../../server/src/measure/errors.js';
import { DEFAULT_MACHINE, defaultSchedule } from '../../server/src/sketch/default-schedule.js';
import { BufferIds } from '../../server/src/session/task-bench.js';
import { constantBytes, StoredConstants, type PackedConstant } from '../../server/src/session/stored-constants.js';
import { taskOf } from '../target/candidates.js';

const [K, N] = [8, 16];

function rewriteOf(lanes: number): LayoutRewrite {
  const [def] = parseTc(`def d(float(32, ${K}) A, const float(${K}, ${N}) W) -> (C) {\n C(i, j) +=! A(i, k) * W(k, j)\n}`).defs;
  const dag: ComputeDag | undefined = def?.dag;
  assert.ok(dag);
  const [rewrite] = rewriteLayouts(defaultSchedule(taskOf(dag), { ...DEFAULT_MACHINE, vectorBytes: 4 * lanes }), 2).rewrites;
  assert.ok(rewrite);
  return rewrite;
}

/** Keeps what is stored, and counts. */
function runner(failing = 0): { readonly kept: Map<number, Uint8Array>; stores: number; store(id: number, data: Uint8Array): Promise<Result<void, MeasureError>>; drop(id: number): Promise<void> } {
  const kept = new Map<number, Uint8Array>();
  return {
    kept, stores: 0,
    store(id, data) {
      if (this.stores++ < failing) return Promise.resolve(err({ kind: 'runner', message: 'gone' }));
      kept.set(id, data);
      return Promise.resolve(ok(undefined));
    },
    drop(id) {
      assert.ok(kept.delete(id), 'dropped once');
      return Promise.resolve();
    },
  };
}

const tensor = (factor: number): LazyTensor => lazy({ dtype: 'float32', shape: [K, N] }, () => ok({ dtype: 'float32', shape: [K, N], data: Float32Array.from({ length: K * N }, (_, i) => factor * i) }));

test('equal forms are made and kept once, until the last one who took them lets go', async () => {
  const at = runner();
  const constants = new StoredConstants(at, new BufferIds());
  const weights = tensor(1);
  const form = (rewrite: LayoutRewrite | undefined, constant = weights): PackedConstant => ({ constant, rewrite });
  // The rewrites are equal, not the same.
  const [a, b] = await Promise.all([constants.take(form(rewriteOf(4))), constants.take(form(rewriteOf(4)))]);
  const [plain, wide, other] = [await constants.take(form(undefined)), await constants.take(form(rewriteOf(8))), await constants.take(form(undefined, tensor(2)))];
  assert.ok(a.ok && b.ok && plain.ok && wide.ok && other.ok);
  assert.equal(a.value, b.value);
  assert.deepEqual([new Set([a, plain, wide, other].map((x) => x.value)).size, at.stores], [4, 4]);
  for (const [id, packed] of [[a, form(rewriteOf(4))], [plain, form(undefined)], [wide, form(rewriteOf(8))], [other, form(undefined, tensor(2))]] as const) {
    const bytes = constantBytes(packed);
    assert.ok(bytes.ok && Buffer.compare(bytes.value, at.kept.get(id.value) ?? new Uint8Array()) === 0);
  }
  await constants.release(form(rewriteOf(4)));
  assert.ok(at.kept.has(a.value));
  await constants.release(form(rewriteOf(4)));
  assert.ok(!at.kept.has(a.value));
  for (const packed of [form(undefined), form(rewriteOf(8))]) await constants.release(packed);
  assert.deepEqual([...at.kept.keys()], [other.value]);
  const again = await constants.take(form(rewriteOf(4)));
  assert.ok(again.ok && at.stores === 5);
});

test('what is computed from one tensor by one algorithm is one constant, whichever plan it stands in', async () => {
  const at = runner();
  const constants = new StoredConstants(at, new BufferIds());
  const weights = tensor(1);
  const [first, second] = [{}, {}];
  const by = (algorithm: object): PackedConstant => ({ constant: { ...tensor(3), made: { from: weights, by: algorithm } }, rewrite: undefined });
  const ids = [await constants.take(by(first)), await constants.take(by(first)), await constants.take(by(second)), await constants.take({ constant: weights, rewrite: undefined })];
  assert.equal(new Set(ids.map((id) => (id.ok ? id.value : 0))).size, 3);
  for (const packed of [by(first), by(second), by(first), { constant: weights, rewrite: undefined }]) await constants.release(packed);
  assert.equal(at.kept.size, 0);
});

test('one that could not be kept is tried again', async () => {
  const at = runner(1);
  const constants = new StoredConstants(at, new BufferIds());
  const packed: PackedConstant = { constant: tensor(1), rewrite: undefined };
  assert.deepEqual(await constants.take(packed), err('gone'));
  const taken = await constants.take(packed);
  assert.ok(taken.ok);
  await constants.release(packed);
  assert.equal(at.kept.size, 0);
});
