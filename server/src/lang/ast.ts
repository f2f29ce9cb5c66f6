/** What the parser makes of a `.tc` text, before names and types are looked at. */
import type { Position } from './problem.js';

export interface Name extends Position { readonly text: string; readonly length: number }

export type BinarySign = '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||';

interface Node { readonly at: Position; readonly length: number }
/** `bracketed`: stands in brackets of its own, so that a type name around it is a cast and no typed literal. */
export interface NumberNode extends Node { readonly kind: 'number'; readonly value: number; readonly type: 'int' | 'float' | 'float32' | 'float16'; readonly bracketed: boolean }
export interface BoolNode extends Node { readonly kind: 'bool'; readonly value: boolean }
export interface NameNode extends Node { readonly kind: 'name'; readonly name: string }
/** A tensor's element, a function or a cast: only the name tells. */
export interface CallNode extends Node { readonly kind: 'call'; readonly name: string; readonly args: readonly ExprNode[] }
export interface UnaryNode extends Node { readonly kind: 'unary'; readonly op: '-' | '!'; readonly a: ExprNode }
export interface BinaryNode extends Node { readonly kind: 'binary'; readonly op: BinarySign; readonly a: ExprNode; readonly b: ExprNode }
export interface ConditionalNode extends Node { readonly kind: 'conditional'; readonly cond: ExprNode; readonly then: ExprNode; readonly else: ExprNode }
export type ExprNode = NumberNode | BoolNode | NameNode | CallNode | UnaryNode | BinaryNode | ConditionalNode;

/** `alias`: the name in DAG and state texts. */
export interface ParamNode { readonly constant: boolean; readonly type: Name; readonly shape: readonly ExprNode[]; readonly name: Name; readonly alias: string | undefined }
export interface RangeNode { readonly name: Name; readonly alias: string | undefined; readonly from: ExprNode; readonly to: ExprNode }
export type AttrArgument = { readonly kind: 'name'; readonly name: Name } | { readonly kind: 'string'; readonly text: string } | { readonly kind: 'value'; readonly node: ExprNode };
export interface AttrNode { readonly name: Name; readonly args: readonly AttrArgument[] }
export type AssignSign = '=' | '+=!' | '*=!' | 'max=!' | 'min=!';
export interface StatementNode {
  /** Its first token, attributes included, and the place after its last one. */
  readonly start: Position;
  readonly end: Position;
  readonly attrs: readonly AttrNode[];
  readonly name: Name;
  readonly alias: string | undefined;
  readonly axes: readonly Name[];
  readonly op: AssignSign;
  readonly value: ExprNode;
  readonly where: readonly RangeNode[];
}
/** `name = value` of a line `sizes`. */
export interface SizeNode { readonly name: Name; readonly node: ExprNode; readonly value: number }
/** `@onnx("domain", "Name")` before a definition: nodes of this name in models are this operator. */
export interface OnnxName extends Name { readonly domain: string; readonly op: string }
export interface DefNode {
  readonly onnx: OnnxName | undefined;
  /** The word `def`. */
  readonly start: Position;
  readonly name: Name;
  readonly alias: string | undefined;
  readonly params: readonly ParamNode[];
  readonly outputs: readonly Name[];
  readonly statements: readonly StatementNode[];
  /** Sizes bound by the lines before it. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly end: Position;
  /** False if a part could not be parsed. */
  readonly complete: boolean;
}

/** The operands, left to right. */
export function childNodes(node: ExprNode): readonly ExprNode[] {
  switch (node.kind) {
    case 'number': case 'bool': case 'name': return [];
    case 'call': return node.args;
    case 'unary': return [node.a];
    case 'binary': return [node.a, node.b];
    case 'conditional': return [node.cond, node.then, node.else];
  }
}
