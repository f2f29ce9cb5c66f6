/**
 * The plain way to evaluate elements with error bounds: closures, one for each node of an expression, called for every element. What the
 * generated text of dag/evaluate.ts is compared with, bit for bit.
 */
import { assert, defined } from '../../server/src/base/assert.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { bodyExpr } from '../../server/src/dag/create.js';
import type { DagEvaluator, ElementValue, InputValues } from '../../server/src/dag/evaluate.js';
import type { Axis, ComputeOp } from '../../server/src/dag/op.js';
import { elementCount, type Buffer } from '../../server/src/ir/buffer.js';
import { isFloat, type DType } from '../../server/src/ir/dtype.js';
import { compileExpr } from '../../server/src/ir/evaluate.js';
import type { Expr, Var } from '../../server/src/ir/expr.js';
import { MATH_FUNCTIONS, type MathFunction } from '../../server/src/ir/math-functions.js';
import type { Combiner } from '../../server/src/ir/program.js';
import { applyBinary, neutralValue, roundingOf, storedValue, wrapInteger } from '../../server/src/ir/scalar.js';
import { operands } from '../../server/src/ir/walk.js';

export function plainDagEvaluator(dag: ComputeDag, inputs: InputValues): DagEvaluator {
  const register: ErrorRegister = { error: 0 };
  const readers = new Map<Buffer, ElementReader>();
  for (const op of dag.ops) {
    if (op.kind === 'placeholder') {
      const values = defined(inputs.get(op.output), `the values of ${op.name}`);
      assert(values.length === elementCount(op.output.shape), `${op.name} has ${values.length} values for ${elementCount(op.output.shape)} elements`);
      readers.set(op.output, (at) => {
        register.error = 0;
        return values[at] ?? NaN;
      });
      continue;
    }
    readers.set(op.output, found(stageReader(op, readers, register), register));
  }
  return {
    element: (buffer, index) => {
      const reader = defined(readers.get(buffer), `a stage that writes ${buffer.name}`);
      const value = reader(index.reduce((at, i, d) => at * (buffer.shape[d] ?? NaN) + i, 0));
      return { value, error: register.error };
    },
  };
}

/** The value at a row-major offset; sets the error register. */
type ElementReader = (at: number) => number;

/** No element is computed twice. */
function found(compute: ElementReader, register: ErrorRegister): ElementReader {
  const known = new Map<number, ElementValue>();
  return (at) => {
    const hit = known.get(at);
    if (hit !== undefined) {
      register.error = hit.error;
      return hit.value;
    }
    const value = compute(at);
    known.set(at, { value, error: register.error });
    return value;
  };
}

/** A variable's present value. */
interface Cell { value: number }

function stageReader(op: ComputeOp, readers: ReadonlyMap<Buffer, ElementReader>, register: ErrorRegister): ElementReader {
  const cells = new Map<Var, Cell>([...op.axes, ...op.reduceAxes].map((axis) => [axis.var, { value: axis.min }]));
  const cellOf = (v: Var): Cell => defined(cells.get(v), `the axis ${v.name} of ${op.name}`);
  const compiled = compileBounded(bodyExpr(op), {
    register,
    variable: (v) => { const cell = cellOf(v); return () => cell.value; },
    load: (buffer, indices) => loadReader(buffer, indices, defined(readers.get(buffer), `a stage before ${op.name} that writes ${buffer.name}`)),
  });
  const body = op.body.kind === 'expr' ? compiled : reduction(op, op.body.combiner, compiled, op.reduceAxes.map((axis) => ({ axis, cell: cellOf(axis.var) })), register);
  const axes = op.axes.map((axis) => ({ axis, cell: cellOf(axis.var) }));
  return (at) => {
    let rest = at;
    for (let d = axes.length - 1; d >= 0; d--) {
      const { axis, cell } = axes[d] as { axis: Axis; cell: Cell };
      cell.value = axis.min + (rest % axis.extent);
      rest = Math.floor(rest / axis.extent);
    }
    return body();
  };
}

function loadReader(buffer: Buffer, indices: readonly BoundedEvaluation[], reader: ElementReader): BoundedEvaluation {
  const { shape } = buffer;
  return () => {
    let at = 0;
    for (let d = 0; d < shape.length; d++) {
      const extent = shape[d] ?? 1;
      const i = indices[d]?.() ?? NaN;
      if (!(i >= 0 && i < extent)) throw new Error(`${buffer.name}: index ${i} of dimension ${d} is outside of 0:${extent}`);
      at = at * extent + i;
    }
    return reader(at);
  };
}

interface ReduceLoop { readonly axis: Axis; readonly cell: Cell }

