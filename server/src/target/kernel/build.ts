/**
 * Kernels from programs: storage, parallel loops, and per perfect nest either a register tile (reductions) or lanes (element-wise).
 * What fits neither form becomes plain scalar code.
 */
import type { Buffer } from '../../ir/buffer.js';
import type { Expr } from '../../ir/expr.js';
import type { Program, Stmt } from '../../ir/program.js';
import { visitExpr } from '../../ir/walk.js';
import { BuildContext } from './context.js';
import { CodegenError } from './error.js';
import type { Kernel, KernelStmt, VectorUnit } from './ir.js';
import { widenHalves } from './half.js';
import { IndexSpace, linearKey, type Linear } from './linear.js';
import { emitMap, scalarNest } from './map.js';
import { asUpdate, chainOf, initNest, perfectNest, type Chain, type Loop, type Nest } from './nest.js';
import { eachApart, startsAll } from './addresses.js';
import { emitReduction } from './reduce.js';
import { Storage } from './storage.js';
import { unfuse } from './unfuse.js';
import { conditionOf, reads } from './value.js';

export { CodegenError } from './error.js';

export interface KernelOptions {
  readonly symbol: string;
  /** Undefined: scalar code, with a few scalar sums at a time (the naive baseline). */
  readonly unit: VectorUnit | undefined;
}

/** Builds the kernel of a program. @throws CodegenError */
export function buildKernel(original: Program, options: KernelOptions): Kernel {
  const program = widenHalves(original);
  const space = new IndexSpace();
  const params: Buffer[] = [...program.inputs, ...program.outputs];
  const storage = new Storage(space, params);
  const ctx = new BuildContext(space, storage, options.unit, program.zeros ?? new Map());
  const body = new StmtBuilder(ctx, readersOf(program.body)).walk(program.body, false);
  return {
    symbol: options.symbol, body, params, outputCount: program.outputs.length,
    placements: storage.placements, workspace: storage.workspace(), names: space.allNames(),
  };
}

class StmtBuilder {
  /** `readers`: how many stores read each buffer. */
  constructor(private readonly ctx: BuildContext, private readonly readers: ReadonlyMap<Buffer, number>) {}

  walk(stmt: Stmt, insideParallel: boolean): KernelStmt[] {
    const { ctx } = this;
    switch (stmt.kind) {
      case 'seq': return this.sequence(stmt.stmts, insideParallel);
      case 'pragma':
        return this.nest(stmt, insideParallel) ?? this.walk(stmt.body, insideParallel);
      case 'for': {
        // Tensors without elements: nothing runs, and index arithmetic by their extents has no meaning.
        if (stmt.extent === 0) return [];
        ctx.space.declare(stmt.var, stmt.extent);
        if (stmt.loop === 'parallel' && !insideParallel) {
          return [{ kind: 'parallel', var: stmt.var, extent: stmt.extent, body: this.walk(stmt.body, true) }];
        }
        return this.nest(stmt, insideParallel)
          ?? [{ kind: 'for', var: stmt.var, extent: stmt.extent, body: this.walk(stmt.body, insideParallel) }];
      }
      case 'realize': {
        if (ctx.storage.isParam(stmt.buffer)) return this.walk(stmt.body, insideParallel);
        return ctx.storage.realize(stmt, insideParallel, () => this.walk(stmt.body, insideParallel));
      }
      case 'if': {
        const cond = conditionOf(ctx, stmt.cond, undefined);
        if (cond === true) return this.walk(stmt.body, insideParallel);
        if (cond === false) return [];
        if (cond === undefined) throw new CodegenError('this condition has no form in code');
        return [{ kind: 'if', cond, body: this.walk(stmt.body, insideParallel) }];
      }
      case 'store': {
        const code = this.nest(stmt, insideParallel) ?? scalarNest(ctx, [], { loops: [], store: stmt, autoUnroll: 0 }, new Map());
        if (code === undefined) throw new CodegenError(`the value stored to ${stmt.buffer.name} has no form in code`);
        return code;
      }
      case 'thread': case 'allreduce':
        throw new CodegenError('thread axes have no form on a CPU');
    }
  }

  /** Statements in order; a store of the neutral value directly before its reduction may merge with it, and what alone reads its sums directly behind it. */
  private sequence(all: readonly Stmt[], insideParallel: boolean): KernelStmt[] {
    const stmts = flat(all);
    const out: KernelStmt[] = [];
    for (let i = 0; i < stmts.length; i++) {
      const first = stmts[i];
      const second = stmts[i + 1];
      if (first === undefined) continue;
      const merged = second === undefined ? undefined : this.initAndUpdate(first, second, stmts[i + 2], insideParallel);
      if (merged !== undefined) {
        out.push(...merged.stmts);
        i += merged.used - 1;
      } else {
        out.push(...this.walk(first, insideParallel));
      }
    }
    return out;
  }

