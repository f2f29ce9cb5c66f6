/** The functions of one kernel: its statements, and the bodies of its parallel loops. */
import type { Buffer } from '../../ir/buffer.js';
import type { Var } from '../../ir/expr.js';
import { CodegenError } from '../kernel/error.js';
import type { Kernel, KernelStmt } from '../kernel/ir.js';
import { AddressScope } from './addresses.js';
import { CLOSURE_BYTES } from './closure.js';
import { OP, SIMD, unsigned, type FunctionCode } from './encoder.js';
import { Frame } from './frame.js';
import { BODY_TYPE, FunctionWriter, KERNEL_TYPE } from './function-writer.js';
import { accessOf } from './scalars.js';
import { ValueEmitter, type ValueOptions } from './value-emitter.js';

/** Variables of the loops around a parallel one that a closure holds. */
const MAX_OUTER = CLOSURE_BYTES / 4;

export class KernelEmitter {
  private readonly values: ValueEmitter;

  /** `bodies`: those of parallel loops in the module, to which the kernel's are added. */
  constructor(private readonly kernel: Kernel, options: ValueOptions, private readonly bodies: FunctionCode[]) {
    this.values = new ValueEmitter(options);
  }

  emit(): FunctionCode {
    const frame = new Frame(new FunctionWriter(KERNEL_TYPE, this.kernel.symbol), { tensors: 0, workspace: 1, worker: undefined });
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
      w.get(frame.params.tensors).memory(OP.i32Load, 2, place.position * 4);
    } else if (place.kind === 'shared') {
      w.get(frame.params.workspace).i32(place.offset).op(OP.i32Add);
    } else {
      const { sharedBytes, threadBytes } = this.kernel.workspace;
      w.get(frame.params.workspace).i32(sharedBytes + place.offset).op(OP.i32Add);
      if (frame.params.worker !== undefined) w.get(frame.params.worker).i32(threadBytes).op(OP.i32Mul, OP.i32Add);
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
        this.values.condition(s.cond, frame, scope);
        w.op(OP.if, 0x40);
        this.block(s.body, frame, new AddressScope(undefined), outer);
        w.op(OP.end);
        return;
      case 'let': case 'set':
        this.values.value(s.value, frame, scope);
        w.set(frame.register(s.register));
        return;
      case 'store': {
        const offset = this.values.address(s.buffer, s.index, frame, scope);
        this.values.value(s.value, frame, scope);
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
    const local = frame.variable(v);
    const innermost = !body.some((s) => s.kind === 'for' || s.kind === 'parallel' || s.kind === 'if');
    const scope = new AddressScope(innermost ? v : undefined);
    const mark = w.code.length;
    this.block(body, frame, scope, [...outer, v]);
    const code = w.code.splice(mark);
    first();
    w.set(local);
    const stepped = scope.all().filter((b) => b.step !== undefined);
    for (const b of stepped) {
      this.values.baseAddress(b.buffer, b.linear, frame);
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
    const inner = new Frame(w, { tensors: 0, workspace: 1, worker: 5 });
    this.bodies.push(w.finish());
    this.bodies[index] = this.function(inner, () => {
      outer.forEach((v, i) => w.get(2).memory(OP.i32Load, 2, i * 4).set(inner.variable(v)));
      w.get(3).get(4).op(OP.i32LtS, OP.if, 0x40);
      this.loop(s.var, s.body, inner, outer, () => w.get(3), () => w.get(4));
      w.op(OP.end);
    });
    const closure = (): FunctionWriter => frame.w.get(frame.params.workspace).i32(-CLOSURE_BYTES).op(OP.i32Add);
    outer.forEach((v, i) => closure().get(frame.variable(v)).memory(OP.i32Store, 2, i * 4));
    frame.w.i32(index).get(frame.params.tensors).get(frame.params.workspace);
    closure();
    frame.w.i32(s.extent).op(OP.call, ...unsigned(0));
  }
}
