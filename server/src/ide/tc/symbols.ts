/** The names of a `.tc` text: what each occurrence stands for, and where it is defined. */
import { TYPE_NAMES } from '../../dag/tc-words.js';
import { MATH_FUNCTIONS } from '../../ir/math-functions.js';
import { childNodes, type ExprNode, type Name, type StatementNode } from '../../lang/ast.js';
import type { TcTree, TcTreeDef } from '../../lang/parse.js';
import type { Position } from '../../lang/problem.js';

export type TcSymbolKind = 'definition' | 'parameter' | 'tensor' | 'index' | 'size';

/** A thing with a name. Two occurrences are of the same thing if their symbols are the same object. */
export interface TcSymbol {
  readonly kind: TcSymbolKind;
  readonly name: string;
  /** Of parameters, tensors and indices. */
  readonly def: TcTreeDef | undefined;
  /** Of indices, and of the tensor that it computes. */
  readonly statement: StatementNode | undefined;
}

export interface TcOccurrence extends Position { readonly symbol: TcSymbol; readonly length: number; readonly role: 'definition' | 'use' }

/** In order of the text. */
export interface TcSymbols {
  readonly all: readonly TcOccurrence[];
  /** The one that `at` touches. */
  at(at: Position): TcOccurrence | undefined;
  of(symbol: TcSymbol): readonly TcOccurrence[];
}

const BUILT_IN: ReadonlySet<string> = new Set([...TYPE_NAMES.keys(), ...MATH_FUNCTIONS.keys(), 'select', 'fmax', 'fmin', 'max', 'min']);

/** Whether a call of this name is a function or a cast, not a tensor's element. */
export function isBuiltIn(name: string): boolean {
  return BUILT_IN.has(name);
}

class Collector {
  readonly found: TcOccurrence[] = [];
  private readonly sizes = new Map<string, TcSymbol>();

  add(symbol: TcSymbol, at: Position, role: TcOccurrence['role']): void {
    this.found.push({ symbol, line: at.line, column: at.column, length: symbol.name.length, role });
  }

  /** Sizes that come from outside have no definition in the text. */
  size(name: string): TcSymbol {
    let symbol = this.sizes.get(name);
    if (symbol === undefined) this.sizes.set(name, symbol = { kind: 'size', name, def: undefined, statement: undefined });
    return symbol;
  }

  sizesIn(node: ExprNode): void {
    if (node.kind === 'name') this.add(this.size(node.name), node.at, 'use');
    for (const child of childNodes(node)) this.sizesIn(child);
  }
}

export function findSymbols(tree: TcTree): TcSymbols {
  const collector = new Collector();
  for (const { name, node } of tree.bindings) {
    collector.add(collector.size(name.text), name, 'definition');
    collector.sizesIn(node);
  }
  for (const def of tree.defs) collectDef(def, collector);
  const all = collector.found.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return {
    all,
    at: ({ line, column }) => all.find((o) => o.line === line && o.column <= column && column <= o.column + o.length),
    of: (symbol) => all.filter((o) => o.symbol === symbol),
  };
}

function collectDef(def: TcTreeDef, collector: Collector): void {
  const { node } = def;
  collector.add({ kind: 'definition', name: node.name.text, def, statement: undefined }, node.name, 'definition');
  const tensors = new Map<string, TcSymbol>();
  for (const param of node.params) {
    for (const size of param.shape) collector.sizesIn(size);
    const symbol: TcSymbol = { kind: 'parameter', name: param.name.text, def, statement: undefined };
    if (!tensors.has(symbol.name)) tensors.set(symbol.name, symbol);
    collector.add(tensors.get(symbol.name) ?? symbol, param.name, 'definition');
  }
  for (const statement of node.statements) {
    if (!tensors.has(statement.name.text)) tensors.set(statement.name.text, { kind: 'tensor', name: statement.name.text, def, statement });
  }
  const use = (name: string, at: Position, role: TcOccurrence['role']): void => {
    const symbol = tensors.get(name);
    if (symbol !== undefined) collector.add(symbol, at, role);
  };
  for (const output of node.outputs) use(output.text, output, 'use');
  for (const statement of node.statements) {
    use(statement.name.text, statement.name, 'definition');
    collectStatement(def, statement, collector, use);
  }
}

function collectStatement(def: TcTreeDef, statement: StatementNode, collector: Collector, useTensor: (name: string, at: Position, role: TcOccurrence['role']) => void): void {
  const indices = new Map<string, TcSymbol>();
  const index = (name: string): TcSymbol => {
    let symbol = indices.get(name);
    if (symbol === undefined) indices.set(name, symbol = { kind: 'index', name, def, statement });
    return symbol;
  };
  for (const axis of statement.axes) collector.add(index(axis.text), axis, 'definition');
  for (const range of statement.where) index(range.name.text);
  const walk = (e: ExprNode): void => {
    if (e.kind === 'name') {
      // A name that is no index yet is a size if there is one, else an index to reduce over: its first occurrence defines it.
      if (!indices.has(e.name) && def.node.sizes.has(e.name)) collector.add(collector.size(e.name), e.at, 'use');
      else {
        const role = indices.has(e.name) ? 'use' : 'definition';
        collector.add(index(e.name), e.at, role);
      }
    } else if (e.kind === 'call' && !isBuiltIn(e.name)) useTensor(e.name, e.at, 'use');
    for (const child of childNodes(e)) walk(child);
  };
  walk(statement.value);
  const onLeft = (name: Name): boolean => statement.axes.some((axis) => axis.text === name.text);
  for (const { name, from, to } of statement.where) {
    collector.add(index(name.text), name, onLeft(name) ? 'use' : 'definition');
    collector.sizesIn(from);
    collector.sizesIn(to);
  }
  for (const attr of statement.attrs) {
    for (const arg of attr.args) {
      if (arg.kind === 'name' && indices.has(arg.name.text)) collector.add(index(arg.name.text), arg.name, 'use');
      if (arg.kind === 'value') collector.sizesIn(arg.node);
    }
  }
}
