/**
 * Constant weights in the layout that a schedule reads them in (option "rewrite for pre-transformed" of the original): the
 * placeholder gets one dimension for each tile part of its axes, in loop order, and whoever calls the program packs the weights
 * once before. Facts: TVM's ComputeDAG::RewriteLayout.
 */
import { analyseSchedule } from '../bounds/analyse.js';
import type { LoopVar } from '../bounds/loop-var.js';
import type { StageSchedule } from '../bounds/stage-schedule.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import type { Axis, Body, ComputeOp, Op } from '../dag/op.js';
import { createBuffer, elementCount, type Buffer } from '../ir/buffer.js';
import { joinLoops, visitRuns, type ElementOrder } from '../ir/element-order.js';
import { binary, int, load, type Expr, type Load } from '../ir/expr.js';
import { rewriteExpr, visitExpr } from '../ir/walk.js';
import { replay } from '../schedule/apply.js';
import type { State } from '../schedule/state.js';

/** One dimension of a packed tensor: the original index along `dimension` grows by `stride` with each step of it. */
export interface PackedDimension { readonly dimension: number; readonly stride: number; readonly extent: number }

export interface LayoutRewrite {
  /** The placeholder's buffer before. */
  readonly placeholder: Buffer;
  /** The placeholder's buffer after: one dimension for each of `dimensions`, as many elements. */
  readonly rewritten: Buffer;
  /** original index[d] = sum over the dimensions j with dimension d of index[j] * stride. */
  readonly dimensions: readonly PackedDimension[];
}

export interface RewrittenState { readonly state: State; readonly rewrites: readonly LayoutRewrite[] }

/**
 * `state` over a DAG whose constant inputs have the layouts that its loops read them in; the same steps. Constants are left
 * alone that are read by more than one stage, by a stage without reduction, or with indices other than plain axes and 0.
 * Throws ScheduleError if bounds cannot be inferred.
 */
export function rewriteConstantLayouts(state: State): RewrittenState {
  const rewrites = layoutRewritesOf(state);
  if (rewrites.length === 0) return { state, rewrites };
  return { state: replay(rewriteDag(state.initialDag, rewrites), state.steps), rewrites };
}

/** The layouts that `state`'s loops read constants in; as `rewriteConstantLayouts`, but nothing is changed. */
export function layoutRewritesOf(state: State): readonly LayoutRewrite[] {
  const constants = state.dag.ops.filter((op) => op.kind === 'placeholder' && op.constant).map((op) => op.output);
  if (constants.length === 0) return [];
  const { stages } = analyseSchedule(state);
  const rewrites: LayoutRewrite[] = [];
  for (const stage of stages) {
    if (stage.op.kind === 'placeholder' || stage.inlined || stage.op.body.kind !== 'reduce') continue;
    for (const buffer of constants) {
      if (rewrites.some((r) => r.placeholder === buffer) || readersOf(state.dag, buffer).length !== 1) continue;
      const rewrite = rewriteOf(stage, buffer);
      if (rewrite !== undefined) rewrites.push(rewrite);
    }
  }
  return rewrites;
}

/** `data` (row-major in the original layout) in the packed layout. */
export function packWeights(rewrite: LayoutRewrite, data: Float32Array): Float32Array;
export function packWeights(rewrite: LayoutRewrite, data: Float32Array | Float64Array): Float32Array | Float64Array;
export function packWeights(rewrite: LayoutRewrite, data: Float32Array | Float64Array): Float32Array | Float64Array {
  const { placeholder, rewritten } = rewrite;
  const count = elementCount(placeholder.shape);
  if (data.length !== count) throw new Error(`${placeholder.name} has ${count} elements, not ${data.length}`);
  const packed = new (data instanceof Float32Array ? Float32Array : Float64Array)(elementCount(rewritten.shape));
  visitRuns(packedOrder(rewrite), (to, from, run, step) => {
    for (let k = 0, at = from; k < run; k++, at += step) packed[to + k] = data[at] as number;
  });
  return packed;
}

/** The order of the packed layout's elements. */
export function packedOrder({ placeholder: { shape }, dimensions }: LayoutRewrite): ElementOrder {
  return joinLoops(dimensions.map((d) => ({ extent: d.extent, step: d.stride * elementCount(shape.slice(d.dimension + 1)) })));
}

function bodyOf(op: Op): Expr | undefined {
  return op.kind === 'placeholder' ? undefined : op.body.kind === 'expr' ? op.body.value : op.body.source;
}

function loadsOf(op: Op, buffer: Buffer): Load[] {
  const found: Load[] = [];
  const body = bodyOf(op);
  if (body !== undefined) visitExpr(body, (e) => { if (e.kind === 'load' && e.buffer === buffer) found.push(e); });
  return found;
}

function readersOf(dag: ComputeDag, buffer: Buffer): Op[] {
  return dag.ops.filter((op) => loadsOf(op, buffer).length > 0);
}

