/** What the names of a `.tc` file are, for colours: a grammar cannot tell an index from a size. */
import { TYPE_NAMES } from '../../dag/tc-words.js';
import type { Position } from '../../lang/problem.js';
import type { TcAnalysis } from './analysis.js';
import { isBuiltIn } from './symbols.js';

/** Token types and modifiers by the protocol's standard names; a token's numbers are positions in these. */
export const TOKEN_TYPES = ['class', 'parameter', 'variable', 'property', 'enumMember', 'function', 'type', 'decorator'] as const;
export const TOKEN_MODIFIERS = ['declaration', 'readonly', 'defaultLibrary'] as const;

export interface SemanticToken extends Position {
  readonly length: number;
  readonly type: (typeof TOKEN_TYPES)[number];
  readonly modifiers: readonly (typeof TOKEN_MODIFIERS)[number][];
}

const TYPES = { definition: 'class', parameter: 'parameter', tensor: 'variable', index: 'property', size: 'enumMember' } as const;

/** In order of the text. */
export function semanticTokens({ tree, symbols }: TcAnalysis): readonly SemanticToken[] {
  const found: SemanticToken[] = symbols.all.map(({ symbol, role, line, column, length }) => {
    const constant = symbol.kind === 'size' || symbol.def?.node.params.some((param) => param.constant && param.name.text === symbol.name && symbol.kind === 'parameter') === true;
    return { line, column, length, type: TYPES[symbol.kind], modifiers: [...(role === 'definition' ? ['declaration' as const] : []), ...(constant ? ['readonly' as const] : [])] };
  });
  tree.tokens.forEach(({ kind, text, line, column, length }, k) => {
    if (kind !== 'word') return;
    const after = tree.tokens[k + 1];
    if (tree.tokens[k - 1]?.text === '@') found.push({ line, column, length, type: 'decorator', modifiers: [] });
    else if (TYPE_NAMES.has(text)) found.push({ line, column, length, type: 'type', modifiers: ['defaultLibrary'] });
    else if (isBuiltIn(text) && after?.text === '(') found.push({ line, column, length, type: 'function', modifiers: ['defaultLibrary'] });
  });
  return found.toSorted((a, b) => a.line - b.line || a.column - b.column);
}
