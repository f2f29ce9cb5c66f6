/** The updates of a register tile: what is added to each sum in one turn of the loops around them. */
import { mentions } from '../../ir/walk.js';
import type { Expr } from '../../ir/expr.js';
import type { BuildContext } from './context.js';
import { allOf, type Guarded } from './guard.js';
import type { Condition, KernelStmt, Register, Value } from './ir.js';
import type { Loop, Update } from './nest.js';
import { dealtOut, furtherSums, iterationCount, joinParts, NO_PARTS, partCounts, startParts, sumsOf, turnLoops, type Parts } from './partial-sums.js';
import { pressure } from './pressure.js';
import { Block } from './registers.js';
import { byColumns, ordered, type Accumulator, type Axis, type Step } from './update-order.js';
import { conditionOf, substitute, valueOf, type Lanes } from './value.js';

/** The outputs of a tile: one for each combination of the values that the axes take in it. */
export interface Outputs { readonly axes: readonly Axis[]; readonly accumulators: readonly Accumulator[]; readonly lanes: Lanes | undefined }

/** What a tile does between the start of its sums and their stores: `loops` around `updates`, and `guards` to test there; before and behind them, what more sums need. */
export interface Turn {
  readonly loops: readonly Loop[];
  readonly guards: readonly Expr[];
  readonly updates: readonly KernelStmt[];
  readonly before: readonly KernelStmt[];
  readonly behind: readonly KernelStmt[];
}

/** The updates inside the reduction's `loops`, with several sums for each output where one would wait for itself and the registers have room. */
export function turnOf(ctx: BuildContext, guarded: Guarded, outputs: Outputs, loops: readonly Loop[], unrolled: readonly Loop[], stored: Register['dtype']): Turn | undefined {
  const { update } = guarded;
  const { axes, accumulators } = outputs;
  const inside = [...axes.map((axis) => axis.loop), ...unrolled];
  const within = guarded.guards.filter((g) => inside.some((l) => mentions(g, l.var)));
  const updates = updatesOf(ctx, { update, guards: within }, outputs, unrolled, stored, NO_PARTS);
  if (updates === undefined) return undefined;
  const plain: Turn = { loops, guards: guarded.guards.filter((g) => !within.includes(g)), updates, before: [], behind: [] };
  if (ctx.unit === undefined || guarded.guards.length > 0) return plain;
  for (const count of partCounts(update, iterationCount([...loops, ...unrolled]), accumulators, updates)) {
    const turn = turnLoops(ctx, loops, unrolled, count, accumulators.length);
    if (turn === undefined) continue;
    const parts = furtherSums(ctx, accumulators, count);
    const more = updatesOf(ctx, { update: { ...update, source: substitute(update.source, turn.by) }, guards: [] }, outputs, turn.unrolled, stored, parts);
    if (more === undefined || sumsOf(accumulators, parts) + pressure(more) > ctx.unit.registers) continue;
    return { loops: turn.loops, guards: [], updates: more, before: startParts(parts, update.op), behind: joinParts(parts, update.op) };
  }
  return plain;
}

/**
 * The updates of all accumulators for all steps of the unrolled loops: row by row, or if that needs more registers than there are, column by column
 * where it needs fewer. Each sum keeps the order of its terms.
 */
function updatesOf(ctx: BuildContext, guarded: Guarded, outputs: Outputs, unrolled: readonly Loop[], stored: Register['dtype'], parts: Parts): KernelStmt[] | undefined {
  const { axes, accumulators, lanes } = outputs;
  const inOrder = (sums: readonly Accumulator[]): KernelStmt[] | undefined => updatesInOrder(ctx, guarded, dealtOut(ordered(ctx, guarded.update, axes, sums, unrolled), parts), lanes, stored);
  const rows = inOrder(accumulators);
  if (rows === undefined || lanes === undefined || ctx.unit === undefined || sumsOf(accumulators, parts) + pressure(rows) <= ctx.unit.registers) return rows;
  const columns = inOrder(byColumns(axes, accumulators));
  return columns !== undefined && pressure(columns) < pressure(rows) ? columns : rows;
}

/** Updates in this order; neighbours under the same open conditions share one test. */
function updatesInOrder(ctx: BuildContext, { update, guards }: Guarded, steps: readonly Step[], lanes: Lanes | undefined, stored: Register['dtype']): KernelStmt[] | undefined {
  const groups: { readonly key: string; readonly tests: readonly Condition[]; readonly block: Block }[] = [];
  for (const { accumulator: { register, by }, step } of steps) {
    const placed = (e: Expr): Expr => substitute(substitute(e, by), step);
    const tests = guards.map((g) => conditionOf(ctx, placed(g), undefined)).filter((c) => c !== true);
    if (tests.includes(false)) continue;
    const source = valueOf(ctx, placed(update.source), lanes);
    if (source === undefined) return undefined;
    const open = tests.filter((c) => typeof c === 'object');
    const key = open.map((c) => (c.kind === 'index' ? ctx.space.text(c.expr) : '')).join(' ');
    let group = groups.at(-1);
    if (group?.key !== key) {
      group = { key, tests: open, block: new Block(ctx.registers, ctx.space) };
      groups.push(group);
    }
    const { block } = group;
    const term = block.hoistLoads(source);
    block.stmts.push({ kind: 'set', register, value: accumulate(update, register, register.dtype === stored ? term : { kind: 'cast', a: term, lanes: register.lanes, dtype: register.dtype }) });
  }
  return groups.flatMap(({ tests, block }): readonly KernelStmt[] => (tests.length === 0 ? block.stmts : [{ kind: 'if', cond: allOf(tests), body: block.stmts }]));
}

function accumulate(update: Update, register: Register, source: Value): Value {
  const acc: Value = { kind: 'register', register };
  const { lanes, dtype } = register;
  if (update.op === 'add' && source.kind === 'binary' && source.op === 'mul') return { kind: 'fma', a: source.a, b: source.b, c: acc, lanes, dtype };
  return { kind: 'binary', op: update.op, a: acc, b: source, lanes, dtype };
}

