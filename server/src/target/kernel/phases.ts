/**
 * Reductions over tensors with zeros between their elements (transposed convolutions), without the products that are zero by construction:
 * the nest is taken apart into one nest for each residue of the outputs' indices, and in each the taps go in steps of the stride.
 *   before: for x, r { out[x] += spread[x + r] * w[r] }                        spread is zero at odd indices
 *   after:  for x, r { out[2 x] += spread[2 x + 2 r] * w[2 r] }  for x, r { out[2 x + 1] += spread[2 x + 2 r + 2] * w[2 r + 1] }
 * (The sub-pixel form of the transposed convolution: Shi et al. 2016.)
 */
import { residues, zeroOutside, type Residue, type ZeroGrids } from '../../dag/zero-grid.js';
import { binary, int, variable, type Expr, type Var } from '../../ir/expr.js';
import { mentions } from '../../ir/walk.js';
import type { BuildContext } from './context.js';
import type { Condition } from './ir.js';
import { isIndex } from './index-form.js';
import { coefficient, type Linear, type Term } from './linear.js';
import { asUpdate, type Loop, type Nest } from './nest.js';
import { substitute } from './value.js';

/** A nest that runs where `when` holds (undefined: always). Without one: there is nothing to add to these outputs. */
export interface Phase { readonly nest: Nest | undefined; readonly when: Condition | undefined }

/** More nests than this would cost more in code than they save. */
const MOST_PHASES = 36;

/** The nests in whose place `nest` stands, which together write each of its outputs once; undefined: the one nest as it is. */
export function phasesOf(ctx: BuildContext, nest: Nest, grids: ZeroGrids): readonly Phase[] | undefined {
  let phases: Phase[] = [{ nest, when: undefined }];
  let changed = false;
  for (let round = 0; round < 4; round++) {
    let again = false;
    const next: Phase[] = [];
    for (const phase of phases) {
      const parts = phase.nest === undefined ? undefined : onceTaken(ctx, phase.nest, grids);
      if (parts === undefined) {
        next.push(phase);
        continue;
      }
      again = true;
      for (const part of parts) next.push({ nest: part.nest, when: both(phase.when, part.when) });
    }
    if (next.length > MOST_PHASES) return undefined;
    phases = next;
    if (!again) break;
    changed = true;
  }
  return changed ? phases : undefined;
}

function both(a: Condition | undefined, b: Condition | undefined): Condition | undefined {
  return a === undefined || b === undefined ? a ?? b : { kind: 'and', a, b };
}

/** The nest taken apart for one of the facts about its factors; undefined where none helps. */
function onceTaken(ctx: BuildContext, nest: Nest, grids: ZeroGrids): readonly Phase[] | undefined {
  const update = asUpdate(nest.store, (e) => ctx.space.text(e));
  if (update?.op !== 'add') return undefined;
  const store = ctx.storage.flat(nest.store.buffer, nest.store.indices);
  for (const sparse of factorsOf(update.source).flatMap((factor) => sparseIndices(factor, grids))) {
    const parts = split(ctx, nest, store, sparse);
    if (parts !== undefined) return parts;
  }
  return undefined;
}

function factorsOf(e: Expr): readonly Expr[] {
  return e.kind === 'binary' && e.op === 'mul' ? [...factorsOf(e.a), ...factorsOf(e.b)] : [e];
}

/** What a factor's being zero depends on: the grid of the tensor that it reads, or conditions of its own. */
function sparseIndices(factor: Expr, grids: ZeroGrids): readonly Residue[] {
  if (factor.kind === 'load') {
    return (grids.get(factor.buffer) ?? []).flatMap(({ dimension, modulus, residue }) => {
      const index = factor.indices[dimension];
      return index === undefined || !isIndex(index) ? [] : [{ index, modulus, residue }];
    });
  }
  const chosen = zeroOutside(factor);
  if (chosen === undefined) return [];
  return [...residues(chosen.cond).filter(({ index, modulus }) => modulus > 1 && isIndex(index)), ...sparseIndices(chosen.then, grids)];
}

