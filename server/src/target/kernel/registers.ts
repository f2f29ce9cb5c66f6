/** Straight-line blocks: values with their loads taken into registers once. */
import type { DType } from '../../ir/dtype.js';
import { valueType, type Condition, type KernelStmt, type Register, type Value } from './ir.js';
import { linearKey, numberKey, type IndexSpace } from './linear.js';
import { withOperands } from './value-walk.js';

export class RegisterFile {
  private next = 0;

  create(lanes: number, dtype: DType): Register {
    return { id: this.next++, lanes, dtype };
  }
}

/** Collects statements; equal loads (and equal branches) are taken once. */
export class Block {
  readonly stmts: KernelStmt[] = [];
  private readonly known = new Map<string, Register>();

  constructor(private readonly file: RegisterFile, private readonly space: IndexSpace) {}

  /** `v` with its loads replaced by registers that this block has declared. */
  hoistLoads(v: Value): Value {
    if (v.kind === 'load' || v.kind === 'branch') return { kind: 'register', register: this.once(v, valueType(v)) };
    return withOperands(v, (operand) => this.hoistLoads(operand));
  }

  private once(v: Value & { kind: 'load' | 'branch' }, dtype: DType): Register {
    const key = this.key(v);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const register = this.file.create(v.lanes, dtype);
    this.stmts.push({ kind: 'let', register, value: v });
    this.known.set(key, register);
    return register;
  }

  private key(v: Value): string {
    switch (v.kind) {
      case 'const': return `(${v.dtype} ${numberKey(v.value)} ${v.lanes})`;
      case 'register': return `r${v.register.id}`;
      case 'load': return `l${this.space.bufferId(v.buffer)}[${linearKey(v.index)}]${v.lanes}/${v.stride}`;
      case 'gather': return `g${this.space.bufferId(v.buffer)}[${this.key(v.index)}]`;
      case 'binary': return `(${v.op} ${this.key(v.a)} ${this.key(v.b)})`;
      case 'fma': return `(fma ${this.key(v.a)} ${this.key(v.b)} ${this.key(v.c)})`;
      case 'call': return `(${v.callee} ${v.args.map((a) => this.key(a)).join(' ')})`;
      case 'branch': return `(if ${this.conditionKey(v.cond)} ${this.key(v.then)} ${this.key(v.else)})`;
      case 'cast': return `(${v.dtype} ${this.key(v.a)})`;
      case 'across': return `(across ${v.op} ${this.key(v.a)})`;
      case 'index': return `(${v.dtype} index ${this.space.text(v.value)})`;
    }
  }

  private conditionKey(c: Condition): string {
    switch (c.kind) {
      case 'index': return this.space.text(c.expr);
      case 'compare': return `(${c.op} ${this.key(c.a)} ${this.key(c.b)})`;
      case 'and': case 'or': return `(${c.kind} ${this.conditionKey(c.a)} ${this.conditionKey(c.b)})`;
      case 'not': return `(not ${this.conditionKey(c.a)})`;
    }
  }
}
