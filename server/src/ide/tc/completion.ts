/** What may be typed next in a `.tc` file. */
import { typeName } from '../../dag/tc-words.js';
import type { TcTree, TcTreeDef } from '../../lang/parse.js';
import type { Position } from '../../lang/problem.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { isBefore, opOf, type TcAnalysis } from './analysis.js';
import { attributes, builtInFunctions, elementTypes, keywordSummary } from './built-ins.js';
import { cursorAt, type Cursor } from './cursor.js';

export interface TcCompletion {
  readonly label: string;
  readonly kind: 'keyword' | 'type' | 'function' | 'tensor' | 'parameter' | 'index' | 'size' | 'attribute' | 'snippet' | 'operator';
  readonly detail: string;
  /** In the snippet syntax of editors: `$1`, `${1:name}`, `$0`. */
  readonly snippet: string;
  /** Smaller ones first. */
  readonly rank: number;
}

const item = (label: string, kind: TcCompletion['kind'], detail: string, rank: number, snippet = label): TcCompletion => ({ label, kind, detail, snippet, rank });
const holes = (names: readonly string[]): string => names.map((name, k) => `\${${k + 1}:${name}}`).join(', ');

/** Never throws. In order of rank. */
export function completeTc(analysis: TcAnalysis, at: Position, ctx: PrintContext): readonly TcCompletion[] {
  const cursor = cursorAt(analysis, at);
  return itemsFor(cursor, analysis, at, ctx).toSorted((a, b) => a.rank - b.rank || (a.label < b.label ? -1 : 1));
}

function itemsFor(cursor: Cursor, { tree }: TcAnalysis, at: Position, ctx: PrintContext): readonly TcCompletion[] {
  const def = tree.defs.findLast(({ node }) => !isBefore(at, node.start));
  const keyword = (word: string, snippet = word): TcCompletion => item(word, 'keyword', keywordSummary(word, ctx) ?? '', 5, snippet);
  switch (cursor.place) {
    case 'nothing': return [];
    case 'top': return [...topSnippets(ctx), keyword('sizes', 'sizes ${1:N} = ${2:512}')];
    case 'parameter': return [keyword('const', 'const '), ...elementTypes(ctx).map(({ name, summary }) => item(name, 'type', summary, 1, `${name}(\${1:N}) \${2:A}`))];
    case 'parameter-size': return sizes(tree, at);
    case 'outputs': return (def?.node.statements ?? []).map((s) => tensorItem(def, s.name.text, 'tensor', ctx, s.name.text));
    case 'statement': return [...statementSnippets(def, ctx), item('@', 'attribute', ctx.t('an attribute of the next statement', {}), 6)];
    case 'attribute': return attributes(ctx).map(({ name, parameters, summary }) => item(name, 'attribute', summary, 1, parameters.length === 0 ? name : `${name}($1)`));
    case 'attribute-index': return indexItems(cursor.indices.length > 0 ? cursor.indices : followingIndices(def, at), ctx);
    case 'axis': return indexItems([...new Set((def?.node.statements ?? []).flatMap((s) => s.axes.map((axis) => axis.text)))].filter((name) => !cursor.indices.includes(name)), ctx);
    case 'assignment': return ['=', '+=!', 'max=!', 'min=!', '*=!'].map((sign, k) => item(sign, 'operator', keywordSummary(sign, ctx) ?? '', k, `${sign} `));
    case 'expression': return [...expressionItems(cursor, tree, def, at, ctx), ...(cursor.afterValue ? [keyword('where', 'where ${1:i} in 0:${2:N}')] : [])];
    case 'where-index': return cursor.indices.map((name) => item(name, 'index', ctx.t('index', {}), 1, `${name} in 0:\${1:N}`));
    case 'where-in': return [keyword('in', 'in 0:${1:N}'), keyword('as', 'as "$1"')];
    case 'range': return sizes(tree, at);
  }
}

function sizes(tree: TcTree, at: Position): readonly TcCompletion[] {
  const bound = new Map(tree.bindings.filter(({ name }) => isBefore(name, at)).map(({ name, value }) => [name.text, value]));
  return [...bound].map(([name, value]) => item(name, 'size', String(value), 2));
}

function indexItems(names: readonly string[], { t }: PrintContext): readonly TcCompletion[] {
  return names.map((name, k) => item(name, 'index', t('index', {}), k / 1000));
}

