/** The tensor elements that a stage reads after inlining, as index expressions over the stage's own axes. */
import type { Axis, ComputeOp } from '../dag/op.js';
import type { Buffer } from '../ir/buffer.js';
import { binary, type Expr, type Var } from '../ir/expr.js';
import { rewriteExpr } from '../ir/walk.js';
import type { StageSchedule } from './stage-schedule.js';

/** One load of the tensor that stage `producer` computes. */
export interface Access { readonly producer: number; readonly indices: readonly Expr[] }

/** Stage numbers by the tensor they compute. */
export type Producers = ReadonlyMap<Buffer, number>;

export function producersOf(stages: readonly StageSchedule[]): Producers {
  const map = new Map<Buffer, number>();
  for (const stage of stages) map.set(stage.op.output, stage.index);
  return map;
}

/** Loads of computed, not inlined stages in the body of `op`, in order of appearance. */
export function accessesOf(op: ComputeOp, stages: readonly StageSchedule[], producers: Producers): Access[] {
  const found: Access[] = [];
  collect(bodyValue(op), undefined, undefined, stages, producers, found);
  return found;
}

export function bodyValue(op: ComputeOp): Expr {
  return op.body.kind === 'expr' ? op.body.value : op.body.source;
}

function collect(
  e: Expr, axes: readonly Axis[] | undefined, values: readonly Expr[] | undefined,
  stages: readonly StageSchedule[], producers: Producers, found: Access[],
): void {
  switch (e.kind) {
    case 'var': case 'int': case 'float': return;
    case 'binary':
      if (e.a.kind !== 'var' && e.a.kind !== 'int') collect(e.a, axes, values, stages, producers, found);
      if (e.b.kind !== 'var' && e.b.kind !== 'int') collect(e.b, axes, values, stages, producers, found);
      return;
    case 'select':
      collect(e.cond, axes, values, stages, producers, found);
      collect(e.then, axes, values, stages, producers, found);
      collect(e.else, axes, values, stages, producers, found);
      return;
    case 'not': case 'cast': collect(e.a, axes, values, stages, producers, found); return;
    case 'call':
      for (const a of e.args) collect(a, axes, values, stages, producers, found);
      return;
    case 'load': break;
  }
  for (const index of e.indices) if (index.kind !== 'var' && index.kind !== 'int') collect(index, axes, values, stages, producers, found);
  const producer = producers.get(e.buffer);
  if (producer === undefined) return;
  const stage = stages[producer] as StageSchedule;
  if (stage.op.kind === 'placeholder') return;
  const indices = axes === undefined || values === undefined ? e.indices : e.indices.map((i) => substituteAxes(i, axes, values));
  if (stage.inlined) {
    if (stage.op.attrs.constMatrix === true) return;
    collect(bodyValue(stage.op), stage.op.axes, indices, stages, producers, found);
  } else found.push({ producer, indices });
}

/** `e` with each axis replaced by its value. */
export function substituteAxes(e: Expr, axes: readonly Axis[], values: readonly Expr[]): Expr {
  const valueOf = (v: Var): Expr => {
    const i = axes.findIndex((a) => a.var === v);
    return i < 0 ? v : (values[i] as Expr);
  };
  if (e.kind === 'int') return e;
  if (e.kind === 'var') return valueOf(e);
  if (e.kind === 'binary') {
    const a = substituteAxes(e.a, axes, values);
    const b = substituteAxes(e.b, axes, values);
    return a === e.a && b === e.b ? e : binary(e.op, a, b);
  }
  return rewriteExpr(e, (node) => (node.kind === 'var' ? valueOf(node) : node));
}
