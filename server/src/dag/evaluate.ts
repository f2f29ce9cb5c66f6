/**
 * Reference values straight from a DAG, in double precision with an error bound, independent of lowering and of every target:
 * what results of built programs are compared with.
 */
import { assert, defined } from '../base/assert.js';
import { elementCount, type Buffer } from '../ir/buffer.js';
import { Givens } from '../ir/bounded.js';
import type { Expr } from '../ir/expr.js';
import { visitExpr } from '../ir/walk.js';
import { ERROR_REGISTER, StageTexts } from './bounded-stages.js';
import type { ComputeDag } from './compute-dag.js';
import { bodyExpr, readBuffers } from './create.js';

/** A stage with so many loads an element (both transforms of a winograd convolution have more) is not computed twice. */
const KEPT_LOADS = 16;

/** `error` bounds what rounding in the element types may change, for any order of a sum's terms; 0 for integers. */
export interface ElementValue { readonly value: number; readonly error: number }

/** Row-major values of the DAG's placeholders. */
export type InputValues = ReadonlyMap<Buffer, ArrayLike<number>>;

/**
 * The element of `buffer` (an output or any stage of `dag`) at `index`. Elements of stages that are costly to compute again are
 * kept, so use one evaluator for all elements of one set of inputs.
 */
export interface DagEvaluator { readonly element: (buffer: Buffer, index: readonly number[]) => ElementValue }

/** What the text of a DAG's stages gives. */
interface Stages { readonly readers: readonly ((...index: readonly number[]) => number)[]; readonly error: () => number }

/** Throws if an input is missing or has the wrong number of values. */
export function createDagEvaluator(dag: ComputeDag, inputs: InputValues): DagEvaluator {
  const givens = new Givens();
  const texts = new StageTexts(givens);
  const costly = new Set<Buffer>();
  /** Loads behind one element of a stage that is not kept. */
  const work = new Map<Buffer, number>();
  const places = new Map<Buffer, number>();
  for (const op of dag.ops) {
    if (op.kind === 'placeholder') {
      const values = defined(inputs.get(op.output), `the values of ${op.name}`);
      assert(values.length === elementCount(op.output.shape), `${op.name} has ${values.length} values for ${elementCount(op.output.shape)} elements`);
      texts.input(op.output, values);
      continue;
    }
    const read = readBuffers(bodyExpr(op));
    const loads = loadsOf(bodyExpr(op), work);
    const keep = op.reduceAxes.length > 0 || read.length === 0 || loads >= KEPT_LOADS || read.some((buffer) => costly.has(buffer));
    if (keep) costly.add(op.output);
    else work.set(op.output, loads);
    texts.stage(op, keep);
    places.set(op.output, places.size);
  }
  const { readers, error } = givens.run(`${texts.text}\nreturn { readers: [${[...places.keys()].map((buffer) => texts.nameOf(buffer)).join(', ')}], error: () => ${ERROR_REGISTER} };`) as Stages;
  return {
    element: (buffer, index) => {
      const known = inputs.get(buffer);
      if (known !== undefined) return { value: known[flatIndex(buffer, index)] ?? NaN, error: 0 };
      flatIndex(buffer, index);
      const value = defined(readers[places.get(buffer) ?? -1], `a stage that writes ${buffer.name}`)(...index);
      return { value, error: error() };
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
