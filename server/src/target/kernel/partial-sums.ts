/**
 * Partial sums: a tile of few outputs waits for the end of each multiply-add before the next one of the same sum. Every output gets several sums, each of
 * every n-th term, whose latencies overlap; they are put together behind the reduction.
 *   before: for k { s += x[k] }      after: for k.0 { s0 += x[4 k.0]; s1 += x[4 k.0 + 1]; .. }  s = (s0 + s1) + (s2 + s3)
 * Terms come in another order than the program says, as in row-reduce.ts; tolerances of checks allow for it.
 */
import { binary, int, variable, type Expr, type Var } from '../../ir/expr.js';
import type { BuildContext } from './context.js';
import type { KernelStmt, Register, Value } from './ir.js';
import type { Loop, Update } from './nest.js';
import { FMA_LATENCY, PER_CYCLE } from './tile-cycles.js';
import type { Accumulator, Step } from './update-order.js';

/** Terms of a sum from which on it is worth it: with fewer, the processor overlaps one tile with the next. */
const LEAST_TERMS = 32;
/** Sums of an output, at most: eight were as fast. */
const MOST_PARTS = 4;
/** Updates that stand in one turn of the loop, at most. */
const MOST_UPDATES = 48;

/** The numbers of sums for each output that are worth a try, the best first. `updates`: of one turn of the loops. */
export function partCounts({ op }: Update, terms: number, sums: readonly Accumulator[], updates: readonly KernelStmt[]): readonly number[] {
  if (terms < LEAST_TERMS || (op !== 'add' && op !== 'max' && op !== 'min') || sums[0]?.register.dtype !== 'float32') return [];
  const done = updates.filter((s) => s.kind === 'set').length;
  const loads = updates.filter((s) => s.kind === 'let').length;
  // Cycles for one term of each output where nothing waits.
  const cycles = (Math.max(1, loads / done) * sums.length) / PER_CYCLE;
  const wanted = Math.min(MOST_PARTS, Math.ceil(FMA_LATENCY / cycles));
  return Array.from({ length: Math.max(0, wanted - 1) }, (_, i) => wanted - i);
}

/** A reduction's loops, those whose iterations are written out in a turn, and what stands for the variable of a loop that was split. */
export interface TurnLoops { readonly loops: readonly Loop[]; readonly unrolled: readonly Loop[]; readonly by: ReadonlyMap<Var, Expr> }

/** Loops whose turns have a term at least for each of `parts` sums of `outputs`: these where so many are written out anyway, or some turns of the innermost one together. */
export function turnLoops(ctx: BuildContext, loops: readonly Loop[], unrolled: readonly Loop[], parts: number, outputs: number): TurnLoops | undefined {
  const steps = iterationCount(unrolled);
  if (steps >= parts) return { loops, unrolled, by: new Map() };
  const last = loops.at(-1);
  if (last === undefined || last.extent % parts !== 0 || last.extent === parts || outputs * steps * parts > MOST_UPDATES) return undefined;
  const outer: Loop = { var: variable(`${last.var.name}_p`), extent: last.extent / parts };
  const inner: Loop = { var: variable(`${last.var.name}_s`), extent: parts };
  for (const loop of [outer, inner]) ctx.space.declare(loop.var, loop.extent);
  return {
    loops: [...loops.slice(0, -1), outer], unrolled: [inner, ...unrolled],
    by: new Map([[last.var, binary('add', binary('mul', outer.var, int(parts)), inner.var)]]),
  };
}

export function iterationCount(loops: readonly Loop[]): number {
  return loops.reduce((n, l) => n * l.extent, 1);
}

/** The further sums of each output. */
export type Parts = ReadonlyMap<Accumulator, readonly Register[]>;

export const NO_PARTS: Parts = new Map();

/** How many sums there are in all. */
export function sumsOf(sums: readonly Accumulator[], parts: Parts): number {
  return sums.reduce((n, sum) => n + 1 + (parts.get(sum)?.length ?? 0), 0);
}

export function furtherSums(ctx: BuildContext, sums: readonly Accumulator[], parts: number): Parts {
  return new Map(sums.map((sum) => [sum, Array.from({ length: parts - 1 }, () => ctx.registers.create(sum.register.lanes, sum.register.dtype))]));
}

/** The steps with each output's terms dealt out to its sums in turn. */
export function dealtOut(steps: readonly Step[], parts: Parts): readonly Step[] {
  const next = new Map<Accumulator, number>();
  return steps.map(({ accumulator, step }) => {
    const registers = [accumulator.register, ...parts.get(accumulator) ?? []];
    const at = next.get(accumulator) ?? 0;
    next.set(accumulator, (at + 1) % registers.length);
    return { accumulator: { ...accumulator, register: registers[at] ?? accumulator.register }, step };
  });
}

/** Declares the further sums: with no term yet, or, where a term may count twice, as the first sum starts. */
export function startParts(parts: Parts, op: Update['op']): KernelStmt[] {
  return [...parts].flatMap(([{ register: first }, further]) => further.map((register): KernelStmt => (
    { kind: 'let', register, value: op === 'add' ? { kind: 'const', value: 0, lanes: first.lanes, dtype: first.dtype } : { kind: 'register', register: first } })));
}

/** Puts the further sums into the first, two by two. */
export function joinParts(parts: Parts, op: Update['op']): KernelStmt[] {
  if (op !== 'add' && op !== 'max' && op !== 'min') return [];
  return [...parts].map(([{ register }, further]): KernelStmt => {
    let all: Value[] = [register, ...further].map((r) => ({ kind: 'register', register: r }));
    while (all.length > 1) {
      all = all.flatMap((a, i): Value[] => {
        const b = all[i + 1];
        return i % 2 === 1 ? [] : [b === undefined ? a : { kind: 'binary', op, a, b, lanes: register.lanes, dtype: register.dtype }];
      });
    }
    return { kind: 'set', register, value: all[0] ?? { kind: 'register', register } };
  });
}
