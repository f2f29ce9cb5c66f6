/** The values of a DAG's outputs on small inputs, straight from the definitions: what no transform step may change. */
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import type { Axis } from '../../server/src/dag/op.js';
import type { Buffer } from '../../server/src/ir/buffer.js';
import type { BinaryOp, Expr, Var } from '../../server/src/ir/expr.js';
import type { Combiner } from '../../server/src/ir/program.js';

type Values = Map<Buffer, number[]>;

const OPS: Partial<Record<BinaryOp, (a: number, b: number) => number>> = {
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, min: Math.min, max: Math.max, lt: (a, b) => Number(a < b), and: (a, b) => a && b,
  floordiv: (a, b) => Math.floor(a / b), floormod: (a, b) => a - b * Math.floor(a / b),
};
const COMBINE: Record<Combiner, [number, (a: number, b: number) => number]> = {
  add: [0, (a, b) => a + b], mul: [1, (a, b) => a * b], max: [-Infinity, Math.max], min: [Infinity, Math.min],
};

function flat(buffer: Buffer, indices: readonly number[]): number {
  return indices.reduce((offset, index, d) => {
    const extent = buffer.shape[d] ?? 0;
    if (index < 0 || index >= extent) throw new Error(`${buffer.name}: index ${index} outside ${extent}`);
    return offset * extent + index;
  }, 0);
}

function value(e: Expr, env: Map<Var, number>, values: Values): number {
  const go = (x: Expr): number => value(x, env, values);
  switch (e.kind) {
    case 'var': return env.get(e) ?? NaN;
    case 'int': case 'float': return e.value;
    case 'binary': {
      const op = OPS[e.op];
      if (op === undefined) throw new Error(e.op);
      return op(go(e.a), go(e.b));
    }
    case 'load': return values.get(e.buffer)?.[flat(e.buffer, e.indices.map(go))] ?? NaN;
    case 'call': {
      const [condition, then, otherwise] = e.args as [Expr, Expr, Expr];
      if (e.callee !== 'tir.if_then_else') throw new Error(e.callee);
      return go(go(condition) !== 0 ? then : otherwise);
    }
    default: throw new Error(e.kind);
  }
}

function forEach(axes: readonly Axis[], env: Map<Var, number>, body: () => void): void {
  const [axis, ...rest] = axes;
  if (axis === undefined) return body();
  for (let i = axis.min; i < axis.min + axis.extent; i++) {
    env.set(axis.var, i);
    forEach(rest, env, body);
  }
}

export function evaluate(dag: ComputeDag): number[][] {
  const values: Values = new Map();
  for (const op of dag.ops) {
    const size = op.output.shape.reduce((n, extent) => n * extent, 1);
    if (op.kind === 'placeholder') {
      values.set(op.output, Array.from({ length: size }, (_, i) => ((i * 37 + op.name.charCodeAt(0)) % 101) - 50));
      continue;
    }
    const out = new Array<number>(size).fill(NaN);
    values.set(op.output, out);
    const env = new Map<Var, number>();
    forEach(op.axes, env, () => {
      const at = flat(op.output, op.axes.map((axis) => env.get(axis.var) ?? NaN));
      if (op.body.kind === 'expr') {
        out[at] = value(op.body.value, env, values);
        return;
      }
      const [neutral, combine] = COMBINE[op.body.combiner];
      const source = op.body.source;
      let sum = neutral;
      forEach(op.reduceAxes, env, () => { sum = combine(sum, value(source, env, values)); });
      out[at] = sum;
    });
  }
  return dag.outputs.map((buffer) => values.get(buffer) ?? []);
}
