/** Perfect nests: a chain of loops around one store. */
import { int, type Expr, type Var } from '../../ir/expr.js';
import type { Stmt, Store } from '../../ir/program.js';
import type { BinaryValueOp } from './ir.js';
import { reads } from './value.js';

export interface Loop { readonly var: Var; readonly extent: number }

export interface Nest {
  /** Outermost first. */
  readonly loops: readonly Loop[];
  readonly store: Store;
  /** The largest auto-unroll pragma seen on the way (0: none). */
  readonly autoUnroll: number;
}

/** What stands for the loops' variables in each of their iterations, the first loop moving slowest; each has `by` as well. */
export function iterationsOf(loops: readonly Loop[], by: ReadonlyMap<Var, Expr> = new Map()): Map<Var, Expr>[] {
  return loops.reduce<Map<Var, Expr>[]>((all, loop) => all.flatMap((one) => Array.from({ length: loop.extent }, (_, i) => new Map(one).set(loop.var, int(i)))), [new Map(by)]);
}

/** The chain of loops from a statement down, and what stands below them. Parallel loops count as serial. */
export interface Chain {
  /** Outermost first. */
  readonly loops: readonly Loop[];
  readonly autoUnroll: number;
  /** One of the loops is parallel. */
  readonly parallel: boolean;
  readonly below: Stmt;
}

export function chainOf(stmt: Stmt): Chain {
  const loops: Loop[] = [];
  let autoUnroll = 0;
  let parallel = false;
  let at = stmt;
  for (;;) {
    if (at.kind === 'for') {
      loops.push({ var: at.var, extent: at.extent });
      parallel ||= at.loop === 'parallel';
      at = at.body;
    } else if (at.kind === 'pragma') {
      autoUnroll = Math.max(autoUnroll, at.autoUnrollMaxStep);
      at = at.body;
    } else if (at.kind === 'seq' && at.stmts.length === 1 && at.stmts[0]) {
      at = at.stmts[0];
    } else {
      return { loops, autoUnroll, parallel, below: at };
    }
  }
}

/** The nest of a chain, or undefined if something else stands between its loops and the store. */
export function perfectNest({ loops, autoUnroll, below }: Chain): Nest | undefined {
  return below.kind === 'store' ? { loops, store: below, autoUnroll } : undefined;
}

/** Loops around the store of a number (at `start`) and the nest of the update that follows it: the loops of both in one nest, and the number. */
export interface InitNest { readonly nest: Nest; readonly initial: number; readonly start: readonly Expr[]; readonly around: readonly Loop[] }

/** The nest of a chain that ends in such a pair. */
export function initNest({ loops: around, below }: Chain): InitNest | undefined {
  const [init, update] = below.kind === 'seq' && below.stmts.length === 2 ? below.stmts : [];
  const inner = update === undefined ? undefined : perfectNest(chainOf(update));
  if (init?.kind !== 'store' || inner === undefined || inner.store.buffer !== init.buffer || (init.value.kind !== 'float' && init.value.kind !== 'int')) return undefined;
  return { nest: { ...inner, loops: [...around, ...inner.loops] }, initial: init.value.value, start: init.indices, around };
}

/** The update of a reduction: `buffer[indices] = buffer[indices] op source`. */
export interface Update { readonly op: BinaryValueOp; readonly source: Expr }

/** Reads a store as a reduction's update, or undefined; the source of an update does not read the buffer. */
export function asUpdate(store: Store, textOf: (e: Expr) => string): Update | undefined {
  const { value } = store;
  if (value.kind !== 'binary') return undefined;
  const op = value.op;
  if (op !== 'add' && op !== 'mul' && op !== 'max' && op !== 'min') return undefined;
  const isSelf = (e: Expr): boolean =>
    e.kind === 'load' && e.buffer === store.buffer && e.indices.every((x, d) => {
      const own = store.indices[d];
      return own !== undefined && (x === own || textOf(x) === textOf(own));
    });
  const source = isSelf(value.a) ? value.b : isSelf(value.b) ? value.a : undefined;
  return source === undefined || reads(source, store.buffer) ? undefined : { op, source };
}
