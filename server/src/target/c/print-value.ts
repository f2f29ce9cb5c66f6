/** Values, conditions and elements of buffers as C expressions. */
import { defined } from '../../base/assert.js';
import type { Buffer } from '../../ir/buffer.js';
import { isFloat } from '../../ir/dtype.js';
import { valueType, type BinaryValueOp, type Condition, type Kernel, type Register, type Value } from '../kernel/ir.js';
import { linearKey, type Linear } from '../kernel/linear.js';
import { VECTOR_FUNCTIONS } from '../kernel/vector-math.js';
import { convert, integerCall, literal, scalarArithmetic } from './arithmetic.js';
import { printIndex, printTerms } from './expr.js';
import type { Scope } from './scope.js';
import { cType, cVector } from './types.js';
import { acrossName, vectorFunctionName } from './vector-math.js';

/** A register's name. */
export function reg(r: Register): string {
  return `r${r.id}`;
}

export class ValuePrinter {
  private readonly bufferNames = new Map<Buffer, string>();
  private nextId = 0;

  /** `x86VectorBytes`: as in the dialect. */
  constructor(private readonly kernel: Kernel, private readonly x86VectorBytes: number) {
    let n = 0;
    for (const b of kernel.placements.keys()) this.bufferNames.set(b, `b${n++}_${b.name.replace(/[^A-Za-z0-9]/g, '_')}`);
  }

  bufferName(b: Buffer): string {
    return defined(this.bufferNames.get(b), b.name);
  }

  /** `pointer[constant]`: the varying part of an address is computed once per block. */
  element(buffer: Buffer, index: Linear, scope: Scope): string {
    const base = this.bufferName(buffer);
    if (index.terms.length === 0) return `${base}[${index.constant}]`;
    const key = `${base}:${linearKey({ terms: index.terms, constant: 0 })}`;
    let pointer = scope.pointer(key);
    if (pointer === undefined) {
      pointer = `p${this.nextId++}`;
      const place = this.kernel.placements.get(buffer);
      const input = place?.kind === 'param' && place.position < this.kernel.params.length - this.kernel.outputCount;
      scope.add(`${input ? 'const ' : ''}${cType(buffer.dtype)} *${pointer} = ${base} + (${printTerms(index, this.kernel.names)});`);
      scope.define(key, pointer);
    }
    return `${pointer}[${index.constant}]`;
  }

  value(v: Value, scope: Scope): string {
    const go = (x: Value): string => this.value(x, scope);
    switch (v.kind) {
      case 'const': return v.lanes === 1 ? literal(v.value, v.dtype) : splat(literal(v.value, v.dtype), v.lanes);
      case 'register': return reg(v.register);
      case 'load': {
        if (v.lanes === 1) return this.element(v.buffer, v.index, scope);
        const at = (k: number): string => this.element(v.buffer, { terms: v.index.terms, constant: v.index.constant + k }, scope);
        if (v.stride === 1) return `*(const ansor_v${v.lanes} *)&${at(0)}`;
        if (v.stride === 0) return splat(at(0), v.lanes);
        return `(ansor_v${v.lanes}){${Array.from({ length: v.lanes }, (_, k) => at(k * v.stride)).join(', ')}}`;
      }
      case 'binary':
        return v.lanes === 1 ? scalarArithmetic(v.op, go(v.a), go(v.b), v.dtype) : this.vectorArithmetic(v.op, go(v.a), go(v.b), v.lanes);
      case 'fma': {
        if (isFloat(v.dtype)) return `(${go(v.a)} * ${go(v.b)} + ${go(v.c)})`;
        return scalarArithmetic('add', scalarArithmetic('mul', go(v.a), go(v.b), v.dtype), go(v.c), v.dtype);
      }
      case 'branch': {
        // Results of vector operations have no `may_alias`, so that the types of the two would differ.
        const as = v.lanes === 1 ? '' : `(ansor_v${v.lanes})`;
        return `(${this.condition(v.cond, scope)} ? ${as}${go(v.then)} : ${as}${go(v.else)})`;
      }
      case 'across': return `${acrossName(v.op, lanesOf(v.a))}(${go(v.a)})`;
      case 'cast': return convert(`(${go(v.a)})`, valueType(v.a), v.dtype);
      case 'gather': return `${this.bufferName(v.buffer)}[${go(v.index)}]`;
      case 'index': return `(${cType(v.dtype)})(${printIndex(v.value, this.kernel.names)})`;
      case 'call': return this.call(v, scope);
    }
  }

