/** Programs by hand: values, what is refused, and the text for people. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBuffer } from '../../server/src/ir/buffer.js';
import { binary, float, int, load, variable, type Expr } from '../../server/src/ir/expr.js';
import { interpretProgram } from '../../server/src/ir/interpret.js';
import { printProgram } from '../../server/src/ir/print.js';
import type { Program, Stmt } from '../../server/src/ir/program.js';

const A = createBuffer('A', [5, 4], 'float32');
const B = createBuffer('B', [4, 6], 'float32');
const C = createBuffer('C', [5, 6], 'float32');
const local = createBuffer('C', [5, 6], 'float32');
const [io, ii, j, k, c] = [variable('i.0'), variable('i.1'), variable('j'), variable('k'), variable('j.c')];
const plus = (a: Expr, b: Expr): Expr => binary('add', a, b);
const i = plus(binary('mul', io, int(3)), ii);
const inside = binary('lt', i, int(5));

/** A product in tiles of three rows (the last is cut), each row in a local buffer first. */
function product(change: (parts: { init: Stmt; update: Stmt; copy: Stmt }) => Stmt = ({ init, update, copy }) => ({ kind: 'seq', stmts: [init, update, copy] }), minimum: Expr = i): Program {
  const init: Stmt = { kind: 'for', var: c, extent: 6, loop: 'vectorize', body: { kind: 'store', buffer: local, indices: [i, c], value: float(0) } };
  const update: Stmt = {
    kind: 'for', var: k, extent: 4, loop: 'serial',
    body: { kind: 'for', var: c, extent: 6, loop: 'vectorize', body: { kind: 'store', buffer: local, indices: [i, c], value: plus(load(local, [i, c]), binary('mul', load(A, [i, k]), load(B, [k, c]))) } },
  };
  const copy: Stmt = { kind: 'for', var: j, extent: 6, loop: 'unroll', body: { kind: 'store', buffer: C, indices: [i, j], value: load(local, [i, j]) } };
  const row: Stmt = { kind: 'realize', buffer: local, region: [{ min: minimum, extent: 1 }, { min: int(0), extent: 6 }], scope: 'local', body: change({ init, update, copy }) };
  const body: Stmt = {
    kind: 'realize', buffer: C, region: [{ min: int(0), extent: 5 }, { min: int(0), extent: 6 }], scope: 'global',
    body: { kind: 'for', var: io, extent: 2, loop: 'parallel', body: { kind: 'pragma', autoUnrollMaxStep: 16, body: { kind: 'for', var: ii, extent: 3, loop: 'serial', body: { kind: 'if', cond: inside, likely: true, body: row } } } },
  };
  return { inputs: [A, B], outputs: [C], body };
}

const a = Array.from({ length: 20 }, (_, n) => ((n * 7) % 11) / 3 - 1);
const b = Array.from({ length: 24 }, (_, n) => ((n * 5) % 13) / 7 - 1);
const inputs = new Map([[A, a], [B, b]]);

function expected(round: (v: number) => number): number[] {
  const out: number[] = [];
  for (let r = 0; r < 5; r++) for (let s = 0; s < 6; s++) {
    let sum = 0;
    for (let t = 0; t < 4; t++) sum = round(sum + round(round(a[r * 4 + t] ?? NaN) * round(b[t * 6 + s] ?? NaN)));
    out.push(sum);
  }
  return out;
}

test('a tiled product in double precision and in float32', () => {
  assert.deepEqual([...(interpretProgram(product(), inputs).get(C) ?? [])], expected((v) => v));
  const single = new Map([[A, Float32Array.from(a)], [B, Float32Array.from(b)]]);
  assert.deepEqual([...(interpretProgram(product(), single, { rounded: true }).get(C) ?? [])], expected(Math.fround));
});

for (const [what, program, message] of [
  ['reading before writing', product(({ update, copy }) => ({ kind: 'seq', stmts: [update, copy] })), /C\[0, 0\] is read before it is written/],
  ['outside of the realised region', product(undefined, io), /index 1 of dimension 0 is outside of 0 \+: 1/],
  ['an output that is not written', product(({ init }) => init), /element 0 of C was never written/],
  ['a buffer that is not realised', { inputs: [A], outputs: [C], body: { kind: 'store', buffer: C, indices: [int(0), int(0)], value: load(B, [int(0), int(0)]) } }, /realised region of B is missing/],
  ['shared memory', { inputs: [], outputs: [], body: { kind: 'realize', buffer: C, region: [], scope: 'shared', body: { kind: 'seq', stmts: [] } } }, /shared between threads/],
] as const satisfies readonly (readonly [string, Program, RegExp])[]) {
  test(what, () => { assert.throws(() => interpretProgram(program, inputs), message); });
}

test('wrong inputs', () => {
  assert.throws(() => interpretProgram(product(), new Map([[A, a]])), /values of B is missing/);
  assert.throws(() => interpretProgram(product(), new Map([[A, a], [B, [1]]])), /1 values for 24 elements/);
});

test('threads: an inner axis of the same tag is the same thread', () => {
  const [t, u] = [variable('t'), variable('u')];
  const body: Stmt = {
    kind: 'thread', var: t, extent: 5, tag: 'threadIdx.x', body: {
      kind: 'thread', var: u, extent: 5, tag: 'threadIdx.x', body: { kind: 'for', var: j, extent: 6, loop: 'serial', body: { kind: 'store', buffer: C, indices: [t, j], value: load(A, [u, int(1)]) } },
    },
  };
  const out = interpretProgram({ inputs: [A], outputs: [C], body }, inputs).get(C);
  assert.deepEqual([out?.[0], out?.[29]], [a[1], a[17]]);
});

test('the text for people', () => {
  assert.equal(printProgram(product()), `inputs A: float32[5, 4], B: float32[4, 6]
outputs C: float32[5, 6]
realize C[0 +: 5, 0 +: 6] global float32:
  parallel i.0 in 0:2:
    unroll up to 16 steps:
      for i.1 in 0:3:
        if likely(i.0 * 3 + i.1 < 5):
          realize C_2[(i.0 * 3 + i.1) +: 1, 0 +: 6] local float32:
            vectorize j.c in 0:6:
              C_2[i.0 * 3 + i.1, j.c] = 0
            for k in 0:4:
              vectorize j.c in 0:6:
                C_2[i.0 * 3 + i.1, j.c] = C_2[i.0 * 3 + i.1, j.c] + A[i.0 * 3 + i.1, k] * B[k, j.c]
            unroll j in 0:6:
              C[i.0 * 3 + i.1, j] = C_2[i.0 * 3 + i.1, j]
`);
});