function rewriteOf(stage: StageSchedule, buffer: Buffer): LayoutRewrite | undefined {
  const axes = readAxes(stage, buffer);
  if (axes === undefined) return undefined;
  const own = stage.leaves.flatMap((leaf) => unfused(stage, leaf));
  const outer: LoopVar[] = [];
  if (stage.attachStage !== undefined && stage.attachVar !== undefined) {
    const target = stage.attachStage;
    for (const leaf of target.leaves.slice(0, target.leaves.indexOf(stage.attachVar) + 1)) outer.push(...unfused(target, leaf));
  }
  // Loops of the stage it is attached to stand for the stage's own tile parts of the same position.
  const parts = [...outer.map((v, i) => ({ extent: v.extent, axis: own[i] })), ...own.map((v) => ({ extent: v.extent, axis: v }))];
  const factors: { dimension: number; extent: number }[] = [];
  for (const { extent, axis } of parts) {
    if (axis === undefined || axis.symbolic !== undefined) return undefined;
    const root = rootOf(stage, axis);
    if (root === undefined) return undefined;
    const dimension = axes.indexOf(root);
    if (dimension >= 0) factors.push({ dimension, extent });
  }
  const stride = buffer.shape.map(() => 1);
  const dimensions: PackedDimension[] = [];
  for (let j = factors.length - 1; j >= 0; j--) {
    const { dimension, extent } = factors[j] as { dimension: number; extent: number };
    dimensions.unshift({ dimension, stride: stride[dimension] as number, extent });
    stride[dimension] = (stride[dimension] as number) * extent;
  }
  if (stride.some((product, d) => product !== buffer.shape[d])) return undefined;
  return { placeholder: buffer, rewritten: createBuffer(buffer.name, dimensions.map((d) => d.extent), buffer.dtype), dimensions };
}

/** The root iterator that indexes each dimension of the constant (undefined for an index 0); undefined if an index is anything else. */
function readAxes(stage: StageSchedule, buffer: Buffer): (LoopVar | undefined)[] | undefined {
  const loads = loadsOf(stage.op, buffer);
  const only = loads[0];
  if (only === undefined || loads.length !== 1 || buffer.shape.length < 2) return undefined;
  const { axes, reduceAxes } = stage.compute;
  const all: readonly Axis[] = [...axes, ...reduceAxes];
  const found: (LoopVar | undefined)[] = [];
  for (let d = 0; d < only.indices.length; d++) {
    const index = only.indices[d];
    const i = all.findIndex((axis) => axis.var === index);
    if (i >= 0) found.push(stage.roots[i]);
    else if (index?.kind === 'int' && buffer.shape[d] === 1) found.push(undefined);
    else return undefined;
  }
  const named = found.filter((v) => v !== undefined);
  return new Set(named).size === named.length ? found : undefined;
}

/** The iterators that were fused into `v`, outermost first. */
function unfused(stage: StageSchedule, v: LoopVar): LoopVar[] {
  const relation = stage.relations.find((r) => r.kind === 'fuse' && r.fused === v);
  return relation?.kind === 'fuse' ? [...unfused(stage, relation.outer), ...unfused(stage, relation.inner)] : [v];
}

/** The root axis that `v` is a part of; undefined for parts of fused iterators. */
function rootOf(stage: StageSchedule, v: LoopVar): LoopVar | undefined {
  let at = v;
  for (;;) {
    if (stage.roots.includes(at)) return at;
    const relation = stage.relations.find((r) => r.kind === 'split' && (r.outer === at || r.inner === at));
    if (relation?.kind !== 'split') return undefined;
    at = relation.parent;
  }
}

function rewriteDag(dag: ComputeDag, rewrites: readonly LayoutRewrite[]): ComputeDag {
  const ops = dag.ops.map((op): Op => {
    if (op.kind === 'compute') return readPacked(op, rewrites);
    const rewrite = rewrites.find((r) => r.placeholder === op.output);
    return rewrite === undefined ? op : Object.freeze({ kind: 'placeholder', name: op.name, output: rewrite.rewritten, constant: op.constant });
  });
  return Object.freeze({ ops: Object.freeze(ops), outputs: dag.outputs });
}

/** `op` with its loads of rewritten placeholders turned into loads of the packed buffers. */
export function readPacked(op: ComputeOp, rewrites: readonly LayoutRewrite[]): ComputeOp {
  const old = op.body.kind === 'expr' ? op.body.value : op.body.source;
  const value = rewriteExpr(old, (node) => {
    const rewrite = node.kind === 'load' ? rewrites.find((r) => r.placeholder === node.buffer) : undefined;
    return node.kind === 'load' && rewrite !== undefined ? packedLoad(node, rewrite) : node;
  });
  if (value === old) return op;
  const body: Body = op.body.kind === 'expr' ? { kind: 'expr', value } : { kind: 'reduce', combiner: op.body.combiner, source: value };
  return Object.freeze({ kind: 'compute', name: op.name, axes: op.axes, reduceAxes: op.reduceAxes, body, output: op.output, attrs: op.attrs });
}

/** index[j] = (original index div stride) mod extent. */
function packedLoad(e: Load, rewrite: LayoutRewrite): Load {
  return load(rewrite.rewritten, rewrite.dimensions.map((d): Expr => {
    const index = e.indices[d.dimension] as Expr;
    const divided = d.stride === 1 ? index : binary('floordiv', index, int(d.stride));
    return d.stride * d.extent === rewrite.placeholder.shape[d.dimension] ? divided : binary('floormod', divided, int(d.extent));
  }));
}
