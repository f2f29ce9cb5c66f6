/**
 * Static analysis of who reads what, and how (Ansor, section 4; TVM: AccessAnalyzer; spec sketch-rules, section 1).
 * A pure function of the DAG; operations are named by their index in `dag.ops`.
 */
import { choiceOf } from '../ir/choice.js';
import type { Buffer } from '../ir/buffer.js';
import type { Expr } from '../ir/expr.js';
import { operands, visitExpr } from '../ir/walk.js';
import { isConstShift, simpleAccess } from './axis-access.js';
import type { ComputeDag } from './compute-dag.js';
import { bodyExpr } from './create.js';
import type { ComputeOp, Op } from './op.js';

/** Producer (op index) -> the index tuples of the loads from it, in order of appearance. */
export type Reads = ReadonlyMap<number, readonly (readonly Expr[])[]>;

export interface OpAccess {
  readonly reads: Reads;
  /** The ops that read this one, ascending. */
  readonly readers: readonly number[];
  readonly isOutput: boolean;
  /** The body has an if_then_else or a select. */
  readonly hasBranch: boolean;
  /** Every load is simple (`simpleAccess`). */
  readonly isSimple: boolean;
  /** Inlining costs nothing: simple accesses in order, no branch, no exponential; or a constant tensor. */
  readonly strictlyInlineable: boolean;
  /** Data is reused: the stage deserves multi-level tiling. */
  readonly needsMultiLevelTiling: boolean;
  /** Per producer: the number of outer axes that both share (equal extents, const-shift access). */
  readonly commonOuter: ReadonlyMap<number, number>;
}

export interface AccessAnalysis {
  readonly dag: ComputeDag;
  /** `ops[i]` is about `dag.ops[i]`. */
  readonly ops: readonly OpAccess[];
}

export function analyseAccess(dag: ComputeDag): AccessAnalysis {
  const indexOf = new Map<Buffer, number>(dag.ops.map((op, i) => [op.output, i]));
  const reads = dag.ops.map((op) => (op.kind === 'compute' ? collectReads(op, indexOf) : new Map<number, (readonly Expr[])[]>()));
  const readers = dag.ops.map((): number[] => []);
  reads.forEach((producers, reader) => {
    for (const producer of producers.keys()) readers[producer]?.push(reader);
  });
  const outputs = new Set(dag.outputs);
  const ops = dag.ops.map((op, i): OpAccess => {
    const common = { reads: reads[i] ?? new Map(), readers: readers[i] ?? [], isOutput: outputs.has(op.output) };
    if (op.kind === 'placeholder') {
      return { ...common, hasBranch: false, isSimple: true, strictlyInlineable: false, needsMultiLevelTiling: false, commonOuter: new Map() };
    }
    return { ...common, ...analyseOp(op, common.reads, dag.ops) };
  });
  return Object.freeze({ dag, ops: Object.freeze(ops) });
}

function collectReads(op: ComputeOp, indexOf: ReadonlyMap<Buffer, number>): Map<number, (readonly Expr[])[]> {
  const reads = new Map<number, (readonly Expr[])[]>();
  const walk = (e: Expr): void => {
    for (const child of operands(e)) walk(child);
    if (e.kind !== 'load') return;
    const producer = indexOf.get(e.buffer);
    if (producer === undefined) return;
    const list = reads.get(producer);
    if (list === undefined) reads.set(producer, [e.indices]);
    else list.push(e.indices);
  };
  walk(bodyExpr(op));
  return reads;
}

function analyseOp(op: ComputeOp, reads: Reads, ops: readonly Op[]): Omit<OpAccess, 'reads' | 'readers' | 'isOutput'> {
  let hasBranch = false;
  let expensive = false;
  visitExpr(bodyExpr(op), (e) => {
    if (choiceOf(e) !== undefined) hasBranch = true;
    if (e.kind === 'call' && e.callee === 'tir.exp') expensive = true;
  });
  const uses = [...reads.values()].flat().map((indices) => simpleAccess(op, indices));
  const isSimple = uses.every((use) => use !== undefined);
  const ordered = uses.every((use) => use !== undefined && use.sameOrder && !use.duplicated);
  const strictlyInlineable = reads.size === 0 || (ordered && !hasBranch && !expensive);
  const commonOuter = new Map<number, number>();
  for (const [producer, accesses] of reads) commonOuter.set(producer, sharedAxes(op, ops[producer], accesses));
  return { hasBranch, isSimple, strictlyInlineable, needsMultiLevelTiling: reusesData(op, reads), commonOuter };
}

