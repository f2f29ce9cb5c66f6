/** A reduction's nest as code: outer loops, accumulators in registers, reduction loops, stores. */
import { dtypeBytes } from '../../ir/dtype.js';
import { variable } from '../../ir/expr.js';
import type { Store } from '../../ir/program.js';
import { mentions, visitExpr } from '../../ir/walk.js';
import type { BuildContext } from './context.js';
import type { Cut } from './cuts.js';
import { cutsAtBorders, guarded as withGuards, type Guarded } from './guard.js';
import type { KernelStmt } from './ir.js';
import { collapse } from './collapse.js';
import { coefficient, type Linear } from './linear.js';
import { asUpdate, type Loop, type Nest, type Update } from './nest.js';
import { epilogueOf } from './epilogue.js';
import { isIndex } from './index-form.js';
import { phasesOf, type Phase } from './phases.js';
import { emitRow } from './row-reduce.js';
import { chooseTile, type Tile } from './tile.js';
import { emitTile, outerOf, splitIndex } from './tile-code.js';
import { address, substitute, valueOf } from './value.js';

/** `initial`: the neutral value that the store before this nest wrote, if the nest may write it itself. */
export interface ReduceCode { readonly stmts: readonly KernelStmt[]; readonly usedInitial: boolean; readonly usedEpilogue: boolean }

/** `epilogue`: the nest that alone reads the sums; it may be carried out with the reduction. */
export function emitReduction(ctx: BuildContext, nest: Nest, update: Update, initial: number | undefined, epilogue?: Nest): ReduceCode | undefined {
  const phases = ctx.unit === undefined ? undefined : phasesOf(ctx, nest, ctx.zeros);
  return phases === undefined ? emitNest(ctx, nest, update, initial, epilogue) : emitPhases(ctx, phases, initial);
}

/** Each phase on its own; the phases write their neutral values themselves where all of them can. */
function emitPhases(ctx: BuildContext, phases: readonly Phase[], initial: number | undefined): ReduceCode | undefined {
  const start = phases.some((phase) => phase.nest === undefined) ? undefined : initial;
  const stmts: KernelStmt[] = [];
  for (const { nest, when } of phases) {
    if (nest === undefined) continue;
    const update = asUpdate(nest.store, (e) => ctx.space.text(e));
    const code = update === undefined ? undefined : emitNest(ctx, nest, update, start);
    if (code === undefined) return undefined;
    if (start !== undefined && !code.usedInitial) return emitPhases(ctx, phases, undefined);
    stmts.push(...(when === undefined ? code.stmts : [{ kind: 'if', cond: when, body: code.stmts } as const]));
  }
  return { stmts, usedInitial: start !== undefined, usedEpilogue: false };
}

function emitNest(ctx: BuildContext, whole: Nest, terms: Update, initial: number | undefined, after?: Nest): ReduceCode | undefined {
  const nest = ctx.unit === undefined ? whole : joinedReduction(ctx, whole);
  const update = nest === whole ? terms : asUpdate(nest.store, (e) => ctx.space.text(e)) ?? terms;
  const guarded: Guarded = ctx.unit === undefined ? { update, guards: [] } : withGuards(update);
  const tile = tileFor(ctx, nest, guarded, initial !== undefined);
  const row = emitRow(ctx, nest, update, initial, tile.laneLoop === undefined ? 0 : tile.rate);
  if (row !== undefined) return { ...row, usedEpilogue: false };
  const start = initial !== undefined && tile.coversReduction ? initial : undefined;
  const cuts = nest.loops.map((loop, i) => cutsAtBorders(ctx, guarded.guards, loop, tile.cuts[i] ?? []));
  const emit = (epilogue: Store | undefined): KernelStmt[] | undefined => emitTile(ctx, nest, guarded, { ...tile, cuts }, { initial: start, epilogue });
  const epilogue = after === undefined || start === undefined ? undefined : epilogueOf(ctx, nest, after);
  const together = epilogue === undefined ? undefined : emit(epilogue);
  const stmts = together ?? emit(undefined);
  return stmts === undefined ? undefined : { stmts, usedInitial: start !== undefined, usedEpilogue: together !== undefined };
}

/** Neighbouring reduction loops as one where they walk through memory as one: fewer, longer innermost loops. */
function joinedReduction(ctx: BuildContext, nest: Nest): Nest {
  const at = ctx.storage.flat(nest.store.buffer, nest.store.indices);
  const reduces = (loop: Loop): boolean => coefficient(at, loop.var) === 0;
  return collapse(ctx, nest, (outer, inner) => reduces(outer) && reduces(inner));
}

function tileFor(ctx: BuildContext, nest: Nest, { update, guards }: Guarded, initKnown: boolean): Tile {
  const { store, loops } = nest;
  const loads: Linear[] = [];
  visitExpr(update.source, (e) => {
    if (e.kind === 'load' && e.indices.every(isIndex)) loads.push(ctx.storage.flat(e.buffer, e.indices));
  });
  const vectorizable = (loop: Loop, cuts: readonly Cut[]): boolean => !guards.some((g) => mentions(g, loop.var)) && cuts.every((cut) => {
    if (cut.lanes === 1) return true;
    const lane = variable('lane');
    ctx.space.declare(lane, cut.lanes);
    const lanes = { var: lane, count: cut.lanes };
    const outer = outerOf(ctx, loop, cut);
    return (outer === undefined ? cut.offsets : cut.offsets.slice(0, 1)).every((offset) => {
      const by = new Map([[loop.var, splitIndex(outer, cut.step, offset, lane)]]);
      return valueOf(ctx, substitute(update.source, by), lanes) !== undefined
        && address(ctx, store.buffer, store.indices.map((i) => substitute(i, by)), lanes)?.stride === 1;
    });
  });
  const floats = store.buffer.dtype === 'float32' && ctx.unit !== undefined;
  return chooseTile({
    loops, store: ctx.storage.flat(store.buffer, store.indices), loads, initKnown,
    unit: ctx.unit ?? { bytes: 0, registers: 16 },
    elementBytes: dtypeBytes(store.buffer.dtype),
    vectorizable: floats ? vectorizable : () => false,
    uneven: ctx.unit !== undefined,
    unrollLimit: ctx.unit === undefined ? 1 : Math.max(24, Math.min(nest.autoUnroll, 96)),
  });
}

