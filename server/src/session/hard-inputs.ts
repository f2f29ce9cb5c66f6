/**
 * Inputs on which programs go wrong that are right on ordinary ones: zeros, denormals, large values, and NaN and infinity where the operator
 * says what becomes of them. Functions of seed and position, like the ordinary ones.
 */
import type { ComputeDag } from '../dag/compute-dag.js';
import { bodyExpr } from '../dag/create.js';
import type { Buffer } from '../ir/buffer.js';
import { elementCount } from '../ir/buffer.js';
import { isFloat, type DType } from '../ir/dtype.js';
import type { Expr } from '../ir/expr.js';
import { randomTensor } from '../measure/fill.js';
import type { Fill } from '../measure/interface.js';

export interface InputSet {
  readonly name: string;
  /** Values of input `i`. */
  readonly values: (i: number) => Float32Array | Float64Array;
  /** The same as a runner can make them; undefined: they must be stored. */
  readonly fill: (i: number) => Fill | undefined;
}

/** Uniform values. Integers take part in the ordinary range only: what overflows is another matter. */
export function uniformSet(name: string, inputs: readonly Buffer[], seed: number, low: number, high: number): InputSet {
  const range = (dtype: DType): readonly [number, number] => (isFloat(dtype) ? [low, high] : [Math.max(-1, Math.min(low, 0)), Math.min(1, Math.max(high, 0))]);
  return {
    name,
    values: (i) => {
      const b = at(inputs, i);
      return randomTensor(b.dtype, seed + i, ...range(b.dtype), elementCount(b.shape));
    },
    fill: (i) => {
      const [from, to] = range(at(inputs, i).dtype);
      return { kind: 'random', seed: seed + i, low: from, high: to };
    },
  };
}

/** The sets that fit `dag`. */
export function hardInputs(dag: ComputeDag, inputs: readonly Buffer[], seed: number): readonly InputSet[] {
  const floats = inputs.filter((b) => isFloat(b.dtype));
  const sets: InputSet[] = [{ name: 'zeros', values: (i) => zeros(at(inputs, i)), fill: () => ({ kind: 'zero' }) }];
  if (floats.length === 0) return sets;
  const narrow = dag.ops.some((op) => op.output.dtype === 'float16' || op.output.dtype === 'bfloat16');
  sets.push(uniformSet('denormals', inputs, seed, -1e-39, 1e-39), uniformSet('large values', inputs, seed, narrow ? -16 : -1e4, narrow ? 16 : 1e4));
  const special = inputs.findIndex((b) => isFloat(b.dtype));
  if (definesSpecials(dag)) {
    const ordinary = uniformSet('', inputs, seed, 0.5, 1);
    const values = (i: number): Float32Array | Float64Array => {
      const data = ordinary.values(i);
      if (i === special) {
        data[Math.floor(data.length / 3)] = NaN;
        data[data.length - 1] = Infinity;
      }
      return data;
    };
    sets.push({ name: 'NaN and infinity', values, fill: (i) => (i === special ? undefined : ordinary.fill(i)) });
  }
  return sets;
}

/** Only sums, differences, products and quotients of floats: what NaN and infinity become does not depend on the order. */
function definesSpecials(dag: ComputeDag): boolean {
  const plain = (e: Expr): boolean => {
    switch (e.kind) {
      case 'binary': return !isFloat(e.dtype) || ((e.op === 'add' || e.op === 'sub' || e.op === 'mul' || e.op === 'div') && plain(e.a) && plain(e.b));
      case 'load': case 'float': case 'int': case 'var': return true;
      default: return false;
    }
  };
  return dag.ops.every((op) => op.kind === 'placeholder' || (isFloat(op.output.dtype) && (op.body.kind === 'expr' || op.body.combiner === 'add') && plain(bodyExpr(op))));
}

function zeros(b: Buffer): Float32Array | Float64Array {
  return b.dtype === 'float32' ? new Float32Array(elementCount(b.shape)) : new Float64Array(elementCount(b.shape));
}

function at(inputs: readonly Buffer[], i: number): Buffer {
  const b = inputs[i];
  if (b === undefined) throw new Error(`assertion failed: there is no input ${i}`);
  return b;
}