  /** Code for the first two statements, or for all three (`used`). */
  private initAndUpdate(first: Stmt, second: Stmt, third: Stmt | undefined, insideParallel: boolean): { readonly stmts: KernelStmt[]; readonly used: number } | undefined {
    const { ctx } = this;
    const [above, below] = [chainOf(first), chainOf(second)];
    if (!insideParallel && (above.parallel || below.parallel)) return undefined;
    const init = this.perfect(above);
    const update = this.perfect(below);
    if (init === undefined || update === undefined || isEmpty(init) || isEmpty(update) || init.store.buffer !== update.store.buffer) return undefined;
    const { value } = init.store;
    if (value.kind !== 'float' && value.kind !== 'int') return undefined;
    const read = asUpdate(update.store, (e) => ctx.space.text(e));
    if (read === undefined) return undefined;
    const at = ({ store, loops }: Nest): { at: Linear; loops: readonly Loop[] } => ({ at: ctx.storage.flat(store.buffer, store.indices), loops });
    const initial = startsAll(at(init), at(update)) ? value.value : undefined;
    const code = emitReduction(ctx, update, read, initial, this.epilogue(update.store.buffer, third, insideParallel));
    if (code === undefined) return undefined;
    const stmts = code.usedInitial ? [...code.stmts] : [...this.walk(first, insideParallel), ...code.stmts];
    return { stmts, used: code.usedEpilogue ? 3 : 2 };
  }

  /** The nest of `stmt` if it alone reads the sums, beside the reduction itself, and they are kept for it only. */
  private epilogue(sums: Buffer, stmt: Stmt | undefined, insideParallel: boolean): Nest | undefined {
    const { ctx } = this;
    if (stmt === undefined || ctx.unit === undefined || ctx.storage.isParam(sums) || this.readers.get(sums) !== 2) return undefined;
    const chain = chainOf(stmt);
    const nest = chain.parallel && !insideParallel ? undefined : this.perfect(chain);
    return nest === undefined || isEmpty(nest) || nest.store.buffer === sums || !reads(nest.store.value, sums) ? undefined : nest;
  }

  private nest(stmt: Stmt, insideParallel: boolean): KernelStmt[] | undefined {
    const chain = chainOf(stmt);
    if (!insideParallel && chain.parallel) return undefined;
    const nest = this.perfect(chain);
    if (nest === undefined) return this.initInside(chain);
    if (isEmpty(nest)) return [];
    const update = asUpdate(nest.store, (e) => this.ctx.space.text(e));
    if (update !== undefined) return emitReduction(this.ctx, nest, update, undefined)?.stmts.slice();
    // What reads its own buffer depends on the order of its iterations: loops as they stand.
    return reads(nest.store.value, nest.store.buffer) ? undefined : emitMap(this.ctx, nest);
  }

  /** Loops around an output's neutral value and its reduction: all outputs together, so that a tile may reach over them. */
  private initInside(chain: Chain): KernelStmt[] | undefined {
    const { ctx } = this;
    const found = ctx.unit === undefined ? undefined : initNest(chain);
    if (found === undefined || found.around.length === 0 || isEmpty(found.nest)) return undefined;
    found.nest.loops.forEach((l) => ctx.space.declare(l.var, l.extent));
    const { buffer, indices } = found.nest.store;
    const at = ctx.storage.flat(buffer, indices);
    if (linearKey(at) !== linearKey(ctx.storage.flat(buffer, found.start)) || !eachApart(at, found.around)) return undefined;
    const nest = unfuse(found.nest, ctx.space);
    const update = asUpdate(nest.store, (e) => ctx.space.text(e));
    const code = update === undefined ? undefined : emitReduction(ctx, nest, update, found.initial);
    return code?.usedInitial === true ? code.stmts.slice() : undefined;
  }

  private perfect(chain: Chain): Nest | undefined {
    const nest = perfectNest(chain);
    nest?.loops.forEach((l) => this.ctx.space.declare(l.var, l.extent));
    return nest === undefined || isEmpty(nest) ? nest : unfuse(nest, this.ctx.space);
  }
}

function isEmpty(nest: Nest): boolean {
  return nest.loops.some((l) => l.extent === 0);
}

/** The statements, those of inner sequences among them. */
function flat(stmts: readonly Stmt[]): readonly Stmt[] {
  return stmts.flatMap((s): readonly Stmt[] => {
    const body = s.kind === 'pragma' ? s.body : s;
    return body.kind === 'seq' ? flat(body.stmts) : [s];
  });
}

/** How many stores, and conditions around them, read each buffer. */
function readersOf(body: Stmt): ReadonlyMap<Buffer, number> {
  const readers = new Map<Buffer, number>();
  const count = (...exprs: readonly Expr[]): void => {
    const read = new Set<Buffer>();
    for (const e of exprs) visitExpr(e, (x) => { if (x.kind === 'load') read.add(x.buffer); });
    for (const buffer of read) readers.set(buffer, (readers.get(buffer) ?? 0) + 1);
  };
  const visit = (s: Stmt): void => {
    switch (s.kind) {
      case 'seq': s.stmts.forEach(visit); return;
      case 'for': case 'thread': case 'pragma': case 'realize': visit(s.body); return;
      case 'if': count(s.cond); visit(s.body); return;
      case 'store': count(s.value, ...s.indices); return;
      case 'allreduce': count(s.source);
    }
  };
  visit(body);
  return readers;
}
