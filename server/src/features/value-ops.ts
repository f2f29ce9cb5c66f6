/** Operations of a stored value, in the order of the first 16 feature columns. */
import { isFloat, type DType } from '../ir/dtype.js';
import type { Binary, BinaryOp, Call, Expr, Load } from '../ir/expr.js';
import { BOOL_OP, FLOAT_OPS, INT_OPS, SELECT_OP } from './layout.js';

/** Offsets in the counts of floats and integers. */
const ADD_SUB = 1;
const MUL = 2;
const DIV_MOD = 3;
const COMPARE = 4;
const MATH_CALL = 5;
const OTHER_CALL = 6;

function opOffset(op: BinaryOp): number {
  switch (op) {
    case 'add': case 'sub': return ADD_SUB;
    case 'mul': return MUL;
    case 'div': case 'floordiv': case 'floormod': return DIV_MOD;
    case 'and': case 'or': return -1;
    default: return COMPARE;
  }
}

/** Calls without effects count as mathematical functions, `if_then_else` among them. */
function isPure(e: Call): boolean {
  return e.callee !== 'tir.call_extern' && e.callee !== 'tir.call_packed';
}

function countOne(ops: Int32Array, dtype: DType, offset: number): void {
  ops[(isFloat(dtype) ? FLOAT_OPS : INT_OPS) + offset]!++;
}

/** Counts the operation of `e` alone. */
export function countBinary(ops: Int32Array, e: Binary, byLiteral: boolean): void {
  // Floats are multiplied by the inverse of a constant.
  const offset = e.op === 'div' && byLiteral ? MUL : opOffset(e.op);
  if (offset < 0) ops[BOOL_OP]!++;
  else countOne(ops, e.a.dtype, offset);
}

export function countCall(ops: Int32Array, e: Call): void {
  countOne(ops, e.dtype, isPure(e) ? MATH_CALL : OTHER_CALL);
}

/** Adds the operations of `e` to `ops`, left to right; loads are left to `onLoad`, with what is in their indices. */
export function countOps(e: Expr, ops: Int32Array, onLoad: (load: Load) => void): void {
  switch (e.kind) {
    case 'var': case 'int': case 'float': return;
    case 'binary':
      countBinary(ops, e, e.b.kind === 'float');
      countOps(e.a, ops, onLoad);
      countOps(e.b, ops, onLoad);
      return;
    case 'not':
      ops[BOOL_OP]!++;
      return countOps(e.a, ops, onLoad);
    case 'cast': return countOps(e.a, ops, onLoad);
    case 'select':
      ops[SELECT_OP]!++;
      countOps(e.cond, ops, onLoad);
      countOps(e.then, ops, onLoad);
      return countOps(e.else, ops, onLoad);
    case 'call':
      countCall(ops, e);
      for (const arg of e.args) countOps(arg, ops, onLoad);
      return;
    case 'load': return onLoad(e);
  }
}