  /** Vectors of float32. */
  private vectorArithmetic(op: BinaryValueOp, a: string, b: string, lanes: number): string {
    switch (op) {
      case 'add': return `(${a} + ${b})`;
      case 'sub': return `(${a} - ${b})`;
      case 'mul': return `(${a} * ${b})`;
      case 'div': return `(${a} / ${b})`;
      case 'min': case 'max': break;
      case 'floordiv': case 'floormod': throw new Error('assertion failed: vectors of integers');
    }
    const t = `ansor_v${lanes}`;
    const m = `ansor_m${lanes}`;
    if (lanes * 4 <= this.x86VectorBytes) {
      // Gives b when either is NaN, as the portable form does.
      if (lanes === 16) return `(${t})__builtin_ia32_${op}ps512_mask(${a}, ${b}, ${a}, -1, 4)`;
      if (lanes === 8) return `(${t})__builtin_ia32_${op}ps256(${a}, ${b})`;
      if (lanes === 4) return `(${t})__builtin_ia32_${op}ps(${a}, ${b})`;
    }
    return `({ ${t} x_ = ${a}, y_ = ${b}; ${m} k_ = x_ ${op === 'min' ? '<' : '>'} y_; (${t})(((${m})x_ & k_) | ((${m})y_ & ~k_)); })`;
  }

  private call(v: Value & { kind: 'call' }, scope: Scope): string {
    const name = v.callee.replace(/^tir\./, '');
    const suffix = v.dtype === 'float64' ? '' : 'f';
    const unit = literal(1, v.dtype);
    const one = (args: readonly string[]): string => {
      if (name === 'rsqrt') return `(${unit} / __builtin_sqrt${suffix}(${args[0] ?? ''}))`;
      if (name === 'sigmoid') return `(${unit} / (${unit} + __builtin_exp${suffix}(-(${args[0] ?? ''}))))`;
      return `__builtin_${name === 'abs' ? 'fabs' : name}${suffix}(${args.join(', ')})`;
    };
    const args = v.args.map((a) => this.value(a, scope));
    if (!isFloat(v.dtype)) return integerCall(name, args.map((a) => `(${a})`), v.dtype) ?? one(args);
    if (v.lanes === 1) return one(args);
    if (v.dtype === 'float32' && VECTOR_FUNCTIONS.has(name)) return `${vectorFunctionName(name, v.lanes)}(${args.join(', ')})`;
    // One expression: behind a condition, the arguments must not be evaluated before it.
    const id = this.nextId++;
    const names = args.map((a, i) => `${cVector(v.dtype, v.lanes)} t${id}_${i} = ${a};`);
    return `({ ${names.join(' ')} (ansor_v${v.lanes}){${Array.from({ length: v.lanes }, (_, k) => one(args.map((_a, i) => `t${id}_${i}[${k}]`))).join(', ')}}; })`;
  }

  condition(c: Condition, scope: Scope): string {
    switch (c.kind) {
      case 'index': return printIndex(c.expr, this.kernel.names);
      case 'and': return `(${this.condition(c.a, scope)} && ${this.condition(c.b, scope)})`;
      case 'or': return `(${this.condition(c.a, scope)} || ${this.condition(c.b, scope)})`;
      case 'not': return `!(${this.condition(c.a, scope)})`;
      case 'compare': {
        const op = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=' }[c.op];
        return `(${this.value(c.a, scope)} ${op} ${this.value(c.b, scope)})`;
      }
    }
  }
}

/** How many elements a value has. */
function lanesOf(v: Value): number {
  return v.kind === 'register' ? v.register.lanes : v.lanes;
}

function splat(text: string, lanes: number): string {
  return `(ansor_v${lanes}){${new Array<string>(lanes).fill(text).join(', ')}}`;
}
