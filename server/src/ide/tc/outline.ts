/** The outline of a `.tc` file: sizes, definitions, and in these parameters and computed tensors. */
import { dagFlops, opFlops } from '../../dag/flops.js';
import type { TcTreeDef } from '../../lang/parse.js';
import type { Name } from '../../lang/ast.js';
import type { Position } from '../../lang/problem.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { flopText } from './amounts.js';
import { opOf, type TcAnalysis } from './analysis.js';
import type { TcSymbolKind } from './symbols.js';

export interface Extent { readonly start: Position; readonly end: Position }
export interface TcOutlineEntry {
  readonly name: string;
  readonly detail: string;
  readonly kind: TcSymbolKind;
  readonly range: Extent;
  readonly selection: Extent;
  readonly children: readonly TcOutlineEntry[];
}

function nameExtent({ line, column, length }: Name): Extent {
  return { start: { line, column }, end: { line, column: column + length } };
}

export function tcOutline({ tree }: TcAnalysis, ctx: PrintContext): readonly TcOutlineEntry[] {
  const sizes = tree.bindings.map(({ name, value }): TcOutlineEntry => ({ name: name.text, detail: String(value), kind: 'size', range: nameExtent(name), selection: nameExtent(name), children: [] }));
  return [...sizes, ...tree.defs.map((def) => defEntry(def, ctx))].toSorted((a, b) => a.selection.start.line - b.selection.start.line || a.selection.start.column - b.selection.start.column);
}

function defEntry(def: TcTreeDef, { t }: PrintContext): TcOutlineEntry {
  const { node, definition } = def;
  const shape = (name: string): string => {
    const op = opOf(def, name);
    if (op === undefined) return t('error', {});
    const type = `${op.output.dtype}[${op.output.shape.join(', ')}]`;
    return op.kind === 'compute' ? `${type} · ${flopText(opFlops(op))}` : type;
  };
  const params = node.params.map((param): TcOutlineEntry => ({ name: param.name.text, detail: shape(param.name.text), kind: 'parameter', range: nameExtent(param.name), selection: nameExtent(param.name), children: [] }));
  const tensors = node.statements.map((statement): TcOutlineEntry => ({
    name: statement.name.text, detail: shape(statement.name.text), kind: 'tensor', range: { start: statement.start, end: statement.end }, selection: nameExtent(statement.name), children: [],
  }));
  return {
    name: node.name.text, detail: definition.dag === undefined ? t('has errors', {}) : flopText(dagFlops(definition.dag)), kind: 'definition',
    range: { start: node.start, end: { line: node.end.line, column: node.end.column + 1 } }, selection: nameExtent(node.name), children: [...params, ...tensors],
  };
}
