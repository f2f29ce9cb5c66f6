/** Procedures on tensors that are known at compile time. */
import { defined } from '../../base/assert.js';
import { err, ok, type Result } from '../../base/result.js';
import { elementCount, type Buffer } from '../../ir/buffer.js';
import { interpretProcedure, memoryFor, TooManySteps, type Memory } from '../../ir/procedure/interpret.js';
import type { Procedure } from '../../ir/procedure/procedure.js';
import { hostTensor, type HostTensor } from '../tensor.js';

/** Loop turns: about a second. */
const MOST_STEPS = 2_000_000;

/** The outputs; fails where it would take too long. */
export function runOnConstants(procedure: Procedure, inputs: readonly HostTensor[]): Result<readonly HostTensor[]> {
  const memory = new Map<Buffer, Memory>();
  procedure.inputs.forEach((buffer, i) => {
    const { data } = defined(inputs[i], 'an input');
    const to = memoryFor(buffer.dtype, data.length);
    data.forEach((value, k) => (to[k] = to instanceof Float64Array ? value : BigInt(Math.trunc(value))));
    memory.set(buffer, to);
  });
  for (const buffer of procedure.outputs) memory.set(buffer, memoryFor(buffer.dtype, elementCount(buffer.shape)));
  try {
    interpretProcedure(procedure, memory, MOST_STEPS);
  } catch (e) {
    if (e instanceof TooManySteps) return err('its constant inputs are too large to be computed with at compile time: run the model through a simplifier such as onnxslim');
    throw e;
  }
  return ok(procedure.outputs.map((buffer) => hostTensor(buffer.dtype, buffer.shape, Float64Array.from(defined(memory.get(buffer), 'an output') as ArrayLike<number | bigint>, Number))));
}