/** Of the statement that the attributes at `at` belong to. */
function followingIndices(def: TcTreeDef | undefined, at: Position): readonly string[] {
  const statement = def?.node.statements.find((s) => isBefore(at, s.end));
  return statement?.axes.map((axis) => axis.text) ?? [];
}

function tensorItem(def: TcTreeDef | undefined, name: string, kind: 'tensor' | 'parameter', ctx: PrintContext, snippet?: string): TcCompletion {
  const op = def === undefined ? undefined : opOf(def, name);
  if (op === undefined) return item(name, kind, ctx.t('tensor', {}), 1, snippet ?? `${name}($1)`);
  const { dtype, shape } = op.output;
  const indices = op.kind === 'compute' ? op.axes.map((axis) => axis.var.name.replace(/[^\w]/g, '_')) : shape.map((_, d) => `i${d}`);
  return item(name, kind, `${typeName(dtype)}(${shape.join(', ')})`, 1, snippet ?? `${name}(${holes(indices)})`);
}

function expressionItems(cursor: Cursor, tree: TcTree, def: TcTreeDef | undefined, at: Position, ctx: PrintContext): readonly TcCompletion[] {
  const params = (def?.node.params ?? []).map((param) => tensorItem(def, param.name.text, 'parameter', ctx));
  const tensors = (def?.node.statements ?? []).filter((s) => isBefore(s.end, at)).map((s) => tensorItem(def, s.name.text, 'tensor', ctx));
  const functions = builtInFunctions(ctx).map(({ name, parameters, summary }) => item(name, 'function', summary, 3, `${name}(${holes(parameters)})`));
  const casts = elementTypes(ctx).map(({ name, summary }) => item(name, 'type', ctx.t('cast: {summary}', { summary }), 4, `${name}($1)`));
  const values = ['true', 'false', 'inf', 'nan'].map((word) => item(word, 'keyword', '', 5));
  // In the brackets of a tensor an index is what comes next.
  const inner = cursor.calls.at(-1)?.name ?? '';
  const indexing = [...params, ...tensors].some((one) => one.label === inner);
  const indices = cursor.indices.map((name) => item(name, 'index', ctx.t('index', {}), indexing ? 0 : 2));
  const taken = new Set(cursor.indices);
  return [...params, ...tensors, ...indices, ...sizes(tree, at).filter((size) => !taken.has(size.label)), ...functions, ...casts, ...values];
}

function topSnippets({ t }: PrintContext): readonly TcCompletion[] {
  return [
    item('def', 'snippet', t('an operator', {}), 0, 'def ${1:name}(float(${2:M, N}) ${3:A}) -> (${4:B}) {\n  ${4:B}(${5:i, j}) = ${3:A}(${5:i, j})$0\n}'),
    item('def matmul', 'snippet', t('a matrix product', {}), 1, 'def ${1:matmul}(float(${2:512}, ${3:512}) A, float(${3:512}, ${4:512}) B) -> (C) {\n  C(i, j) +=! A(i, k) * B(k, j)$0\n}'),
    item('def conv2d', 'snippet', t('a convolution with padding, NHWC', {}), 1,
      'def ${1:conv2d}(float(1, ${2:56}, ${2:56}, ${3:64}) data, const float(3, 3, ${3:64}, ${4:64}) kernel) -> (conv) {\n  pad(n, h, w, c) = (h >= 1 && h < ${2:56} + 1 && w >= 1 && w < ${2:56} + 1) ? data(n, h - 1, w - 1, c) : 0\n    where h in 0:${2:56} + 2, w in 0:${2:56} + 2\n  conv(n, h, w, co) +=! pad(n, h + rh, w + rw, rc) * kernel(rh, rw, rc, co)$0\n}'),
  ];
}

/** Outputs that are not computed yet come first. */
function statementSnippets(def: TcTreeDef | undefined, { t }: PrintContext): readonly TcCompletion[] {
  const done = new Set(def?.node.statements.map((s) => s.name.text));
  const open = (def?.node.outputs ?? []).filter((output) => !done.has(output.text));
  return [
    ...open.map((output) => item(output.text, 'tensor', t('an output that is not computed yet', {}), 0, `${output.text}(\${1:i}) = $0`)),
    item('tensor(i, j) = ...', 'snippet', t('a tensor, element by element', {}), 1, '${1:T}(${2:i, j}) = $0'),
    item('tensor(i, j) +=! ...', 'snippet', t('a sum over the indices that stand only on the right', {}), 2, '${1:T}(${2:i, j}) +=! $0'),
  ];
}
