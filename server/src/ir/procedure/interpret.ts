/** Runs a procedure on numbers: the reference for what the targets print, and how constants are folded. Every index is checked. */
import { assert, defined } from '../../base/assert.js';
import { elementCount, type Buffer } from '../buffer.js';
import type { DType } from '../dtype.js';
import { storedValue } from '../scalar.js';
import type { CompareOp, Local, Procedure, ScalarType, Statement, Term, TermOp, UnaryOp } from './procedure.js';

/** Elements as they are stored: 64-bit integers as bigint, half precision as the number that it stands for. Mutable: it is memory. */
export type Memory = Float64Array | BigInt64Array | BigUint64Array;
type Scalar = number | bigint;

export function memoryFor(dtype: DType, count: number): Memory {
  if (dtype === 'int64') return new BigInt64Array(count);
  return dtype === 'uint64' ? new BigUint64Array(count) : new Float64Array(count);
}

/** Thrown when a procedure takes more steps than it was given. */
export class TooManySteps extends Error {}

/** Changes the outputs' (and scratch) memory. Throws where an index lies outside of its buffer, or after `steps` loop turns and calls. */
export function interpretProcedure(procedure: Procedure, memory: ReadonlyMap<Buffer, Memory>, steps = Infinity): void {
  const own = new Map(memory);
  for (const buffer of procedure.scratch) own.set(buffer, memoryFor(buffer.dtype, elementCount(buffer.shape)));
  const machine = new Machine(own, steps);
  for (const local of procedure.locals) machine.values.set(local, isLong(local.type) ? 0n : 0);
  machine.block(procedure.body);
}

function isLong(type: ScalarType): boolean {
  return type === 'int64' || type === 'uint64';
}

/** A result brought into the range of its type. */
function fit(value: Scalar, type: ScalarType): Scalar {
  switch (type) {
    case 'int64': return BigInt.asIntN(64, toLong(value));
    case 'uint64': return BigInt.asUintN(64, toLong(value));
    case 'int32': return typeof value === 'bigint' ? Number(BigInt.asIntN(32, value)) : Math.trunc(value) | 0;
    case 'uint32': return typeof value === 'bigint' ? Number(BigInt.asUintN(32, value)) : Math.trunc(value) >>> 0;
    case 'float32': return Math.fround(Number(value));
    case 'float64': return Number(value);
  }
}

function toLong(value: Scalar): bigint {
  if (typeof value === 'bigint') return value;
  if (Number.isNaN(value)) return 0n;
  return BigInt(Math.trunc(Math.min(Math.max(value, -(2 ** 63)), 2 ** 63)));
}

class Machine {
  readonly values = new Map<Local, Scalar>();

  constructor(private readonly memory: ReadonlyMap<Buffer, Memory>, private left: number) {}

  block(statements: readonly Statement[]): void {
    for (const s of statements) this.statement(s);
  }

  private statement(s: Statement): void {
    switch (s.kind) {
      case 'set': this.values.set(s.local, this.value(s.value)); return;
      case 'store': {
        const { data, at } = this.place(s.buffer, s.index);
        const value = this.value(s.value);
        data[at] = data instanceof Float64Array ? storedValue(Number(value), s.buffer.dtype) : toLong(value);
        return;
      }
      case 'for': {
        const below = this.number(s.below);
        for (let at = this.number(s.from); at < below; at++) {
          this.turn();
          this.values.set(s.local, at);
          this.block(s.body);
        }
        return;
      }
      case 'while':
        while (this.number(s.cond) !== 0) {
          this.turn();
          this.block(s.body);
        }
        return;
      case 'if': this.block(this.number(s.cond) !== 0 ? s.then : s.else);
    }
  }

  private turn(): void {
    if (--this.left < 0) throw new TooManySteps('a procedure took too many steps');
  }

  private place(buffer: Buffer, index: Term): { data: Memory; at: number } {
    const data = defined(this.memory.get(buffer), buffer.name);
    const at = this.number(index);
    assert(Number.isInteger(at) && at >= 0 && at < elementCount(buffer.shape), `element ${at} of ${buffer.name} exists`);
    return { data, at };
  }

  private number(t: Term): number {
    return Number(this.value(t));
  }

  private value(t: Term): Scalar {
    switch (t.kind) {
      case 'const': return fit(t.value, t.type);
      case 'local': return defined(this.values.get(t.local), t.local.name);
      case 'load': {
        const { data, at } = this.place(t.buffer, t.index);
        return defined(data[at], 'an element');
      }
      case 'binary': return fit(binary(t.op, this.value(t.a), this.value(t.b), t.type), t.type);
      case 'unary': return fit(unary(t.op, this.number(t.a)), t.type);
      case 'compare': return compare(t.op, this.value(t.a), this.value(t.b)) ? 1 : 0;
      case 'and': return this.number(t.a) !== 0 && this.number(t.b) !== 0 ? 1 : 0;
      case 'or': return this.number(t.a) !== 0 || this.number(t.b) !== 0 ? 1 : 0;
      case 'not': return this.number(t.a) === 0 ? 1 : 0;
      case 'choose': return this.value(this.number(t.cond) !== 0 ? t.then : t.else);
      case 'cast': return fit(this.value(t.a), t.type);
    }
  }
}

function binary(op: TermOp, a: Scalar, b: Scalar, type: ScalarType): Scalar {
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    switch (op) {
      case 'add': return a + b;
      case 'sub': return a - b;
      case 'mul': return a * b;
      case 'div': return a / b;
      case 'mod': return a % b;
      case 'bitwise_and': return a & b;
      case 'bitwise_or': return a | b;
      case 'bitwise_xor': return a ^ b;
    }
  }
  const [x, y] = [Number(a), Number(b)];
  const float = type === 'float32' || type === 'float64';
  assert(float || (op !== 'div' && op !== 'mod') || y !== 0, 'no division by zero');
  switch (op) {
    case 'add': return x + y;
    case 'sub': return x - y;
    case 'mul': return float ? x * y : Math.imul(x, y);
    case 'div': return float ? x / y : Math.trunc(x / y);
    case 'mod': return x % y;
    case 'bitwise_and': return x & y;
    case 'bitwise_or': return x | y;
    case 'bitwise_xor': return x ^ y;
  }
}

function unary(op: UnaryOp, a: number): number {
  switch (op) {
    case 'neg': return -a;
    case 'abs': return Math.abs(a);
    case 'floor': return Math.floor(a);
    case 'ceil': return Math.ceil(a);
    case 'sqrt': return Math.sqrt(a);
    case 'round': {
      const floor = Math.floor(a);
      const rest = a - floor;
      return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
    }
  }
}

function compare(op: CompareOp, a: Scalar, b: Scalar): boolean {
  switch (op) {
    case 'eq': return a === b;
    case 'ne': return a !== b;
    case 'lt': return a < b;
    case 'le': return a <= b;
    case 'gt': return a > b;
    case 'ge': return a >= b;
  }
}