const modulo = (a: number, m: number): number => ((a % m) + m) % m;

/** One nest for each combination of residues of what the index depends on beside one reduction loop, whose steps are then known. */
function split(ctx: BuildContext, nest: Nest, store: Linear, { index, modulus, residue }: Residue): readonly Phase[] | undefined {
  const { terms, constant } = ctx.space.linear(index);
  const moving = terms.filter((t) => t.coef % modulus !== 0);
  const loopOf = (t: Term): Loop | undefined => nest.loops.find((l) => l.var === t.atom);
  const reduction = moving.filter((t) => {
    const loop = loopOf(t);
    return loop !== undefined && coefficient(store, loop.var) === 0;
  });
  const [tap, other] = reduction;
  const tapLoop = tap === undefined ? undefined : loopOf(tap);
  if (tap === undefined || tapLoop === undefined || other !== undefined) return undefined;
  // The tap for each residue of the rest; none where the step of the taps and the modulus have a common factor.
  const tapFor = (rest: number): number | undefined => {
    for (let v = 0; v < modulus; v++) if (modulo(tap.coef * v + rest, modulus) === residue) return v;
    return undefined;
  };
  const inner: Loop[] = [];
  const outer: Term[] = [];
  for (const t of moving) {
    if (t === tap) continue;
    const loop = loopOf(t);
    if (loop !== undefined) inner.push(loop);
    else if (nest.loops.some((l) => mentions(t.atom, l.var))) return undefined;
    else outer.push(t);
  }
  const phases: Phase[] = [];
  const outside = outer.length === 0 ? undefined : ctx.space.linear(binary('floormod', ctx.space.expr({ terms: outer, constant: 0 }), int(modulus)));
  const enumerate = (k: number, by: ReadonlyMap<Loop, number>, rest: number, when: Condition | undefined): void => {
    const loop = inner[k];
    if (loop === undefined) {
      const first = tapFor(rest);
      if (first === undefined || first >= tapLoop.extent) phases.push({ nest: undefined, when });
      else phases.push({ nest: strided(ctx, nest, new Map([...by, [tapLoop, first]]), modulus), when });
      return;
    }
    const coef = moving.find((t) => t.atom === loop.var)?.coef ?? 0;
    for (let i = 0; i < Math.min(modulus, loop.extent); i++) enumerate(k + 1, new Map([...by, [loop, i]]), rest + coef * i, when);
  };
  if (outside === undefined) enumerate(0, new Map(), constant, undefined);
  else {
    const range = ctx.space.range(outside) ?? { lo: 0, hi: modulus - 1 };
    for (let r = Math.max(0, range.lo); r <= Math.min(modulus - 1, range.hi); r++) {
      const when: Condition | undefined = range.lo === range.hi ? undefined : { kind: 'index', expr: binary('eq', ctx.space.expr(outside), int(r)) };
      enumerate(0, new Map(), constant + r, when);
    }
  }
  return phases;
}

/** The nest with only the iterations first, first + step, ... of the given loops. */
function strided(ctx: BuildContext, nest: Nest, firsts: ReadonlyMap<Loop, number>, step: number): Nest {
  const by = new Map<Var, Expr>();
  const loops = nest.loops.flatMap((loop): Loop[] => {
    const first = firsts.get(loop);
    if (first === undefined) return [loop];
    const extent = Math.ceil((loop.extent - first) / step);
    if (extent === 1) {
      by.set(loop.var, int(first));
      return [];
    }
    const inner = variable(`${loop.var.name}_p`);
    ctx.space.declare(inner, extent);
    const scaled = binary('mul', inner, int(step));
    by.set(loop.var, first === 0 ? scaled : binary('add', scaled, int(first)));
    return [{ var: inner, extent }];
  });
  const { store } = nest;
  return { ...nest, loops, store: { ...store, indices: store.indices.map((e) => substitute(e, by)), value: substitute(store.value, by) } };
}
