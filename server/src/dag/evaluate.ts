/**
 * Reference values straight from a DAG, in double precision with an error bound, independent of lowering and of every target:
 * what results of built programs are compared with.
 */
import { assert, defined } from '../base/assert.js';
import { elementCount, type Buffer } from '../ir/buffer.js';
import { compileBounded, type BoundedEvaluation, type ErrorRegister } from '../ir/bounded.js';
import { isFloat } from '../ir/dtype.js';
import type { Expr, Var } from '../ir/expr.js';
import type { Combiner } from '../ir/program.js';
import { neutralValue, roundingOf, wrapInteger } from '../ir/scalar.js';
import { visitExpr } from '../ir/walk.js';
import type { ComputeDag } from './compute-dag.js';
import { bodyExpr, readBuffers } from './create.js';
import type { Axis, ComputeOp } from './op.js';

/** A stage with so many loads an element (both transforms of a winograd convolution have more) is not computed twice. */
const KEPT_LOADS = 16;
/** 17 bytes each, which the system gives when they are written. */
const MOST_PLACES = 2 ** 21;

/** `error` bounds what rounding in the element types may change, for any order of a sum's terms; 0 for integers. */
export interface ElementValue { readonly value: number; readonly error: number }

/** Row-major values of the DAG's placeholders. */
export type InputValues = ReadonlyMap<Buffer, ArrayLike<number>>;

/**
 * The element of `buffer` (an output or any stage of `dag`) at `index`. Elements of stages that are costly to compute again are
 * kept, so use one evaluator for all elements of one set of inputs.
 */
export interface DagEvaluator { readonly element: (buffer: Buffer, index: readonly number[]) => ElementValue }

/** Throws if an input is missing or has the wrong number of values. */
export function createDagEvaluator(dag: ComputeDag, inputs: InputValues): DagEvaluator {
  const register: ErrorRegister = { error: 0 };
  const readers = new Map<Buffer, ElementReader>();
  const costly = new Set<Buffer>();
  /** Loads behind one element of a stage that is not kept. */
  const work = new Map<Buffer, number>();
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
    const read = readBuffers(bodyExpr(op));
    const loads = loadsOf(bodyExpr(op), work);
    const keep = op.reduceAxes.length > 0 || read.length === 0 || loads >= KEPT_LOADS || read.some((buffer) => costly.has(buffer));
    if (keep) costly.add(op.output);
    else work.set(op.output, loads);
    const compute = stageReader(op, readers, register);
    readers.set(op.output, keep ? remembered(compute, register, elementCount(op.output.shape)) : compute);
  }
  return {
    element: (buffer, index) => {
      const reader = defined(readers.get(buffer), `a stage that writes ${buffer.name}`);
      const value = reader(flatIndex(buffer, index));
      return { value, error: register.error };
    },
  };
}

/** One element; see `createDagEvaluator`. */
export function evaluateElement(dag: ComputeDag, buffer: Buffer, index: readonly number[], inputs: InputValues): ElementValue {
  return createDagEvaluator(dag, inputs).element(buffer, index);
}

/** All elements of the DAG's outputs, row-major. For small shapes. */
export function evaluateDag(dag: ComputeDag, inputs: InputValues): ReadonlyMap<Buffer, Float64Array> {
  const evaluator = createDagEvaluator(dag, inputs);
  return new Map(dag.outputs.map((buffer) => {
    const values = new Float64Array(elementCount(buffer.shape));
    for (let at = 0; at < values.length; at++) values[at] = evaluator.element(buffer, unflattened(buffer, at)).value;
    return [buffer, values];
  }));
}

/** The value at a row-major offset; sets the error register. */
type ElementReader = (at: number) => number;

function flatIndex(buffer: Buffer, index: readonly number[]): number {
  assert(index.length === buffer.shape.length, `${buffer.name} has ${buffer.shape.length} dimensions, not ${index.length}`);
  let at = 0;
  buffer.shape.forEach((extent, d) => {
    const i = index[d] ?? NaN;
    if (!(i >= 0 && i < extent)) throw new Error(`${buffer.name}: index ${i} of dimension ${d} is outside of 0:${extent}`);
    at = at * extent + i;
  });
  return at;
}

function unflattened(buffer: Buffer, at: number): number[] {
  const index: number[] = [];
  for (let d = buffer.shape.length - 1, rest = at; d >= 0; d--) {
    const extent = buffer.shape[d] ?? 1;
    index[d] = rest % extent;
    rest = Math.floor(rest / extent);
  }
  return index;
}

/** Loads of an expression, those of the stages it reads that are not kept included. */
function loadsOf(e: Expr, work: ReadonlyMap<Buffer, number>): number {
  let loads = 0;
  visitExpr(e, (x) => {
    if (x.kind === 'load') loads += work.get(x.buffer) ?? 1;
  });
  return loads;
}

/** Where there is room, the elements lie at their places; else they are found by them. */
function remembered(compute: ElementReader, register: ErrorRegister, elements: number): ElementReader {
  if (elements > MOST_PLACES) return found(compute, register);
  const values = new Float64Array(elements);
  const errors = new Float64Array(elements);
  const known = new Uint8Array(elements);
  return (at) => {
    if (known[at] === 0) {
      values[at] = compute(at);
      errors[at] = register.error;
      known[at] = 1;
    }
    register.error = errors[at] ?? NaN;
    return values[at] ?? NaN;
  };
}

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