function reduction(op: ComputeOp, combiner: Combiner, source: BoundedEvaluation, loops: readonly ReduceLoop[], register: ErrorRegister): BoundedEvaluation {
  const dtype = op.output.dtype;
  const { epsilon } = roundingOf(dtype);
  const terms = loops.reduce((n, loop) => n * loop.axis.extent, 1);
  // n roundings, each of at most epsilon times a partial sum, go in both directions: their sum grows like the root of n.
  // Rounding errors of a sum mostly cancel; in a very long one the running sum grows so large that small terms get lost, always in one direction.
  const depth = epsilon * Math.min(terms, Math.max(2 + Math.sqrt(terms) / 2, terms >= 32_768 ? terms / 128 : 0));
  const whole = !isFloat(dtype);
  return () => {
    let value = neutralValue(combiner, dtype);
    let error = 0;
    let size = 0;
    for (const loop of loops) loop.cell.value = loop.axis.min;
    for (let n = 0; n < terms; n++) {
      const term = source();
      switch (combiner) {
        case 'add':
          value += term;
          error += register.error;
          size += Math.abs(term);
          break;
        case 'mul':
          error = Math.abs(value) * register.error + Math.abs(term) * error + error * register.error + epsilon * Math.abs(value * term);
          value *= term;
          break;
        case 'max': case 'min':
          error = Math.max(error, register.error);
          if (combiner === 'max' ? term > value : term < value) value = term;
          break;
      }
      if (whole) value = wrapInteger(value, dtype);
      advance(loops);
    }
    register.error = error + depth * size;
    return value;
  };
}

/** Moves the innermost loop on, as an odometer does. */
function advance(loops: readonly ReduceLoop[]): void {
  for (let d = loops.length - 1; d >= 0; d--) {
    const { axis, cell } = loops[d] as ReduceLoop;
    cell.value++;
    if (cell.value < axis.min + axis.extent) return;
    cell.value = axis.min;
  }
}

/** The last result's absolute error bound; every evaluation sets it. A register of the evaluation, not a value. */
interface ErrorRegister { error: number }

type BoundedEvaluation = () => number;

/** `variable` and `load` give values; loads set the register too (variables are exact). */
interface BoundedScope {
  readonly register: ErrorRegister;
  readonly variable: (v: Var) => () => number;
  readonly load: (buffer: Buffer, indices: readonly BoundedEvaluation[]) => BoundedEvaluation;
}

/** Compiles `e`; calling the result gives the value and leaves its error bound in the register. */
function compileBounded(e: Expr, scope: BoundedScope): BoundedEvaluation {
  const reg = scope.register;
  const go = (x: Expr): BoundedEvaluation => compileBounded(x, scope);
  const exact = (value: () => number): BoundedEvaluation => () => {
    reg.error = 0;
    return value();
  };
  if (isIndex(e)) return exact(compileExpr(e, { variable: scope.variable, load: noLoad, rounded: false }));
  switch (e.kind) {
    case 'var': return exact(scope.variable(e));
    case 'int': { const { value } = e; return exact(() => value); }
    case 'float': { const value = storedValue(e.value, e.dtype); return exact(() => value); }
    case 'not': { const a = go(e.a); return () => (a() === 0 ? 1 : 0); }
    case 'load': return scope.load(e.buffer, e.indices.map(go));
    case 'select': return choice(go(e.cond), go(e.then), go(e.else), reg);
    case 'cast': return compileCast(go(e.a), e.dtype, reg);
    case 'binary': return compileBinary(e.op, go(e.a), go(e.b), e.a.dtype, e.dtype, reg);
    case 'call': return compileCall(e.callee, e.args.map(go), e.dtype, reg);
  }
}

/** Integers and conditions made of variables and numbers alone: nothing in them is rounded. */
function isIndex(e: Expr): boolean {
  return e.kind !== 'load' && e.kind !== 'call' && !isFloat(e.dtype) && operands(e).every(isIndex);
}

function noLoad(): never {
  throw new Error('assertion failed: an index of variables has no loads');
}

/** A condition that rounding may turn lets the other value appear too. */
function choice(cond: BoundedEvaluation, then: BoundedEvaluation, otherwise: BoundedEvaluation, reg: ErrorRegister): BoundedEvaluation {
  return () => {
    const taken = cond() !== 0;
    if (reg.error === 0) return taken ? then() : otherwise();
    const value = taken ? then() : otherwise();
    const error = reg.error;
    const other = taken ? otherwise() : then();
    reg.error = Math.max(error, reg.error + Math.abs(value - other));
    return value;
  };
}

