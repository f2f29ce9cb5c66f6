/**
 * A DAG as a `.tc` definition that parses to the same DAG: names, order of stages, types, attributes and ranges. Every range is
 * written down, so that nothing depends on inference.
 */
import { ifThenElseOf } from '../ir/choice.js';
import { isFloat, type DType } from '../ir/dtype.js';
import type { BinaryOp, Expr, Var } from '../ir/expr.js';
import type { Buffer } from '../ir/buffer.js';
import type { Combiner } from '../ir/program.js';
import type { ComputeDag } from './compute-dag.js';
import { bodyExpr } from './create.js';
import type { ComputeOp } from './op.js';
import { isReserved, typeName } from './tc-words.js';

const SIGNS: Readonly<Partial<Record<BinaryOp, readonly [strength: number, sign: string]>>> = {
  or: [1, '||'], and: [2, '&&'], eq: [3, '=='], ne: [3, '!='], lt: [4, '<'], le: [4, '<='], gt: [4, '>'], ge: [4, '>='],
  add: [5, '+'], sub: [5, '-'], mul: [6, '*'], div: [6, '/'], floordiv: [6, '/'], floormod: [6, '%'],
};
const UNARY = 7;
const ASSIGN: Readonly<Record<Combiner, string>> = { add: '+=!', mul: '*=!', max: 'max=!', min: 'min=!' };

/** The text ends with a line break. `name` may be any text; what is no identifier is kept with `as`. */
export function printTc(dag: ComputeDag, name: string): string {
  const taken = new Set<string>();
  const tensors = new Map<Buffer, string>();
  for (const op of dag.ops) tensors.set(op.output, identifier(op.name, taken));
  const idOf = (buffer: Buffer): string => tensors.get(buffer) ?? buffer.name;
  const title = (id: string, shown: string): string => (id === shown ? id : `${id} as ${JSON.stringify(shown)}`);

  const params = dag.ops.filter((op) => op.kind === 'placeholder').map((op) => {
    const { dtype, shape } = op.output;
    return `${op.constant ? 'const ' : ''}${typeName(dtype)}${shape.length === 0 ? '' : `(${shape.join(', ')})`} ${title(idOf(op.output), op.name)}`;
  });
  const statements = dag.ops.filter((op) => op.kind === 'compute').map((op) => statementText(op, title(idOf(op.output), op.name), idOf, title));
  const head = `def ${title(identifier(name, new Set()), name)}(${params.join(', ')}) -> (${dag.outputs.map(idOf).join(', ')}) {`;
  return `${head}\n${statements.join('')}}\n`;
}

/** `wanted` made an identifier that is not taken yet. */
function identifier(wanted: string, taken: Set<string>): string {
  const cleaned = wanted.replace(/[^A-Za-z0-9_]/g, '_');
  const base = cleaned === '' || /^\d/.test(cleaned) || isReserved(cleaned) ? `_${cleaned}` : cleaned;
  let id = base;
  for (let n = 2; taken.has(id); n++) id = `${base}_${n}`;
  taken.add(id);
  return id;
}

function statementText(op: ComputeOp, title: string, idOf: (b: Buffer) => string, titled: (id: string, shown: string) => string): string {
  const taken = new Set<string>();
  const ids = new Map<Var, string>();
  const all = [...op.axes, ...op.reduceAxes];
  for (const axis of all) ids.set(axis.var, identifier(axis.var.name, taken));
  const indexId = (v: Var): string => ids.get(v) ?? v.name;
  const writer = new ExprWriter(idOf, indexId);

  const attrs = attributeLines(op, (shown) => { const axis = all.find((a) => a.var.name === shown); return axis === undefined ? JSON.stringify(shown) : indexId(axis.var); });
  const sign = op.body.kind === 'expr' ? '=' : ASSIGN[op.body.combiner];
  const where = all.map((axis) => `${titled(indexId(axis.var), axis.var.name)} in ${axis.min}:${axis.min + axis.extent}`);
  const body = `${title}(${op.axes.map((axis) => indexId(axis.var)).join(', ')}) ${sign} ${writer.text(bodyExpr(op), 0)}`;
  return `${attrs.map((line) => `  ${line}\n`).join('')}  ${body}${where.length === 0 ? '' : `\n    where ${where.join(', ')}`}\n`;
}

function attributeLines(op: ComputeOp, index: (shown: string) => string): readonly string[] {
  const lines: string[] = [];
  const list = (name: string, names: readonly string[] | undefined): void => {
    if (names !== undefined) lines.push(`@${name}(${names.map(index).join(', ')})`);
  };
  list('always_unroll_inner', op.attrs.alwaysUnrollInner);
  list('no_split_at_inner', op.attrs.noSplitAtInner);
  list('simplify_const_tensor_indices', op.attrs.simplifyConstTensorIndices);
  if (op.attrs.constMatrix === true) lines.push('@const_matrix');
  if (op.attrs.flop !== undefined) lines.push(`@flop(${op.attrs.flop})`);
  return lines;
}

class ExprWriter {
  constructor(private readonly idOf: (b: Buffer) => string, private readonly indexId: (v: Var) => string) {}

  /** In brackets if it binds weaker than `outer`. */
  text(e: Expr, outer: number): string {
    const list = (xs: readonly Expr[]): string => xs.map((x) => this.text(x, 0)).join(', ');
    switch (e.kind) {
      case 'var': return this.indexId(e);
      case 'int': return intText(e.value, e.dtype);
      case 'float': return floatText(e.value, e.dtype);
      case 'binary': return this.binary(e.op, e.a, e.b, outer);
      case 'not': return `!${this.text(e.a, UNARY)}`;
      case 'select': return `select(${list([e.cond, e.then, e.else])})`;
      case 'cast': {
        // Around a bare number a type name makes a typed literal; brackets keep the cast.
        const a = this.text(e.a, 0);
        return `${typeName(e.dtype)}(${e.a.kind === 'int' || e.a.kind === 'float' ? `(${a})` : a})`;
      }
      case 'call': {
        const choice = ifThenElseOf(e);
        if (choice !== undefined) {
          const text = `${this.text(choice.cond, 1)} ? ${this.text(choice.then, 1)} : ${this.text(choice.otherwise, 1)}`;
          return outer > 0 ? `(${text})` : text;
        }
        return `${e.callee.replace(/^tir\./, '')}(${list(e.args)})`;
      }
      case 'load': return `${this.idOf(e.buffer)}(${list(e.indices)})`;
    }
  }

  private binary(op: BinaryOp, a: Expr, b: Expr, outer: number): string {
    const infix = SIGNS[op];
    if (infix === undefined) return `${isFloat(a.dtype) ? 'f' : ''}${op}(${this.text(a, 0)}, ${this.text(b, 0)})`;
    const [strength, sign] = infix;
    const text = `${this.text(a, strength)} ${sign} ${this.text(b, strength + 1)}`;
    return strength < outer ? `(${text})` : text;
  }
}

function intText(value: number, dtype: DType): string {
  if (dtype === 'int32') return String(value);
  if (dtype === 'bool') return value === 0 ? 'false' : 'true';
  return `${typeName(dtype)}(${value})`;
}

/** All digits of the double, always visibly a float. */
function floatText(value: number, dtype: DType): string {
  const digits = Object.is(value, -0) ? '-0.0' : Number.isFinite(value) ? (/[.e]/.test(String(value)) ? String(value) : `${value}.0`) : Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  return dtype === 'float32' ? digits : `${typeName(dtype)}(${digits})`;
}
