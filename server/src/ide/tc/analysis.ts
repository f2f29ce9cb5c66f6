/** A `.tc` text with everything that is asked about it: parsed once for each state of the text. */
import type { Axis, ComputeOp, Op } from '../../dag/op.js';
import type { StatementNode } from '../../lang/ast.js';
import { parseTcTree, type TcTree, type TcTreeDef } from '../../lang/parse.js';
import type { Position } from '../../lang/problem.js';
import { findSymbols, type TcSymbols } from './symbols.js';

export interface TcAnalysis {
  readonly text: string;
  readonly lines: readonly string[];
  readonly tree: TcTree;
  readonly symbols: TcSymbols;
}

/** Never throws. */
export function analyseTc(text: string): TcAnalysis {
  const tree = parseTcTree(text);
  return { text, lines: text.split(/\r\n|\r|\n/), tree, symbols: findSymbols(tree) };
}

/** Positions of the language count lines and columns from 1. */
export function isBefore(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}

export function defAt(tree: TcTree, at: Position): TcTreeDef | undefined {
  return tree.defs.findLast(({ node }) => !isBefore(at, node.start) && !isBefore({ line: node.end.line, column: node.end.column + 1 }, at));
}

/** The operation of a statement or parameter, if its definition has no error. */
export function opOf(def: TcTreeDef, name: string): Op | undefined {
  return def.definition.tensors.find((tensor) => tensor.name === name)?.op;
}

/** The axis that an index of a statement became. */
export function axisOf(statement: StatementNode, op: ComputeOp, index: string): Axis | undefined {
  const spatial = statement.axes.findIndex((axis) => axis.text === index);
  if (spatial >= 0) return op.axes[spatial];
  const shown = statement.where.find((range) => range.name.text === index)?.alias ?? index;
  return op.reduceAxes.find((axis) => axis.var.name === shown);
}
