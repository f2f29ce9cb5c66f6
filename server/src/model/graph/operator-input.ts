/** Reading an operator's inputs: required ones, and those whose values must be known. */
import { err, ok, type Result } from '../../base/result.js';
import type { Value } from './graph.js';

/** Input `index`, or a message. */
export function required(inputs: readonly (Value | undefined)[], index: number): Result<Value> {
  const value = inputs[index];
  return value === undefined ? err(`input ${index} is missing`) : ok(value);
}

/** The elements of a value that must be constant (`role` names it in the message). */
export function constantNumbers(value: Value, role: string): Result<readonly number[]> {
  if (value.constant === undefined) return err(`its ${role} is computed while the model runs; only constant ${role} is supported (run the model through a simplifier such as onnxslim)`);
  const loaded = value.constant.load();
  return loaded.ok ? ok(Array.from(loaded.value.data)) : err(loaded.error.message);
}

/** The elements of an optional constant input, or those of an attribute that older operator sets use. */
export function optionalNumbers(value: Value | undefined, attribute: readonly number[] | undefined, role: string): Result<readonly number[] | undefined> {
  return value === undefined ? ok(attribute) : constantNumbers(value, role);
}

/** A dimension index counted from the end when negative, or a message. */
export function axisOf(axis: number, rank: number): Result<number> {
  const from0 = axis < 0 ? axis + rank : axis;
  return Number.isInteger(from0) && from0 >= 0 && from0 < rank ? ok(from0) : err(`axis ${axis} does not exist in a tensor of rank ${rank}`);
}
