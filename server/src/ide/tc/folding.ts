/** What can be folded in a `.tc` file: definitions, statements of several lines, comments. Lines from 0, both inclusive. */
import type { TcAnalysis } from './analysis.js';

export interface TcFold { readonly from: number; readonly to: number; readonly kind: 'code' | 'remarks' }

export function foldTc({ tree }: TcAnalysis): readonly TcFold[] {
  const folds: TcFold[] = [];
  const add = (from: number, to: number, kind: TcFold['kind']): void => {
    if (to > from) folds.push({ from: from - 1, to: to - 1, kind });
  };
  for (const { node } of tree.defs) {
    // The closing brace stays in sight.
    add(node.start.line, node.end.line - 1, 'code');
    for (const statement of node.statements) add(statement.start.line, statement.end.line, 'code');
  }
  let start: number | undefined;
  let last = 0;
  for (const comment of [...tree.comments.filter((c) => c.first), undefined]) {
    if (start !== undefined && comment?.line === last + 1) {
      last = comment.line;
      continue;
    }
    if (start !== undefined) add(start, last, 'remarks');
    start = comment?.line;
    last = comment?.line ?? 0;
  }
  return folds.toSorted((a, b) => a.from - b.from || b.to - a.to);
}
