/** What a network that runs gave: the model's outputs as numbers, in the shapes that they have in this run. */
import type { DType } from '../ir/dtype.js';
import { dtypeBytes } from '../ir/dtype.js';
import { elementCount } from '../ir/buffer.js';
import type { NetworkPlan } from '../model/plan.js';
import type { RunningNetwork } from './network.js';
import { elementNumbers } from '../ir/element-bytes.js';
import { SessionError } from './problem.js';

export interface NetworkOutput { readonly name: string; readonly dtype: DType; readonly shape: readonly number[]; readonly data: ArrayLike<number> }

/** Without the ports that hold shapes. @throws SessionError */
export async function readOutputs(network: RunningNetwork, plan: NetworkPlan): Promise<NetworkOutput[]> {
  const read: Uint8Array[] = [];
  for (const position of network.outputs) {
    const bytes = await network.open.tensor(position);
    if (!bytes.ok) throw new SessionError(bytes.error.message);
    read.push(bytes.value);
  }
  return outputsOfBytes(plan, read);
}

/** The same from the bytes of the plan's outputs, in their order. */
export function outputsOfBytes(plan: NetworkPlan, bytes: readonly Uint8Array[]): NetworkOutput[] {
  return plan.outputs.flatMap(({ name, dtype, shape, shapeOf }, i): NetworkOutput[] => {
    if (shapeOf !== undefined) return [];
    const at = plan.outputs.findIndex((port) => port.shapeOf === i);
    const actual = at < 0 ? shape : Array.from(elementNumbers(bytes[at] ?? new Uint8Array(0), 'int64'));
    const own = (bytes[i] ?? new Uint8Array(0)).subarray(0, elementCount(actual) * dtypeBytes(dtype));
    return [{ name, dtype, shape: actual, data: elementNumbers(own, dtype) }];
  });
}
