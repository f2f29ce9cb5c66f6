/** Names and types of expressions: from the syntax tree to ir expressions. */
import { TYPE_NAMES } from '../dag/tc-words.js';
import type { Buffer } from '../ir/buffer.js';
import { isFloat, type DType } from '../ir/dtype.js';
import { binary, call, cast, float, ifThenElse, int, load, not, select, type BinaryOp, type Expr, type Load, type Var } from '../ir/expr.js';
import { MATH_FUNCTIONS } from '../ir/math-functions.js';
import type { BinaryNode, CallNode, ExprNode, NumberNode, UnaryNode } from './ast.js';
import { TcFault, type Position } from './problem.js';
import { agree, literalOf, type Typed } from './typed.js';

/** What the names in an expression stand for. */
export interface Names {
  readonly indices: ReadonlyMap<string, Var>;
  readonly sizes: ReadonlyMap<string, number>;
  /** Throws TcFault for a name that is no tensor. */
  readonly tensor: (name: string, at: Position, length: number) => Buffer;
  /** Told where each load stands. */
  readonly loaded: (load: Load, node: CallNode) => void;
}

const COMPARE: Readonly<Partial<Record<BinaryNode['op'], BinaryOp>>> = { '==': 'eq', '!=': 'ne', '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' };
const ARITHMETIC: Readonly<Partial<Record<BinaryNode['op'], BinaryOp>>> = { '+': 'add', '-': 'sub', '*': 'mul' };
const EXTREMES: ReadonlyMap<string, BinaryOp> = new Map([['fmax', 'max'], ['max', 'max'], ['fmin', 'min'], ['min', 'min']]);

/** Throws TcFault where names or types do not fit. */
export function typedExpr(node: ExprNode, names: Names): Typed {
  switch (node.kind) {
    case 'number': return typedNumber(node);
    case 'bool': return { expr: int(node.value ? 1 : 0, 'bool') };
    case 'name': return typedName(node.name, node, names);
    case 'unary': return typedUnary(node, names);
    case 'binary': return typedBinary(node, names);
    case 'conditional': return typedChoice(node.cond, node.then, node.else, node.at, names, ifThenElse);
    case 'call': return typedCall(node, names);
  }
}

function typedNumber(node: NumberNode): Typed {
  switch (node.type) {
    case 'int': return { expr: literalOf(node.value, 'int32', node.at), open: 'int' };
    case 'float': return { expr: float(node.value), open: 'float' };
    case 'float32': case 'float16': return { expr: float(node.value, node.type) };
  }
}

function typedName(name: string, node: ExprNode, names: Names): Typed {
  const index = names.indices.get(name);
  if (index !== undefined) return { expr: index };
  const size = names.sizes.get(name);
  if (size !== undefined) return { expr: literalOf(size, 'int32', node.at), open: 'int' };
  throw new TcFault(node.at, `\`${name}\` is no index and no size`, undefined, node.length, { kind: 'unknown', among: 'value' });
}

function typedUnary(node: UnaryNode, names: Names): Typed {
  const a = typedExpr(node.a, names);
  if (node.op === '!') return { expr: not(condition(a, node.a)) };
  if (a.expr.dtype === 'bool') throw new TcFault(node.at, 'a condition has no negative', 'use `!`');
  const zero: Typed = { expr: int(0), open: 'int' };
  const pair = agree(zero, a, node.at, 'the operands of `-`');
  return withOpen(binary('sub', pair.a, pair.b), pair.open);
}

function withOpen(expr: Expr, open: Typed['open']): Typed {
  return open === undefined ? { expr } : { expr, open };
}

function condition(typed: Typed, node: ExprNode): Expr {
  if (typed.expr.dtype !== 'bool') throw new TcFault(node.at, `a condition is needed here, this is ${typed.expr.dtype}`, 'compare it, like `x != 0`', node.length, { kind: 'no-condition' });
  return typed.expr;
}

function typedBinary(node: BinaryNode, names: Names): Typed {
  const a = typedExpr(node.a, names);
  const b = typedExpr(node.b, names);
  if (node.op === '&&' || node.op === '||') return { expr: binary(node.op === '&&' ? 'and' : 'or', condition(a, node.a), condition(b, node.b)) };
  const pair = agree(a, b, node.at, `the operands of \`${node.op}\``);
  const compare = COMPARE[node.op];
  if (compare !== undefined) return { expr: binary(compare, pair.a, pair.b) };
  const dtype = pair.a.dtype;
  if (dtype === 'bool') throw new TcFault(node.at, `\`${node.op}\` is not for conditions`, 'use `&&` and `||`, or a cast');
  const simple = ARITHMETIC[node.op];
  if (simple !== undefined) return withOpen(binary(simple, pair.a, pair.b), pair.open);
  if (isFloat(dtype)) {
    if (node.op === '%') throw new TcFault(node.at, '`%` is for integers', 'use `fmod(a, b)`');
    return withOpen(binary('div', pair.a, pair.b), pair.open);
  }
  if (pair.b.kind === 'int' && pair.b.value === 0) throw new TcFault(node.at, 'division by zero');
  return { expr: binary(node.op === '/' ? 'floordiv' : 'floormod', pair.a, pair.b) };
}