/** A producer is reused when some axis (of more than one step) does not change what is read from it. */
function reusesData(op: ComputeOp, reads: Reads): boolean {
  if (op.attrs.simplifyConstTensorIndices !== undefined) return false;
  let reused = 0;
  for (const accesses of reads.values()) {
    const used = new Set<Expr>();
    for (const indices of accesses) {
      for (const index of indices) visitExpr(index, (e) => { if (e.kind === 'var') used.add(e); });
    }
    if (op.axes.some((axis) => axis.extent > 1 && !used.has(axis.var))) reused++;
  }
  return reused >= 2 || (reused >= 1 && op.reduceAxes.length > 0);
}

function sharedAxes(op: ComputeOp, producer: Op | undefined, accesses: readonly (readonly Expr[])[]): number {
  const shape = producer?.output.shape ?? [];
  let n = 0;
  for (const axis of op.axes) {
    if (n >= shape.length || shape[n] !== axis.extent) break;
    const at = n;
    if (!accesses.every((indices) => { const index = indices[at]; return index !== undefined && isConstShift(axis.var, index); })) break;
    n++;
  }
  return n;
}

/**
 * The number of outer axes that `op` shares with its (indirect) reader `target`: the least along all paths of reads,
 * at most the rank of `op`; 0 if no path leads there.
 */
export function commonOuterAxes(analysis: AccessAnalysis, op: number, target: number): number {
  // Readers come later in stage order, so one pass sees every path.
  const least = new Map<number, number>([[op, analysis.dag.ops[op]?.output.shape.length ?? 0]]);
  for (let i = op; i < target; i++) {
    const count = least.get(i);
    if (count === undefined) continue;
    for (const reader of analysis.ops[i]?.readers ?? []) {
      const shared = Math.min(count, analysis.ops[reader]?.commonOuter.get(i) ?? 0);
      least.set(reader, Math.min(least.get(reader) ?? shared, shared));
    }
  }
  return least.get(target) ?? 0;
}

/** Whether `target` follows from `op` through single readers of equal shape that read element by element. */
export function elementwiseMatch(analysis: AccessAnalysis, op: number, target: number): boolean {
  const { dag, ops } = analysis;
  let current = op;
  while (current !== target) {
    const readers = ops[current]?.readers ?? [];
    const next = readers[0];
    if (next === undefined || readers.length !== 1) return false;
    const from = dag.ops[current];
    const to = dag.ops[next];
    if (from?.kind !== 'compute' || to?.kind !== 'compute') return false;
    const shape = to.output.shape;
    if (from.output.shape.length !== shape.length || from.output.shape.some((extent, i) => extent !== shape[i])) return false;
    for (const indices of ops[next]?.reads.get(current) ?? []) {
      const use = simpleAccess(to, indices);
      if (use === undefined || use.missing || use.duplicated || !use.sameOrder) return false;
    }
    current = next;
  }
  return true;
}

/** The readers of `op`, an inlined one replaced by its own readers; ascending. */
export function consumers(analysis: AccessAnalysis, op: number, inlined: (op: number) => boolean): readonly number[] {
  return collect(op, inlined, (i) => analysis.ops[i]?.readers ?? []);
}

/** What `op` reads, an inlined producer replaced by what it reads; ascending. */
export function producers(analysis: AccessAnalysis, op: number, inlined: (op: number) => boolean): readonly number[] {
  return collect(op, inlined, (i) => [...(analysis.ops[i]?.reads.keys() ?? [])]);
}

function collect(start: number, inlined: (op: number) => boolean, neighbours: (op: number) => readonly number[]): readonly number[] {
  const found = new Set<number>();
  const seen = new Set<number>();
  const walk = (op: number): void => {
    for (const next of neighbours(op)) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (inlined(next)) walk(next);
      else found.add(next);
    }
  };
  walk(start);
  return [...found].sort((a, b) => a - b);
}
