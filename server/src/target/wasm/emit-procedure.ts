/** Procedures as WebAssembly functions `(tensors, workspace)`. */
import { defined } from '../../base/assert.js';
import type { Buffer } from '../../ir/buffer.js';
import { dtypeBytes, isHalf } from '../../ir/dtype.js';
import type { Local, Procedure, Statement, Term, UnaryOp } from '../../ir/procedure/procedure.js';
import { scratchOffsets } from '../network.js';
import { NO_RESULT, OP, TYPE, type FunctionCode } from './encoder.js';
import { FunctionWriter, KERNEL_TYPE } from './function-writer.js';
import { accessOf, combine, compare, constant, convert, integerCall, scalarType } from './scalars.js';

/** Of float32 and float64. */
const UNARY: Readonly<Record<UnaryOp, readonly [number, number]>> = { abs: [0x8b, 0x99], neg: [0x8c, 0x9a], ceil: [0x8d, 0x9b], floor: [0x8e, 0x9c], round: [0x90, 0x9e], sqrt: [0x91, 0x9f] };

export function emitProcedure(procedure: Procedure): FunctionCode {
  return new ProcedureEmitter(procedure).emit();
}

class ProcedureEmitter {
  private readonly w = new FunctionWriter(KERNEL_TYPE, undefined);
  private readonly buffers = new Map<Buffer, number>();
  private readonly locals = new Map<Local, number>();

  constructor(private readonly procedure: Procedure) {}

  emit(): FunctionCode {
    const { w } = this;
    const { inputs, outputs, scratch, locals, body } = this.procedure;
    const place = (buffer: Buffer): void => {
      const local = w.local(TYPE.i32);
      this.buffers.set(buffer, local);
      w.set(local);
    };
    [...inputs, ...outputs].forEach((buffer, i) => {
      w.get(0).memory(OP.i32Load, 2, i * 4);
      place(buffer);
    });
    const at = scratchOffsets(this.procedure);
    scratch.forEach((buffer, i) => {
      w.get(1).i32(at[i] ?? 0).op(OP.i32Add);
      place(buffer);
    });
    for (const local of locals) this.locals.set(local, w.local(scalarType(local.type)));
    this.block(body);
    return w.finish();
  }

  private local(local: Local): number {
    return defined(this.locals.get(local), local.name);
  }

  private block(statements: readonly Statement[]): void {
    for (const s of statements) this.statement(s);
  }

  private statement(s: Statement): void {
    const { w } = this;
    switch (s.kind) {
      case 'set':
        this.term(s.value);
        w.set(this.local(s.local));
        return;
      case 'store': {
        this.address(s.buffer, s.index);
        this.term(s.value);
        convert(w, s.value.type, s.buffer.dtype);
        const { store, align } = accessOf(s.buffer.dtype);
        w.memory(store, align, 0);
        return;
      }
      case 'for': {
        const at = this.local(s.local);
        const below = w.local(TYPE.i32);
        this.term(s.from);
        w.set(at);
        this.term(s.below);
        w.set(below);
        this.loop(() => w.get(at).get(below).op(OP.i32GeS), () => {
          this.block(s.body);
          w.get(at).i32(1).op(OP.i32Add).set(at);
        });
        return;
      }
      case 'while':
        this.loop(() => {
          this.term(s.cond);
          w.op(OP.i32Eqz);
        }, () => this.block(s.body));
        return;
      case 'if':
        this.term(s.cond);
        w.op(OP.if, NO_RESULT);
        this.block(s.then);
        if (s.else.length > 0) {
          w.op(OP.else);
          this.block(s.else);
        }
        w.op(OP.end);
    }
  }

  /** Turns until `ended` leaves something other than 0. */
  private loop(ended: () => void, body: () => void): void {
    const { w } = this;
    w.op(OP.block, NO_RESULT, OP.loop, NO_RESULT);
    ended();
    w.op(OP.brIf, 1);
    body();
    w.op(OP.br, 0, OP.end, OP.end);
  }

  private address(buffer: Buffer, index: Term): void {
    const { w } = this;
    w.get(defined(this.buffers.get(buffer), buffer.name));
    this.term(index);
    w.i32(dtypeBytes(buffer.dtype)).op(OP.i32Mul, OP.i32Add);
  }

  private term(t: Term): void {
    const { w } = this;
    switch (t.kind) {
      case 'const': constant(w, t.value, t.type); return;
      case 'local': w.get(this.local(t.local)); return;
      case 'load': {
        this.address(t.buffer, t.index);
        const { load, align } = accessOf(t.buffer.dtype);
        w.memory(load, align, 0);
        if (isHalf(t.buffer.dtype)) convert(w, t.buffer.dtype, t.type);
        return;
      }
      case 'binary':
        this.term(t.a);
        this.term(t.b);
        if (!integerCall(w, t.op === 'mod' ? 'truncmod' : t.op, t.type) && (t.op === 'add' || t.op === 'sub' || t.op === 'mul' || t.op === 'div')) combine(w, t.op, t.type);
        return;
      case 'unary':
        this.term(t.a);
        w.op(UNARY[t.op][t.type === 'float64' ? 1 : 0]);
        return;
      case 'compare':
        this.term(t.a);
        this.term(t.b);
        compare(w, t.op, t.a.type);
        return;
      case 'and': case 'or':
        this.term(t.a);
        w.op(OP.if, TYPE.i32);
        if (t.kind === 'or') w.i32(1).op(OP.else);
        this.term(t.b);
        if (t.kind === 'and') w.op(OP.else).i32(0);
        w.op(OP.end);
        return;
      case 'not':
        this.term(t.a);
        w.op(OP.i32Eqz);
        return;
      case 'choose':
        this.term(t.cond);
        w.op(OP.if, scalarType(t.type));
        this.term(t.then);
        w.op(OP.else);
        this.term(t.else);
        w.op(OP.end);
        return;
      case 'cast':
        this.term(t.a);
        convert(w, t.a.type, t.type);
    }
  }
}
