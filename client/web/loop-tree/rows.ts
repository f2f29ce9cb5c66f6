/** The tree as rows: which nodes are shown, where, and how they hang together. Pure: no document. */
import { hierarchy, type HierarchyNode } from 'd3-hierarchy';
import type { LoopNode } from '../../../server/src/protocol/loop-tree-view.js';

export interface Row {
  readonly node: LoopNode;
  /** From 0. */
  readonly index: number;
  readonly level: number;
  /** Row of the node around it; -1 at the root. */
  readonly parent: number;
  readonly expanded: boolean | undefined;
  /** Place among its siblings from 1, and their number. */
  readonly position: number;
  readonly siblings: number;
}

/** `collapsed`: ids of nodes whose insides are hidden. */
export function rowsOf(roots: readonly LoopNode[], collapsed: ReadonlySet<string>): readonly Row[] {
  interface Datum { readonly node: LoopNode | undefined; readonly children: readonly LoopNode[] }
  const datum = (node: LoopNode): Datum => ({ node, children: node.children });
  const tree: HierarchyNode<Datum> = hierarchy<Datum>({ node: undefined, children: roots }, (d) => (d.node !== undefined && collapsed.has(d.node.id) ? [] : d.children.map(datum)));
  const rows: Row[] = [];
  const indexOf = new Map<HierarchyNode<Datum>, number>();
  tree.eachBefore((at) => {
    const { node } = at.data;
    if (node === undefined) return;
    indexOf.set(at, rows.length);
    const siblings = at.parent?.children ?? [at];
    rows.push({
      node, index: rows.length, level: at.depth, parent: at.parent === null ? -1 : indexOf.get(at.parent) ?? -1, expanded: node.children.length === 0 ? undefined : !collapsed.has(node.id),
      position: siblings.indexOf(at) + 1, siblings: siblings.length,
    });
  });
  return rows;
}

/** Text that search and type-ahead look at. */
export function searchText(node: LoopNode): string {
  return [node.kind === 'loop' ? `${node.annotation} ${node.name}` : node.name, node.stage, node.extentText, ...node.notes].join(' ').toLowerCase();
}

/** Ids around `id`, outermost first. */
export function pathTo(roots: readonly LoopNode[], id: string): readonly string[] | undefined {
  for (const node of roots) {
    if (node.id === id) return [];
    const inside = pathTo(node.children, id);
    if (inside !== undefined) return [node.id, ...inside];
  }
  return undefined;
}
