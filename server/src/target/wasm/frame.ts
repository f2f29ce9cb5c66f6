/** A function of a kernel while it is written: its code, and the locals of what it uses. */
import type { Buffer } from '../../ir/buffer.js';
import type { Var } from '../../ir/expr.js';
import type { Register } from '../kernel/ir.js';
import { TYPE, type ValueType } from './encoder.js';
import type { FunctionWriter } from './function-writer.js';
import { scalarType } from './scalars.js';

/** Parameters of the function, by position; `worker`: of the bodies of parallel loops. */
export interface FrameParams { readonly tensors: number; readonly workspace: number; readonly worker: number | undefined }

export class Frame {
  /** The local with each buffer's address. */
  readonly buffers = new Map<Buffer, number>();
  private readonly vars = new Map<Var, number>();
  private readonly registers = new Map<number, number>();

  constructor(readonly w: FunctionWriter, readonly params: FrameParams) {}

  variable(v: Var): number {
    return this.once(this.vars, v, TYPE.i32);
  }

  register(r: Register): number {
    return this.once(this.registers, r.id, r.lanes === 4 ? TYPE.v128 : scalarType(r.dtype));
  }

  buffer(b: Buffer): number {
    return this.once(this.buffers, b, TYPE.i32);
  }

  private once<K>(locals: Map<K, number>, of: K, type: ValueType): number {
    const known = locals.get(of);
    if (known !== undefined) return known;
    const local = this.w.local(type);
    locals.set(of, local);
    return local;
  }
}
