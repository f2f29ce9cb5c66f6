/**
 * What is computed from a reduction's sums element by element (bias, activation, a shortcut's addition) while they are still in registers: the sums
 * are then never stored.
 *   before: for i, k { C[i] += A * B }  for i { O[i] = max(C[i] + b, 0) }      after: for i { for k { c += A * B }  O[i] = max(c + b, 0) }
 * The epilogue's loops are written in those of the reduction, whose tiling may differ: i = 4 * i.0 + i.1.
 */
import type { Buffer } from '../../ir/buffer.js';
import { binary, int, type Expr, type Var } from '../../ir/expr.js';
import type { Store } from '../../ir/program.js';
import { visitExpr } from '../../ir/walk.js';
import type { BuildContext } from './context.js';
import { isIndex } from './index-form.js';
import type { Register, Value } from './ir.js';
import { coefficient, linearKey, type Linear } from './linear.js';
import type { Loop, Nest } from './nest.js';
import { reads, substitute } from './value.js';
import { withOperands } from './value-walk.js';

/** The store of `epilogue` in terms of the loops of `reduction`; undefined if it does not go over the sums one by one, and they are all that it needs of them. */
export function epilogueOf(ctx: BuildContext, reduction: Nest, epilogue: Nest): Store | undefined {
  const sums = reduction.store.buffer;
  const { store } = epilogue;
  if (reads(store.value, store.buffer) || reads(reduction.store.value, store.buffer)) return undefined;
  const at = loadOf(ctx, store.value, sums);
  const by = at === undefined ? undefined : loopsIn(ctx.storage.flat(sums, reduction.store.indices), reduction.loops, at, epilogue.loops);
  return by === undefined ? undefined : { ...store, indices: store.indices.map((e) => substitute(e, by)), value: substitute(store.value, by) };
}

/** The one address at which `value` reads the buffer. */
function loadOf(ctx: BuildContext, value: Expr, buffer: Buffer): Linear | undefined {
  const found = new Map<string, Linear>();
  let irregular = false;
  visitExpr(value, (e) => {
    if (e.kind !== 'load' || e.buffer !== buffer) return;
    if (!e.indices.every(isIndex)) {
      irregular = true;
      return;
    }
    const flat = ctx.storage.flat(buffer, e.indices);
    found.set(linearKey(flat), flat);
  });
  return irregular || found.size !== 1 ? undefined : [...found.values()][0];
}

/** For each of `loops`, by which `at` goes over the same addresses as `sum` by `around`, its index in terms of `around`. */
function loopsIn(sum: Linear, around: readonly Loop[], at: Linear, loops: readonly Loop[]): ReadonlyMap<Var, Expr> | undefined {
  const without = (l: Linear, all: readonly Loop[]): string => linearKey({ ...l, terms: l.terms.filter((t) => !all.some((loop) => loop.var === t.atom)) });
  if (without(sum, around) !== without(at, loops)) return undefined;
  const steps = around.filter((l) => l.extent > 1).map((loop) => ({ loop, step: coefficient(sum, loop.var) })).filter(({ step }) => step !== 0);
  const by = new Map<Var, Expr>();
  let used = 0;
  for (const loop of loops) {
    if (loop.extent === 1) {
      by.set(loop.var, int(0));
      continue;
    }
    const step = coefficient(at, loop.var);
    if (step === undefined || step <= 0) return undefined;
    const own = steps.filter((s) => s.step !== undefined && s.step >= step && s.step < step * loop.extent).sort((a, b) => (a.step ?? 0) - (b.step ?? 0));
    let reach = 1;
    let index: Expr = int(0);
    for (const s of own) {
      if (s.step !== step * reach) return undefined;
      index = binary('add', index, binary('mul', s.loop.var, int(reach)));
      reach *= s.loop.extent;
    }
    if (reach !== loop.extent) return undefined;
    used += own.length;
    by.set(loop.var, index);
  }
  return used === steps.length ? by : undefined;
}

/** `value` with the register in place of what it reads of the sums. */
export function fromRegister(value: Value, sums: Buffer, register: Register): Value {
  return value.kind === 'load' && value.buffer === sums ? { kind: 'register', register } : withOperands(value, (v) => fromRegister(v, sums, register));
}
