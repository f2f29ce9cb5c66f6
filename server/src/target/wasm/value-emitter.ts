/** Code that leaves values, conditions and addresses on the stack. */
import type { Buffer } from '../../ir/buffer.js';
import { dtypeBytes, isFloat } from '../../ir/dtype.js';
import type { Expr } from '../../ir/expr.js';
import { CodegenError } from '../kernel/error.js';
import { valueType, type Condition, type Value } from '../kernel/ir.js';
import type { Linear } from '../kernel/linear.js';
import { AddressScope } from './addresses.js';
import { OP, SIMD, TYPE, unsigned } from './encoder.js';
import type { Frame } from './frame.js';
import type { FunctionWriter } from './function-writer.js';
import { MATH_IMPORTS } from './math.js';
import { accessOf, combine, compare, constant, convert, integerCall, scalarType, squareRoot } from './scalars.js';

export interface ValueOptions {
  /** Whether the engine has relaxed SIMD. */
  readonly relaxedFma: boolean;
  /** The module's vector functions, which stand behind the imports and in front of the kernels. */
  readonly functions: { readonly first: number; readonly names: readonly string[] };
}

const INDEX_COMPARISONS = { eq: OP.i32Eq, ne: OP.i32Ne, lt: OP.i32LtS, le: OP.i32LeS, gt: OP.i32GtS, ge: OP.i32GeS } as const;
const VECTORS = { add: SIMD.add, sub: SIMD.sub, mul: SIMD.mul, div: SIMD.div, min: SIMD.pmin, max: SIMD.pmax } as const;

export class ValueEmitter {
  private readonly ids = new Map<Buffer, number>();

  constructor(private readonly options: ValueOptions) {}

  /** Leaves the base address of an element on the stack and returns the byte offset for the instruction. */
  address(buffer: Buffer, index: Linear, frame: Frame, scope: AddressScope): number {
    const bytes = dtypeBytes(buffer.dtype);
    const { w } = frame;
    if (index.terms.length === 0 && index.constant >= 0) {
      w.get(frame.buffer(buffer));
      return index.constant * bytes;
    }
    const id = this.ids.get(buffer) ?? this.ids.size;
    this.ids.set(buffer, id);
    const { base, offset, isNew } = scope.resolve(buffer, id, index, bytes, () => w.local(TYPE.i32));
    if (isNew && base.step === undefined) {
      this.baseAddress(buffer, base.linear, frame);
      w.tee(base.local);
    } else {
      w.get(base.local);
    }
    return offset;
  }

  baseAddress(buffer: Buffer, l: Linear, frame: Frame): void {
    const { w } = frame;
    const bytes = dtypeBytes(buffer.dtype);
    w.get(frame.buffer(buffer));
    for (const t of l.terms) {
      this.index(t.atom, frame);
      w.i32(t.coef * bytes).op(OP.i32Mul, OP.i32Add);
    }
    if (l.constant !== 0) w.i32(l.constant * bytes).op(OP.i32Add);
  }

  /** An index expression as i32. */
  private index(e: Expr, frame: Frame): void {
    const { w } = frame;
    switch (e.kind) {
      case 'var': w.get(frame.variable(e)); return;
      case 'int': w.i32(e.value); return;
      case 'cast': this.index(e.a, frame); return;
      case 'not': this.index(e.a, frame); w.op(OP.i32Eqz); return;
      case 'select':
        this.index(e.then, frame);
        this.index(e.else, frame);
        this.index(e.cond, frame);
        w.op(OP.select);
        return;
      case 'binary': break;
      default: throw new CodegenError(`wasm: no form of a ${e.kind} in an index`);
    }
    this.index(e.a, frame);
    this.index(e.b, frame);
    switch (e.op) {
      case 'and': w.op(OP.i32And); return;
      case 'or': w.op(OP.i32Or); return;
      case 'eq': case 'ne': case 'lt': case 'le': case 'gt': case 'ge': w.op(INDEX_COMPARISONS[e.op]); return;
      default: combine(w, e.op, 'int32');
    }
  }

  condition(c: Condition, frame: Frame, scope: AddressScope): void {
    const { w } = frame;
    switch (c.kind) {
      case 'index': this.index(c.expr, frame); return;
      case 'not': this.condition(c.a, frame, scope); w.op(OP.i32Eqz); return;
      case 'and': case 'or':
        this.condition(c.a, frame, scope);
        if (c.b.kind === 'index') {
          this.condition(c.b, frame, scope);
          w.op(c.kind === 'and' ? OP.i32And : OP.i32Or);
          return;
        }
        // What the second one loads may be outside of its buffer unless the first one allows it.
        w.op(OP.if, TYPE.i32);
        if (c.kind === 'or') w.i32(1).op(OP.else);
        this.condition(c.b, frame, new AddressScope(undefined));
        if (c.kind === 'and') w.op(OP.else).i32(0);
        w.op(OP.end);
        return;
      case 'compare': {
        this.value(c.a, frame, scope);
        this.value(c.b, frame, scope);
        compare(w, c.op, valueType(c.a));
      }
    }
  }