function typedChoice(
  cond: ExprNode, then: ExprNode, otherwise: ExprNode, at: Position, names: Names, make: (c: Expr, t: Expr, e: Expr) => Expr,
): Typed {
  const c = condition(typedExpr(cond, names), cond);
  const pair = agree(typedExpr(then, names), typedExpr(otherwise, names), at, 'the two values');
  return withOpen(make(c, pair.a, pair.b), pair.open);
}

function typedCall(node: CallNode, names: Names): Typed {
  const { name, args } = node;
  const type = TYPE_NAMES.get(name);
  if (type !== undefined) return typedCast(node, type, names);
  const extreme = EXTREMES.get(name);
  const [a, b, c] = args;
  if (extreme !== undefined) {
    if (a === undefined || b === undefined || args.length !== 2) throw argumentCount(node, 2);
    const pair = agree(typedExpr(a, names), typedExpr(b, names), node.at, `the arguments of \`${name}\``);
    if (pair.a.dtype === 'bool') throw new TcFault(node.at, `\`${name}\` is not for conditions`);
    return withOpen(binary(extreme, pair.a, pair.b), pair.open);
  }
  if (name === 'select') {
    if (a === undefined || b === undefined || c === undefined || args.length !== 3) throw argumentCount(node, 3);
    return typedChoice(a, b, c, node.at, names, select);
  }
  return MATH_FUNCTIONS.has(name) ? typedFunction(node, names) : typedLoad(node, names);
}

function argumentCount(node: CallNode, wanted: number): TcFault {
  return new TcFault(node.at, `\`${node.name}\` takes ${wanted} argument${wanted === 1 ? '' : 's'}, not ${node.args.length}`, undefined, node.length);
}

/** Around a bare number a type name makes a literal of that type. */
function typedCast(node: CallNode, type: DType, names: Names): Typed {
  const [a] = node.args;
  if (a === undefined || node.args.length !== 1) throw argumentCount(node, 1);
  if (a.kind === 'number' && !a.bracketed) return { expr: literalOf(a.value, type, a.at) };
  return { expr: cast(type, typedExpr(a, names).expr) };
}

function typedFunction(node: CallNode, names: Names): Typed {
  const f = MATH_FUNCTIONS.get(node.name);
  const [a, b] = node.args;
  if (f === undefined || a === undefined || node.args.length !== f.arity) throw argumentCount(node, f?.arity ?? 1);
  const args = b === undefined ? [floatOf(typedExpr(a, names), node)] : Object.values(pairOf(a, b, node, names));
  const dtype = args[0]?.dtype ?? 'float32';
  const integers = node.name === 'abs' || f.integer === true;
  if (dtype === 'bool' || isFloat(dtype) === integers) {
    const remedy = node.name === 'abs' ? 'use `fabs` for floats' : integers ? 'convert it, like `int32(x)`' : node.name === 'fabs' ? 'use `abs` for integers' : 'convert it, like `float(i)`';
    throw new TcFault(node.at, `\`${node.name}\` is for ${integers ? 'integers' : 'floats'}, not ${dtype}`, remedy, node.length);
  }
  return { expr: call(`tir.${node.name}`, args, f.predicate === true ? 'bool' : dtype) };
}

/** An argument that is a literal only is a float, but for `abs`. */
function floatOf(typed: Typed, node: CallNode): Expr {
  if (typed.open !== 'int' || node.name === 'abs') return typed.expr;
  return agree(typed, { expr: float(0), open: 'float' }, node.at, 'the arguments').a;
}

function pairOf(a: ExprNode, b: ExprNode, node: CallNode, names: Names): { readonly a: Expr; readonly b: Expr } {
  const pair = agree(typedExpr(a, names), typedExpr(b, names), node.at, `the arguments of \`${node.name}\``);
  if (pair.open !== 'int') return { a: pair.a, b: pair.b };
  return { a: floatOf({ expr: pair.a, open: 'int' }, node), b: floatOf({ expr: pair.b, open: 'int' }, node) };
}

function typedLoad(node: CallNode, names: Names): Typed {
  const buffer = names.tensor(node.name, node.at, node.length);
  if (node.args.length !== buffer.shape.length) {
    const { length } = buffer.shape;
    throw new TcFault(node.at, `\`${node.name}\` has ${length} dimension${length === 1 ? '' : 's'}, not ${node.args.length}`, undefined, node.length, { kind: 'rank', wanted: length });
  }
  const indices = node.args.map((arg) => {
    const index = typedExpr(arg, names).expr;
    if (isFloat(index.dtype) || index.dtype === 'bool') throw new TcFault(arg.at, `an index is an integer, not ${index.dtype}`, 'convert it, like `int32(x)`', arg.length);
    return index;
  });
  const element = load(buffer, indices);
  names.loaded(element, node);
  return { expr: element };
}
