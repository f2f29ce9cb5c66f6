/** Which loops and stages of two programs are the same: in order first, then by name wherever they have moved. */
import type { LoopNode } from '../../protocol/loop-tree-view.js';
import type { NodeMatch } from '../../protocol/schedule-diff-view.js';
import { align } from '../align.js';
import { flatten } from '../tree/loop-tree.js';

function differs(a: LoopNode, b: LoopNode): boolean {
  return a.annotation !== b.annotation || a.extentText !== b.extentText || a.notes.join() !== b.notes.join();
}

/** Each node of either tree once, in the order of the left one as far as that goes. */
export function matchNodes(left: readonly LoopNode[], right: readonly LoopNode[]): readonly NodeMatch[] {
  const pairs = align(flatten(left), flatten(right), (a, b) => (a.kind !== b.kind || a.stage !== b.stage || a.name !== b.name ? 2 : differs(a, b) ? 1 : 0));
  const moved = new Map(pairs.flatMap((p) => (p.kind === 'added' ? [[p.b.id, p.b] as const] : [])));
  const taken = new Set<string>();
  const found: NodeMatch[] = [];
  for (const pair of pairs) {
    if (pair.kind === 'same' || pair.kind === 'changed') found.push({ match: pair.kind, left: pair.a.id, right: pair.b.id });
    else if (pair.kind === 'removed') {
      const other = moved.get(pair.a.id);
      if (other !== undefined) taken.add(other.id);
      found.push(other === undefined ? { match: 'removed', left: pair.a.id } : { match: 'changed', left: pair.a.id, right: other.id });
    } else found.push({ match: 'added', right: pair.b.id });
  }
  return found.filter((m) => m.left !== undefined || m.right === undefined || !taken.has(m.right));
}
