/** Writes a procedure statement by statement: blocks are functions that are called at once. */
import { assert } from '../../base/assert.js';
import { createBuffer, type Buffer } from '../buffer.js';
import type { DType } from '../dtype.js';
import { loadedType, type Local, type Procedure, type ScalarType, type Statement, type Term } from './procedure.js';
import { cast, load, term, type Operand } from './terms.js';

/** A local with its value as a term. */
export type Variable = Term & { readonly kind: 'local' };

export class ProcedureBuilder {
  private readonly inputs: Buffer[] = [];
  private readonly outputs: Buffer[] = [];
  private readonly temporary: Buffer[] = [];
  private readonly locals: Local[] = [];
  private block: Statement[] = [];

  constructor(private readonly name: string) {}

  input(name: string, { dtype, shape }: { readonly dtype: DType; readonly shape: readonly number[] }): Buffer {
    const buffer = createBuffer(name, shape, dtype);
    this.inputs.push(buffer);
    return buffer;
  }

  output(name: string, { dtype, shape }: { readonly dtype: DType; readonly shape: readonly number[] }): Buffer {
    const buffer = createBuffer(name, shape, dtype);
    this.outputs.push(buffer);
    return buffer;
  }

  scratch(name: string, dtype: DType, count: number): Buffer {
    const buffer = createBuffer(name, [Math.max(1, count)], dtype);
    this.temporary.push(buffer);
    return buffer;
  }

  local(name: string, type: ScalarType): Variable {
    const local = { name, type };
    this.locals.push(local);
    return { kind: 'local', local, type };
  }

  /** A new local that holds `value` from here on. */
  let(name: string, value: Operand): Variable {
    const given = term(value);
    const variable = this.local(name, given.type);
    this.set(variable, given);
    return variable;
  }

  set(variable: Variable, value: Operand): void {
    const given = term(value, variable.type);
    assert(given.type === variable.type, `${variable.local.name} is ${variable.type}, not ${given.type}`);
    this.block.push({ kind: 'set', local: variable.local, value: given });
  }

  /** Stores `value`, converted to the buffer's element type. */
  store(buffer: Buffer, index: Operand, value: Operand): void {
    const wanted = loadedType(buffer.dtype);
    this.block.push({ kind: 'store', buffer, index: term(index), value: cast(term(value, wanted), wanted) });
  }

  copy(to: Buffer, toIndex: Operand, from: Buffer, fromIndex: Operand): void {
    this.store(to, toIndex, load(from, fromIndex));
  }

  for(name: string, from: Operand, below: Operand, body: (at: Variable) => void): void {
    const at = this.local(name, 'int32');
    this.block.push({ kind: 'for', local: at.local, from: term(from), below: term(below), body: this.inside(() => body(at)) });
  }

  while(cond: Term, body: () => void): void {
    this.block.push({ kind: 'while', cond, body: this.inside(body) });
  }

  if(cond: Term, yes: () => void, no?: () => void): void {
    this.block.push({ kind: 'if', cond, then: this.inside(yes), else: no === undefined ? [] : this.inside(no) });
  }

  finish(): Procedure {
    const { name, inputs, outputs, temporary: scratch, locals, block: body } = this;
    return { name, inputs, outputs, scratch, locals, body };
  }

  private inside(body: () => void): readonly Statement[] {
    const around = this.block;
    this.block = [];
    body();
    const made = this.block;
    this.block = around;
    return made;
  }
}
