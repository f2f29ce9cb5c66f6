/** `@attributes` before a statement (spec sketch-rules, section 9). */
import type { OpAttrs } from '../dag/op.js';
import type { AttrNode } from './ast.js';
import { constantInteger } from './constant.js';
import { TcFault } from './problem.js';

const LISTS: ReadonlyMap<string, 'alwaysUnrollInner' | 'noSplitAtInner' | 'simplifyConstTensorIndices'> = new Map([
  ['always_unroll_inner', 'alwaysUnrollInner'], ['no_split_at_inner', 'noSplitAtInner'], ['simplify_const_tensor_indices', 'simplifyConstTensorIndices'],
]);

/** `shownName`: an index's name in state texts, undefined for what is no index of the statement. Throws TcFault. */
export function attributesOf(nodes: readonly AttrNode[], shownName: (index: string) => string | undefined, sizes: ReadonlyMap<string, number>): OpAttrs {
  let attrs: OpAttrs = {};
  for (const node of nodes) {
    const { name } = node;
    const list = LISTS.get(name.text);
    const key = list ?? (name.text === 'const_matrix' ? 'constMatrix' : name.text === 'flop' ? 'flop' : undefined);
    if (key === undefined) {
      throw new TcFault(name, `unknown attribute \`@${name.text}\``, `known are ${[...LISTS.keys(), 'const_matrix', 'flop'].map((n) => `@${n}`).join(', ')}`, name.length, { kind: 'unknown', among: 'attribute' });
    }
    if (attrs[key] !== undefined) throw new TcFault(name, `\`@${name.text}\` stands here twice`, undefined, name.length);
    if (list !== undefined) attrs = { ...attrs, [list]: indexList(node, shownName) };
    else if (key === 'constMatrix') {
      if (node.args.length > 0) throw new TcFault(name, '`@const_matrix` takes no arguments', undefined, name.length);
      attrs = { ...attrs, constMatrix: true };
    } else attrs = { ...attrs, flop: flopOf(node, sizes) };
  }
  return Object.freeze(attrs);
}

function indexList(node: AttrNode, shownName: (index: string) => string | undefined): readonly string[] {
  return Object.freeze(node.args.map((arg) => {
    if (arg.kind === 'string') return arg.text;
    if (arg.kind === 'value') throw new TcFault(arg.node.at, 'expected the name of an index', undefined, arg.node.length);
    const shown = shownName(arg.name.text);
    if (shown === undefined) throw new TcFault(arg.name, `\`${arg.name.text}\` is no index of this statement`, undefined, arg.name.length);
    return shown;
  }));
}

function flopOf(node: AttrNode, sizes: ReadonlyMap<string, number>): number {
  const [arg] = node.args;
  if (arg?.kind !== 'value' || node.args.length !== 1) throw new TcFault(node.name, '`@flop` takes one integer', undefined, node.name.length);
  return constantInteger(arg.node, sizes);
}
