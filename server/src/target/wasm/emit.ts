/** Kernels as WebAssembly with 128-bit SIMD (relaxed multiply-add where the engine has it) and threads by shared memory. */
import type { Buffer } from '../../ir/buffer.js';
import { dtypeBytes, isFloat } from '../../ir/dtype.js';
import type { Expr, Var } from '../../ir/expr.js';
import { CodegenError } from '../kernel/error.js';
import { valueType, type Condition, type Kernel, type KernelStmt, type Register, type Value } from '../kernel/ir.js';
import type { Linear } from '../kernel/linear.js';
import { kernelWorkspaceOffset, type NetworkCode, type TensorPlace } from '../network.js';
import { AddressScope } from './addresses.js';
import { CLOSURE_BYTES } from './closure.js';
import { encodeModule, NO_RESULT, OP, SIMD, TYPE, unsigned, type FunctionCode, type ImportedFunction } from './encoder.js';
import { MATH_IMPORTS } from './math.js';
import { accessOf, combine, compare, constant, convert, integerCall, scalarType, squareRoot } from './scalars.js';
import { vectorFunction, vectorFunctionsOf } from './vector-math.js';
import { emitProcedure } from './emit-procedure.js';
import { BODY_TYPE, FunctionWriter, KERNEL_TYPE, MATH2_TYPE, MATH_TYPE, PARALLEL_TYPE } from './function-writer.js';

export interface WasmOptions {
  /** Whether the engine has relaxed SIMD (probe with WebAssembly.validate). */
  readonly relaxedFma: boolean;
  /** Most pages of 64 KiB that the shared memory may have. */
  readonly maxPages: number;
}

/** Variables of the loops around a parallel one that a closure holds. */
const MAX_OUTER = CLOSURE_BYTES / 4;

const IMPORTS: readonly ImportedFunction[] = [
  { name: 'parallel', type: PARALLEL_TYPE },
  ...MATH_IMPORTS.map(({ name, arity }) => ({ name, type: arity === 2 ? MATH2_TYPE : MATH_TYPE })),
];

/** Of networks that stamp the times of their calls. */
const CLOCK: ImportedFunction = { name: 'now', type: { params: [], results: [TYPE.f64] } };

/** One module that runs a whole network: kernels, their bodies, and the function that calls them in order. */
export function emitNetwork(network: NetworkCode, options: WasmOptions): Uint8Array {
  const bodies: FunctionCode[] = [];
  const functions = vectorFunctionsOf(network.kernels);
  const imports = network.stamps === undefined ? IMPORTS : [...IMPORTS, CLOCK];
  const kernels = network.kernels.map((k) => new KernelEmitter(k, options, bodies, { first: imports.length, names: functions }).emit());
  const procedures = (network.procedures ?? []).map(emitProcedure);
  const first = imports.length + functions.length;
  const w = new FunctionWriter(KERNEL_TYPE, network.symbol);
  const pointers = align64(network.arenaBytes);
  const offset = kernelWorkspaceOffset(network);
  const address = (place: TensorPlace): void => {
    if (place.kind === 'param') w.get(0).memory(OP.i32Load, 2, place.position * 4);
    else w.get(1).i32(place.offset).op(OP.i32Add);
  };
  const stamp = stamps(w, network);
  for (const [i, call] of network.calls.entries()) {
    if ('loop' in call) {
      if (call.loop === 'begin') {
        w.op(OP.block, NO_RESULT, OP.loop, NO_RESULT);
        address(call.going);
        w.memory(OP.i32Load8U, 0, 0).op(OP.i32Eqz, OP.brIf, 1);
      } else {
        w.op(OP.br, 0, OP.end, OP.end);
      }
      stamp(i);
      continue;
    }
    call.tensors.forEach((place, k) => {
      w.get(1);
      address(place);
      w.memory(OP.i32Store, 2, pointers + k * 4);
    });
    w.get(1).i32(pointers).op(OP.i32Add);
    const target = 'procedure' in call ? kernels.length + 1 + bodies.length + call.procedure : call.kernel;
    w.get(1).i32(offset).op(OP.i32Add, OP.call, ...unsigned(first + target));
    stamp(i);
  }
  return encodeModule(imports, [...functions.map(vectorFunction), ...kernels, w.finish(), ...bodies, ...procedures], options.maxPages);
}

/** Writes what adds the time since the last stamp to a call's seconds; nothing where none are asked for. */
function stamps(w: FunctionWriter, { stamps: position, calls }: NetworkCode): (call: number) => void {
  if (position === undefined) return () => undefined;
  const [last, now] = [w.local(TYPE.f64), w.local(TYPE.f64)];
  const seconds = (): FunctionWriter => w.get(0).memory(OP.i32Load, 2, position * 4);
  const clock = (): FunctionWriter => w.op(OP.call, ...unsigned(IMPORTS.length));
  calls.forEach((_, i) => seconds().f64(0).memory(OP.f64Store, 3, i * 8));
  clock().set(last);
  return (call) => {
    clock().set(now);
    seconds();
    seconds().memory(OP.f64Load, 3, call * 8).get(now).get(last).op(OP.f64Sub, OP.f64Add).memory(OP.f64Store, 3, call * 8);
    w.get(now).set(last);
  };
}

