/** Begin or end of a loop among the steps of a lowered graph. */
import type { Tensor } from './tensor.js';

export interface LoopMark {
  readonly loop: 'begin' | 'end';
  /** All that the loop carries and collects. */
  readonly state: readonly Tensor[];
  /** The flag (bool, one element) that says whether there is another trip. */
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** How many primitives come before it. */
  readonly after: number;
  /** How often it runs at most, where that is known. */
  readonly trips: number | undefined;
}
