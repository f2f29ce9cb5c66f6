/**
 * Text of expressions and loop-nest programs. `printExpr` is exact: it is what DAG texts (and so workload hashes) are made of
 * (TVM's expression printer; spec log-format, 5.2). `printProgram` is for people and has no other reader.
 */
import { percentG } from '../base/percent-g.js';
import type { Buffer } from './buffer.js';
import type { BinaryOp, Expr, FloatImm, IntImm } from './expr.js';
import type { Program, Stmt } from './program.js';

/** How a buffer is called in a text. */
export type BufferNames = (buffer: Buffer) => string;
const ownName: BufferNames = (buffer) => buffer.name;

const INFIX: Readonly<Partial<Record<BinaryOp, string>>> = {
  add: ' + ', sub: ' - ', mul: '*', div: '/', eq: ' == ', ne: ' != ', lt: ' < ', le: ' <= ', gt: ' > ', ge: ' >= ', and: ' && ', or: ' || ',
};

/** Exact text: brackets around every infix operation, `floordiv(a, b)`, `max(a, b)`, `0f`, `(int64)7`, `T[i, j]`. */
export function printExpr(e: Expr, nameOf: BufferNames = ownName): string {
  const list = (xs: readonly Expr[]): string => xs.map((x) => printExpr(x, nameOf)).join(', ');
  switch (e.kind) {
    case 'var': return e.name;
    case 'int': return intText(e);
    case 'float': return floatText(e);
    case 'binary': {
      const sign = INFIX[e.op];
      const [a, b] = [printExpr(e.a, nameOf), printExpr(e.b, nameOf)];
      return sign === undefined ? `${e.op}(${a}, ${b})` : `(${a}${sign}${b})`;
    }
    case 'not': return `!${printExpr(e.a, nameOf)}`;
    case 'select': return `select(${list([e.cond, e.then, e.else])})`;
    case 'cast': return `${e.dtype}(${printExpr(e.a, nameOf)})`;
    case 'call': return `${e.callee}(${list(e.args)})`;
    case 'load': return `${nameOf(e.buffer)}[${list(e.indices)}]`;
  }
}

function intText(e: IntImm): string {
  return e.dtype === 'int32' ? String(e.value) : `(${e.dtype})${e.value}`;
}

function floatText(e: FloatImm): string {
  const suffix = e.dtype === 'float64' ? '' : e.dtype === 'float32' ? 'f' : 'h';
  return percentG(e.value) + suffix;
}

/** Strength of infix operators in `readableExpr`; calls and names bind strongest. */
const STRENGTH: Readonly<Partial<Record<BinaryOp, number>>> = {
  or: 1, and: 2, eq: 3, ne: 3, lt: 3, le: 3, gt: 3, ge: 3, add: 4, sub: 4, mul: 5, div: 5, floordiv: 5, floormod: 5,
};
const SIGN: Readonly<Partial<Record<BinaryOp, string>>> = {
  add: '+', sub: '-', mul: '*', div: '/', floordiv: '//', floormod: '%', eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=', and: '&&', or: '||',
};

/** Text for people: brackets only where precedence needs them, `//` and `%` for floor division and its modulus. */
export function readableExpr(e: Expr, nameOf: BufferNames = ownName, outer = 0): string {
  const list = (xs: readonly Expr[]): string => xs.map((x) => readableExpr(x, nameOf)).join(', ');
  switch (e.kind) {
    case 'var': return e.name;
    case 'int': return String(e.value);
    case 'float': return percentG(e.value, 9);
    case 'binary': {
      const strength = STRENGTH[e.op];
      if (strength === undefined) return `${e.op}(${list([e.a, e.b])})`;
      const text = `${readableExpr(e.a, nameOf, strength)} ${SIGN[e.op] ?? ''} ${readableExpr(e.b, nameOf, strength + 1)}`;
      return strength < outer ? `(${text})` : text;
    }
    case 'not': return `!${readableExpr(e.a, nameOf, 6)}`;
    case 'select': return `select(${list([e.cond, e.then, e.else])})`;
    case 'cast': return `${e.dtype}(${readableExpr(e.a, nameOf)})`;
    case 'call': return `${e.callee.replace(/^tir\./, '')}(${list(e.args)})`;
    case 'load': return `${nameOf(e.buffer)}[${list(e.indices)}]`;
  }
}

/** The program as indented text, two blanks a level, ending with a line break. */
export function printProgram(program: Program): string {
  const nameOf = distinctNames();
  const tensor = (b: Buffer): string => `${nameOf(b)}: ${b.dtype}[${b.shape.join(', ')}]`;
  const head = `inputs ${program.inputs.map(tensor).join(', ')}\noutputs ${program.outputs.map(tensor).join(', ')}\n`;
  return head + stmtLines(program.body, '', nameOf).map((line) => line + '\n').join('');
}

/** The lines of one statement, each beginning with `indent`. */
function stmtLines(s: Stmt, indent: string, nameOf: BufferNames): string[] {
  const text = (e: Expr): string => readableExpr(e, nameOf);
  const block = (title: string, body: Stmt): string[] => [`${indent}${title}:`, ...stmtLines(body, `${indent}  `, nameOf)];
  switch (s.kind) {
    case 'seq': return s.stmts.flatMap((x) => stmtLines(x, indent, nameOf));
    case 'for': return block(`${s.loop === 'serial' ? 'for' : s.loop} ${s.var.name} in 0:${s.extent}`, s.body);
    case 'thread': return block(`${s.tag} ${s.var.name} in 0:${s.extent}`, s.body);
    case 'pragma': return block(`unroll up to ${s.autoUnrollMaxStep} steps`, s.body);
    case 'realize': {
      const region = s.region.map((r) => `${readableExpr(r.min, nameOf, 5)} +: ${r.extent}`).join(', ');
      return block(`realize ${nameOf(s.buffer)}[${region}] ${s.scope} ${s.buffer.dtype}`, s.body);
    }
    case 'store': return [`${indent}${nameOf(s.buffer)}[${s.indices.map(text).join(', ')}] = ${text(s.value)}`];
    case 'if': return block(s.likely ? `if likely(${text(s.cond)})` : `if ${text(s.cond)}`, s.body);
    case 'allreduce':
      return [`${indent}${nameOf(s.result)}[0] = allreduce ${s.combiner} of ${text(s.source)} over ${s.threads.map((v) => v.name).join(', ')}`];
  }
}

/** Buffers may share a name; in a program's text later ones get a number. */
function distinctNames(): BufferNames {
  const names = new Map<Buffer, string>();
  const taken = new Set<string>();
  return (buffer) => {
    const known = names.get(buffer);
    if (known !== undefined) return known;
    let name = buffer.name;
    for (let n = 2; taken.has(name); n++) name = `${buffer.name}_${n}`;
    taken.add(name);
    names.set(buffer, name);
    return name;
  };
}
