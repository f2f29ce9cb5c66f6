/** What came of one case. */
import { elementCount } from '../../../server/src/ir/buffer.js';
import { dtypeBytes } from '../../../server/src/ir/dtype.js';
import type { NetworkPlan } from '../../../server/src/model/plan.js';
import type { BackendCase } from './case.js';
import { difference } from './compare.js';
import { planCase, type PlannedCase } from './compile-case.js';
import { runWasmCase } from './run-wasm-case.js';

/** `problem` undefined: passed. */
export interface Outcome { readonly problem: string | undefined }

export function outcomeOf(test: BackendCase, schedule: 'naive' | 'default'): Outcome {
  try {
    const planned = planCase(test);
    return { problem: wrongOutput(test, planned, runWasmCase(planned, schedule)) };
  } catch (e) {
    return { problem: (e instanceof Error ? e.message : String(e)).slice(0, 300) };
  }
}

/** The shape of output `i` in this run. */
export function actualShape(plan: NetworkPlan, i: number, outputs: readonly Uint8Array[]): readonly number[] {
  const at = plan.outputs.findIndex((port) => port.shapeOf === i);
  const bytes = outputs[at];
  return bytes === undefined ? plan.outputs[i]?.shape ?? [] : Array.from(new BigInt64Array(Uint8Array.from(bytes).buffer), Number);
}

/** The first output that differs from the expected one. */
export function wrongOutput(test: BackendCase, { plan }: PlannedCase, outputs: readonly Uint8Array[]): string | undefined {
  for (const [i, expected] of test.outputs.entries()) {
    const port = plan.outputs[i];
    const got = outputs[i];
    if (port === undefined || got === undefined) return `output ${i} is missing`;
    const shape = actualShape(plan, i, outputs);
    const wrong = difference(expected, port.dtype, shape, got.subarray(0, elementCount(shape) * dtypeBytes(port.dtype)));
    if (wrong !== undefined) return `output ${i}: ${wrong}`;
  }
  return undefined;
}
