/** The name of the loop that a split step splits, from the loops that it made. */
import type { LoopTreeStep } from '../../protocol/loop-tree-view.js';

/** `i_c` where a split made `i_c.0`, `i_c.1`, ...; undefined for other steps. */
export function splitLoop({ kind, changes }: LoopTreeStep): string | undefined {
  if (kind !== 'SP') return undefined;
  for (const [id, change] of Object.entries(changes)) {
    const name = /([^/]+)\.\d+$/.exec(id)?.[1];
    if (change === 'added' && name !== undefined) return name;
  }
  return undefined;
}