function compileCast(a: BoundedEvaluation, to: DType, reg: ErrorRegister): BoundedEvaluation {
  if (!isFloat(to)) {
    return () => {
      const value = a();
      const error = reg.error;
      const result = wrapInteger(value, to);
      reg.error = error === 0 ? 0 : Math.max(Math.abs(wrapInteger(value + error, to) - result), Math.abs(wrapInteger(value - error, to) - result));
      return result;
    };
  }
  const { epsilon, tiny } = roundingOf(to);
  return () => {
    const value = a();
    // What the type can hold is not rounded, so integers and narrower floats stay exact.
    if (reg.error !== 0 || storedValue(value, to) !== value) reg.error += epsilon * Math.abs(value) + tiny;
    return value;
  };
}

function compileBinary(op: Parameters<typeof applyBinary>[0], a: BoundedEvaluation, b: BoundedEvaluation, operand: DType, result: DType, reg: ErrorRegister): BoundedEvaluation {
  const { epsilon, tiny } = roundingOf(result);
  switch (op) {
    case 'and': case 'or':
      return () => {
        const x = a();
        const error = reg.error;
        if ((x !== 0) === (op === 'or')) return x !== 0 ? 1 : 0;
        const y = b();
        reg.error = Math.max(error, reg.error);
        return y !== 0 ? 1 : 0;
      };
    case 'eq': case 'ne': case 'lt': case 'le': case 'gt': case 'ge':
      return () => {
        const x = a();
        const error = reg.error;
        const y = b();
        const sum = error + reg.error;
        reg.error = sum > 0 && Math.abs(x - y) <= sum ? 1 : 0;
        return applyBinary(op, x, y, operand);
      };
    case 'min': case 'max':
      return () => {
        const x = a();
        const error = reg.error;
        const y = b();
        reg.error = Math.max(error, reg.error);
        return applyBinary(op, x, y, operand);
      };
    default:
      if (!isFloat(result)) {
        return () => {
          const x = a();
          const error = reg.error;
          const y = b();
          reg.error += error;
          return wrapInteger(applyBinary(op, x, y, operand), result);
        };
      }
      if (op === 'mul') {
        return () => {
          const x = a();
          const ex = reg.error;
          const y = b();
          const ey = reg.error;
          const value = x * y;
          const size = Math.abs(value);
          reg.error = Math.abs(x) * ey + Math.abs(y) * ex + ex * ey + epsilon * size + (size > 0 ? tiny : 0);
          return value;
        };
      }
      if (op === 'add' || op === 'sub') {
        const sign = op === 'add' ? 1 : -1;
        return () => {
          const x = a();
          const ex = reg.error;
          const value = x + sign * b();
          reg.error = ex + reg.error + epsilon * Math.abs(value);
          return value;
        };
      }
      return () => {
        const x = a();
        const ex = reg.error;
        const y = b();
        const ey = reg.error;
        const value = applyBinary(op, x, y, operand);
        const size = Math.abs(value);
        if (op === 'div') reg.error = (ex + size * ey) / Math.max(Math.abs(y) - ey, Number.MIN_VALUE) + epsilon * size + (size > 0 ? tiny : 0);
        else reg.error = ex + ey + epsilon * size;
        return value;
      };
  }
}

function compileCall(callee: string, args: readonly BoundedEvaluation[], dtype: DType, reg: ErrorRegister): BoundedEvaluation {
  const [a, b, c] = args;
  const name = callee.replace(/^tir\./, '');
  if (name === 'if_then_else') return choice(defined(a, 'the condition'), defined(b, 'the value'), defined(c, 'the other value'), reg);
  if (name === 'likely') return defined(a, 'the condition');
  const f = MATH_FUNCTIONS.get(name);
  assert(f !== undefined && a !== undefined && args.length === f.arity, `${callee} with ${args.length} arguments is not known`);
  const { epsilon, tiny } = roundingOf(dtype);
  const second = b ?? (() => 0);
  return () => {
    const x = a();
    const ex = reg.error;
    const y = second();
    const ey = f.arity === 1 ? 0 : reg.error;
    const value = f.apply(x, y);
    // Libraries are right to a few units in the last place.
    const own = 4 * epsilon * Math.abs(value) + (value === 0 ? 0 : tiny);
    reg.error = own + change(f, x, y, value, ex, 0) + change(f, x, y, value, 0, ey);
    return value;
  };
}

/** How much `f` moves when its arguments move by their errors; where it is not defined there, it counts as not moving. */
function change(f: MathFunction, x: number, y: number, value: number, ex: number, ey: number): number {
  if (ex === 0 && ey === 0) return 0;
  const up = Math.abs(f.apply(x + ex, y + ey) - value);
  const down = Math.abs(f.apply(x - ex, y - ey) - value);
  return Math.max(Number.isNaN(up) ? 0 : up, Number.isNaN(down) ? 0 : down);
}
