/** Blocks of weights are asked for before they are read: each cache line once at least, all but the first block's, and nothing where nothing is used again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elementCount } from '../../server/src/ir/buffer.js';
import type { Expr, Var } from '../../server/src/ir/expr.js';
import { compileState } from '../../server/src/session/compile.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { defaultSchedule } from '../../server/src/sketch/default-schedule.js';
import type { Kernel, KernelStmt, Value, VectorUnit } from '../../server/src/target/kernel/ir.js';
import type { Linear } from '../../server/src/target/kernel/linear.js';
import { taskOf } from './candidates.js';

const AVX512: VectorUnit = { bytes: 64, registers: 32 };
const AVX2: VectorUnit = { bytes: 32, registers: 16 };
const LINE = 16;

function kernelOf(tc: string, unit: VectorUnit): Kernel {
  const [def] = parseTc(tc).defs;
  assert.ok(def);
  return compileState(defaultSchedule(taskOf(def.dag), { vectorBytes: unit.bytes, registers: unit.registers, cacheBytes: 256 * 1024 }), 'k', unit).kernel;
}

function valueAt(e: Expr, at: ReadonlyMap<Var, number>): number {
  if (e.kind === 'int') return e.value;
  if (e.kind === 'var') return at.get(e) ?? NaN;
  assert.ok(e.kind === 'binary', `the index of a parameter is no ${e.kind}`);
  const [a, b] = [valueAt(e.a, at), valueAt(e.b, at)];
  switch (e.op) {
    case 'add': return a + b;
    case 'sub': return a - b;
    case 'mul': return a * b;
    case 'floordiv': return Math.floor(a / b);
    case 'floormod': return a - b * Math.floor(a / b);
    default: return NaN;
  }
}

function indexOf(l: Linear, at: ReadonlyMap<Var, number>): number {
  return l.terms.reduce((sum, t) => sum + t.coef * valueAt(t.atom, at), l.constant);
}

/** Share of the cache lines of parameter `position` that were asked for before they were first read, in the order of one thread; undefined: there is no hint. */
function announced(kernel: Kernel, position: number): number | undefined {
  const buffer = kernel.params[position];
  assert.ok(buffer);
  const asked = new Set<number>();
  const read = new Set<number>();
  let before = 0;
  let hints = 0;
  const values = new Map<Var, number>();
  const load = (v: Value): void => {
    if (v.kind !== 'load' || v.buffer !== buffer) return;
    const from = indexOf(v.index, values);
    for (let line = Math.floor(from / LINE); line <= Math.floor((from + v.lanes - 1) / LINE); line++) {
      if (read.has(line)) continue;
      read.add(line);
      if (asked.has(line)) before++;
    }
  };
  const run = (stmts: readonly KernelStmt[]): void => {
    for (const s of stmts) {
      if (s.kind === 'let') load(s.value);
      else if (s.kind === 'prefetch') {
        hints++;
        asked.add(Math.floor(indexOf(s.index, values) / LINE));
      } else if (s.kind === 'for' || s.kind === 'parallel') {
        for (let i = 0; i < s.extent; i++) {
          values.set(s.var, i);
          run(s.body);
        }
      }
    }
  };
  run(kernel.body);
  assert.ok(read.size === 0 || read.size === Math.ceil(elementCount(buffer.shape) / LINE), 'all of the weights are read');
  return hints === 0 ? undefined : before / read.size;
}

const dense = (rows: number, terms: number, columns: number): string => `def dense(float(${rows}, ${terms}) x, const float(${terms}, ${columns}) w) -> (out) {\n  out(i, j) +=! x(i, k) * w(k, j)\n}\n`;
const CONV = 'def conv(float(9, 9, 512) x, const float(3, 3, 512, 512) w) -> (out) {\n  out(y, z, f) +=! x(y + r, z + s, c) * w(r, s, c, f) where y in 0:7, z in 0:7, r in 0:3, s in 0:3, c in 0:512\n}\n';

test('nearly all weights of dense layers and convolutions are asked for in time', () => {
  for (const [tc, unit] of [[dense(128, 384, 384), AVX512], [dense(128, 768, 768), AVX512], [CONV, AVX512], [dense(128, 384, 384), AVX2], [CONV, AVX2]] as const) {
    const share = announced(kernelOf(tc, unit), 1);
    assert.ok(share !== undefined && share > 0.95, `${tc}, ${unit.bytes} bytes: ${share}`);
  }
});

test('operands that are small, or read once only, are not asked for', () => {
  assert.equal(announced(kernelOf(dense(64, 64, 64), AVX512), 1), undefined);
  assert.equal(announced(kernelOf(dense(1, 512, 512), AVX512), 1), undefined);
});
