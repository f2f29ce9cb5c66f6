/** How terms of procedures are written. A plain number takes the type of the other operand (alone: int32). */
import { assert } from '../../base/assert.js';
import type { Buffer } from '../buffer.js';
import { loadedType, type CompareOp, type ScalarType, type Term, type TermOp, type UnaryOp } from './procedure.js';

export type Operand = Term | number;

export function constant(value: number, type: ScalarType = 'int32'): Term {
  return { kind: 'const', value, type };
}

export function term(x: Operand, type: ScalarType = 'int32'): Term {
  return typeof x === 'number' ? constant(x, type) : x;
}

export function load(buffer: Buffer, index: Operand): Term {
  return { kind: 'load', buffer, index: term(index), type: loadedType(buffer.dtype) };
}

function pair(a: Operand, b: Operand): [Term, Term] {
  const type = typeof a !== 'number' ? a.type : typeof b !== 'number' ? b.type : 'int32';
  const [x, y] = [term(a, type), term(b, type)];
  assert(x.type === y.type, `operands of one type, not ${x.type} and ${y.type}`);
  return [x, y];
}

function binary(op: TermOp): (a: Operand, b: Operand) => Term {
  return (a, b) => {
    const [x, y] = pair(a, b);
    // Extents are numbers, so that much of index arithmetic is known.
    if (x.kind === 'const' && y.kind === 'const' && x.type === 'int32') {
      if (op === 'add') return constant(x.value + y.value);
      if (op === 'mul') return constant(x.value * y.value);
    }
    if (op === 'mul' && y.kind === 'const' && y.value === 1 && x.type === 'int32') return x;
    if (op === 'add' && y.kind === 'const' && y.value === 0 && x.type === 'int32') return x;
    return { kind: 'binary', op, a: x, b: y, type: x.type };
  };
}

export const add = binary('add');
export const sub = binary('sub');
export const mul = binary('mul');
export const div = binary('div');
export const mod = binary('mod');

export function unary(op: UnaryOp, a: Term): Term {
  return { kind: 'unary', op, a, type: a.type };
}

function compare(op: CompareOp): (a: Operand, b: Operand) => Term {
  return (a, b) => {
    const [x, y] = pair(a, b);
    return { kind: 'compare', op, a: x, b: y, type: 'int32' };
  };
}

export const eq = compare('eq');
export const ne = compare('ne');
export const lt = compare('lt');
export const le = compare('le');
export const gt = compare('gt');
export const ge = compare('ge');

export function and(...conditions: readonly Term[]): Term {
  return conditions.reduce((a, b) => ({ kind: 'and', a, b, type: 'int32' }));
}

export function or(...conditions: readonly Term[]): Term {
  return conditions.reduce((a, b) => ({ kind: 'or', a, b, type: 'int32' }));
}

export function not(a: Term): Term {
  return { kind: 'not', a, type: 'int32' };
}

export function choose(cond: Term, yes: Operand, no: Operand): Term {
  const [x, y] = pair(yes, no);
  return { kind: 'choose', cond, then: x, else: y, type: x.type };
}

export function cast(a: Term, type: ScalarType): Term {
  return a.type === type ? a : { kind: 'cast', a, type };
}

/** Of terms without side effects that are cheap to evaluate twice. */
export function min(a: Operand, b: Operand): Term {
  return choose(lt(a, b), a, b);
}

export function max(a: Operand, b: Operand): Term {
  return choose(gt(a, b), a, b);
}

export function isNaNTerm(a: Term): Term {
  return ne(a, a);
}