  value(v: Value, frame: Frame, scope: AddressScope): void {
    const { w } = frame;
    switch (v.kind) {
      case 'const':
        if (v.lanes === 4) w.v128([v.value, v.value, v.value, v.value]);
        else constant(w, v.value, v.dtype);
        return;
      case 'register': w.get(frame.register(v.register)); return;
      case 'load': this.load(v, frame, scope); return;
      case 'gather': {
        w.get(frame.buffer(v.buffer));
        this.value(v.index, frame, scope);
        w.i32(dtypeBytes(v.buffer.dtype)).op(OP.i32Mul, OP.i32Add);
        const { load, align } = accessOf(v.buffer.dtype);
        w.memory(load, align, 0);
        return;
      }
      case 'binary': this.binary(v, frame, scope); return;
      case 'fma': {
        this.value(v.a, frame, scope);
        this.value(v.b, frame, scope);
        if (v.lanes === 4 && this.options.relaxedFma) {
          this.value(v.c, frame, scope);
          w.simd(SIMD.relaxedMadd);
          return;
        }
        if (v.lanes === 4) w.simd(SIMD.mul);
        else combine(w, 'mul', v.dtype);
        this.value(v.c, frame, scope);
        if (v.lanes === 4) w.simd(SIMD.add);
        else combine(w, 'add', v.dtype);
        return;
      }
      case 'branch': {
        this.condition(v.cond, frame, scope);
        w.op(OP.if, v.lanes === 4 ? TYPE.v128 : scalarType(v.dtype));
        this.value(v.then, frame, new AddressScope(undefined));
        w.op(OP.else);
        this.value(v.else, frame, new AddressScope(undefined));
        w.op(OP.end);
        return;
      }
      case 'across': {
        this.value(v.a, frame, scope);
        const all = w.local(TYPE.v128);
        w.set(all);
        const lane = (k: number): FunctionWriter => w.get(all).simd(SIMD.f32x4ExtractLane).op(k);
        lane(0);
        lane(1);
        combine(w, v.op, v.dtype);
        lane(2);
        lane(3);
        combine(w, v.op, v.dtype);
        combine(w, v.op, v.dtype);
        return;
      }
      case 'cast':
        this.value(v.a, frame, scope);
        convert(w, valueType(v.a), v.dtype);
        return;
      case 'index':
        this.index(v.value, frame);
        convert(w, 'int32', v.dtype);
        return;
      case 'call': this.call(v, frame, scope);
    }
  }

  private load(v: Value & { kind: 'load' }, frame: Frame, scope: AddressScope): void {
    const { w } = frame;
    if (v.lanes === 1) {
      const offset = this.address(v.buffer, v.index, frame, scope);
      const { load, align } = accessOf(v.buffer.dtype);
      w.memory(load, align, offset);
      return;
    }
    if (v.stride === 1 || v.stride === 0) {
      const offset = this.address(v.buffer, v.index, frame, scope);
      w.simdMemory(v.stride === 1 ? SIMD.load : SIMD.load32Splat, offset);
      return;
    }
    for (let k = 0; k < 4; k++) {
      const index = { terms: v.index.terms, constant: v.index.constant + k * v.stride };
      const offset = this.address(v.buffer, index, frame, scope);
      if (k === 0) w.simdMemory(SIMD.load32Splat, offset);
      else w.memory(OP.f32Load, 2, offset).simd(SIMD.f32x4ReplaceLane).op(k);
    }
  }

  private binary(v: Value & { kind: 'binary' }, frame: Frame, scope: AddressScope): void {
    const { w } = frame;
    if (v.lanes === 1) {
      this.value(v.a, frame, scope);
      this.value(v.b, frame, scope);
      combine(w, v.op, v.dtype);
      return;
    }
    if (v.op === 'floordiv' || v.op === 'floormod') throw new Error('assertion failed: vectors of integers');
    // pmax(b, a) is b < a ? a : b, one machine instruction; the full maximum takes several for NaN and signed zero.
    const swap = v.op === 'min' || v.op === 'max';
    this.value(swap ? v.b : v.a, frame, scope);
    this.value(swap ? v.a : v.b, frame, scope);
    w.simd(VECTORS[v.op]);
  }

  private call(v: Value & { kind: 'call' }, frame: Frame, scope: AddressScope): void {
    const { w } = frame;
    const name = v.callee.replace(/^tir\./, '');
    const imported = MATH_IMPORTS.findIndex((m) => m.name === name && m.arity === v.args.length);
    for (const a of v.args) {
      this.value(a, frame, scope);
      if (imported >= 0 && v.lanes === 1) convert(w, v.dtype, 'float64');
    }
    if (!isFloat(v.dtype) && integerCall(w, name, v.dtype)) return;
    if (name === 'sqrt' || name === 'rsqrt') {
      if (v.lanes === 4) w.simd(SIMD.sqrt);
      else squareRoot(w, v.dtype);
      if (name === 'sqrt') return;
      const root = w.local(v.lanes === 4 ? TYPE.v128 : scalarType(v.dtype));
      w.set(root);
      if (v.lanes === 4) {
        w.v128([1, 1, 1, 1]).get(root).simd(SIMD.div);
        return;
      }
      constant(w, 1, v.dtype);
      w.get(root);
      combine(w, 'div', v.dtype);
      return;
    }
    const vector = v.lanes === 4 ? this.options.functions.names.indexOf(name) : -1;
    if (vector >= 0) {
      w.op(OP.call, ...unsigned(this.options.functions.first + vector));
      return;
    }
    if (imported < 0) throw new CodegenError(`wasm: function ${name} is not supported yet`);
    if (v.lanes === 1) {
      w.op(OP.call, ...unsigned(1 + imported));
      convert(w, 'float64', v.dtype);
      return;
    }
    const locals = v.args.map(() => w.local(TYPE.v128));
    for (const local of locals.slice().reverse()) w.set(local);
    for (let k = 0; k < 4; k++) {
      for (const local of locals) w.get(local).simd(SIMD.f32x4ExtractLane).op(k, OP.f64PromoteF32);
      w.op(OP.call, ...unsigned(1 + imported), OP.f32DemoteF64);
      if (k === 0) w.simd(SIMD.f32x4Splat);
      else w.simd(SIMD.f32x4ReplaceLane).op(k);
    }
  }
}