function align64(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** One module with the kernels; kernel i is exported under its symbol, its parallel bodies as `p<k>` counted over the module. */
export function emitModule(kernels: readonly Kernel[], options: WasmOptions): Uint8Array {
  const bodies: FunctionCode[] = [];
  const functions = vectorFunctionsOf(kernels);
  const mains = kernels.map((k) => new KernelEmitter(k, options, bodies, { first: IMPORTS.length, names: functions }).emit());
  return encodeModule(IMPORTS, [...functions.map(vectorFunction), ...mains, ...bodies], options.maxPages);
}

const INDEX_COMPARISONS = { eq: OP.i32Eq, ne: OP.i32Ne, lt: OP.i32LtS, le: OP.i32LeS, gt: OP.i32GtS, ge: OP.i32GeS } as const;
const VECTORS = { add: SIMD.add, sub: SIMD.sub, mul: SIMD.mul, div: SIMD.div, min: SIMD.pmin, max: SIMD.pmax } as const;

interface Frame {
  readonly w: FunctionWriter;
  readonly tensors: number;
  readonly workspace: number;
  readonly worker: number | undefined;
  readonly buffers: Map<Buffer, number>;
  readonly vars: Map<Var, number>;
  readonly registers: Map<number, number>;
}

class KernelEmitter {
  private readonly ids = new Map<Buffer, number>();

  /** `functions`: the module's vector functions, which stand behind the imports and in front of the kernels. */
  constructor(private readonly kernel: Kernel, private readonly options: WasmOptions, private readonly bodies: FunctionCode[], private readonly functions: { readonly first: number; readonly names: readonly string[] }) {}

  emit(): FunctionCode {
    const frame: Frame = {
      w: new FunctionWriter(KERNEL_TYPE, this.kernel.symbol), tensors: 0, workspace: 1, worker: undefined,
      buffers: new Map(), vars: new Map(), registers: new Map(),
    };
    return this.function(frame, () => this.block(this.kernel.body, frame, new AddressScope(undefined), []));
  }

  /** Buffers' addresses are taken once at the head of the function, which is known only after its body. */
  private function(frame: Frame, body: () => void): FunctionCode {
    body();
    const tail = frame.w.code.splice(0);
    for (const [buffer, local] of frame.buffers) {
      this.bufferAddress(frame, buffer);
      frame.w.set(local);
    }
    for (const b of tail) frame.w.code.push(b);
    return frame.w.finish();
  }

  private bufferAddress(frame: Frame, buffer: Buffer): void {
    const { w } = frame;
    const place = this.kernel.placements.get(buffer);
    if (place === undefined) throw new Error(`assertion failed: ${buffer.name} has no place`);
    if (place.kind === 'param') {
      w.get(frame.tensors).memory(OP.i32Load, 2, place.position * 4);
    } else if (place.kind === 'shared') {
      w.get(frame.workspace).i32(place.offset).op(OP.i32Add);
    } else {
      const { sharedBytes, threadBytes } = this.kernel.workspace;
      w.get(frame.workspace).i32(sharedBytes + place.offset).op(OP.i32Add);
      if (frame.worker !== undefined) w.get(frame.worker).i32(threadBytes).op(OP.i32Mul, OP.i32Add);
    }
  }

  private block(stmts: readonly KernelStmt[], frame: Frame, scope: AddressScope, outer: readonly Var[]): void {
    for (const s of stmts) this.stmt(s, frame, scope, outer);
  }

  private stmt(s: KernelStmt, frame: Frame, scope: AddressScope, outer: readonly Var[]): void {
    const { w } = frame;
    switch (s.kind) {
      case 'for': this.loop(s.var, s.body, frame, outer, () => w.i32(0), () => w.i32(s.extent)); return;
      case 'parallel': this.parallel(s, frame, outer); return;
      case 'if':
        this.condition(s.cond, frame, scope);
        w.op(OP.if, 0x40);
        this.block(s.body, frame, new AddressScope(undefined), outer);
        w.op(OP.end);
        return;
      case 'let': case 'set':
        this.value(s.value, frame, scope);
        w.set(this.register(frame, s.register));
        return;
      case 'store': {
        const offset = this.address(s.buffer, s.index, frame, scope);
        this.value(s.value, frame, scope);
        const { store, align } = accessOf(s.buffer.dtype);
        if (s.lanes === 4) w.simdMemory(SIMD.store, offset);
        else w.memory(store, align, offset);
        return;
      }
      case 'prefetch':
    }
  }

  /** A counted loop from `first` to below `last`; bases that move evenly are set before it and stepped in it. */
  private loop(v: Var, body: readonly KernelStmt[], frame: Frame, outer: readonly Var[], first: () => void, last: () => void): void {
    const { w } = frame;
    const local = this.variable(frame, v);
    const innermost = !body.some((s) => s.kind === 'for' || s.kind === 'parallel' || s.kind === 'if');
    const scope = new AddressScope(innermost ? v : undefined);
    const mark = w.code.length;
    this.block(body, frame, scope, [...outer, v]);
    const code = w.code.splice(mark);
    first();
    w.set(local);
    const stepped = scope.all().filter((b) => b.step !== undefined);
    for (const b of stepped) {
      this.baseAddress(b.buffer, b.linear, frame);
      w.set(b.local);
    }
    w.op(OP.loop, 0x40);
    for (const c of code) w.code.push(c);
    for (const b of stepped) if (b.step !== 0) w.get(b.local).i32(b.step ?? 0).op(OP.i32Add).set(b.local);
    w.get(local).i32(1).op(OP.i32Add).tee(local);
    last();
    w.op(OP.i32LtS, OP.brIf, 0, OP.end);
  }

  private parallel(s: KernelStmt & { kind: 'parallel' }, frame: Frame, outer: readonly Var[]): void {
    if (outer.length > MAX_OUTER) throw new CodegenError(`wasm: a parallel loop inside ${outer.length} loops`);
    const index = this.bodies.length;
    const w = new FunctionWriter(BODY_TYPE, `p${index}`);
    const inner: Frame = { w, tensors: 0, workspace: 1, worker: 5, buffers: new Map(), vars: new Map(), registers: new Map() };
    this.bodies.push(w.finish());
    this.bodies[index] = this.function(inner, () => {
      outer.forEach((v, i) => w.get(2).memory(OP.i32Load, 2, i * 4).set(this.variable(inner, v)));
      w.get(3).get(4).op(OP.i32LtS, OP.if, 0x40);
      this.loop(s.var, s.body, inner, outer, () => w.get(3), () => w.get(4));
      w.op(OP.end);
    });
    const closure = (): FunctionWriter => frame.w.get(frame.workspace).i32(-CLOSURE_BYTES).op(OP.i32Add);
    outer.forEach((v, i) => closure().get(this.variable(frame, v)).memory(OP.i32Store, 2, i * 4));
    frame.w.i32(index).get(frame.tensors).get(frame.workspace);
    closure();
    frame.w.i32(s.extent).op(OP.call, ...unsigned(0));
  }

  private variable(frame: Frame, v: Var): number {
    const known = frame.vars.get(v);
    if (known !== undefined) return known;
    const local = frame.w.local(TYPE.i32);
    frame.vars.set(v, local);
    return local;
  }

  private register(frame: Frame, r: Register): number {
    const known = frame.registers.get(r.id);
    if (known !== undefined) return known;
    const local = frame.w.local(r.lanes === 4 ? TYPE.v128 : scalarType(r.dtype));
    frame.registers.set(r.id, local);
    return local;
  }

  private bufferLocal(frame: Frame, buffer: Buffer): number {
    const known = frame.buffers.get(buffer);
    if (known !== undefined) return known;
    const local = frame.w.local(TYPE.i32);
    frame.buffers.set(buffer, local);
    return local;
  }

  /** Leaves the base address of an element on the stack and returns the byte offset for the instruction. */
  private address(buffer: Buffer, index: Linear, frame: Frame, scope: AddressScope): number {
    const bytes = dtypeBytes(buffer.dtype);
    const { w } = frame;
    if (index.terms.length === 0 && index.constant >= 0) {
      w.get(this.bufferLocal(frame, buffer));
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

  private baseAddress(buffer: Buffer, l: Linear, frame: Frame): void {
    const { w } = frame;
    const bytes = dtypeBytes(buffer.dtype);
    w.get(this.bufferLocal(frame, buffer));
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
      case 'var': w.get(this.variable(frame, e)); return;
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

  private condition(c: Condition, frame: Frame, scope: AddressScope): void {
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

  private value(v: Value, frame: Frame, scope: AddressScope): void {
    const { w } = frame;
    switch (v.kind) {
      case 'const':
        if (v.lanes === 4) w.v128([v.value, v.value, v.value, v.value]);
        else constant(w, v.value, v.dtype);
        return;
      case 'register': w.get(this.register(frame, v.register)); return;
      case 'load': this.load(v, frame, scope); return;
      case 'gather': {
        w.get(this.bufferLocal(frame, v.buffer));
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
    const vector = v.lanes === 4 ? this.functions.names.indexOf(name) : -1;
    if (vector >= 0) {
      w.op(OP.call, ...unsigned(this.functions.first + vector));
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
