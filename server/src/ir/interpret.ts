/**
 * Runs a loop-nest program on numbers: the reference for tests of lowering. Every access is checked against the region that is
 * realised, and reading an element before it was written is an error. Loops of every kind run in order.
 */
import { assert, defined, unreachable } from '../base/assert.js';
import { elementCount, type Buffer } from './buffer.js';
import { compileExpr, type Evaluation, type Scope } from './evaluate.js';
import type { Expr, Var } from './expr.js';
import type { Program, Realize, Stmt, ThreadTag } from './program.js';
import { storedValue } from './scalar.js';

export interface InterpretOptions {
  /** True: values are rounded to their types after each operation. Default: floats stay doubles. */
  readonly rounded?: boolean;
}

/** The part of a buffer that lives now. Written while the program runs: not a value. */
interface Storage { data: Float64Array; written: Uint8Array; mins: readonly number[]; extents: readonly number[] }

/** A variable's present value. */
interface Cell { value: number }

type Action = () => void;

/**
 * Runs `program` on `inputs` (row-major, one array for each of `program.inputs`) and gives its outputs, row-major.
 * Throws on an access outside of what is realised, on reading what was never written, on an output element that was never
 * written, and on programs with memory shared between threads.
 */
export function interpretProgram(
  program: Program, inputs: ReadonlyMap<Buffer, ArrayLike<number>>, options: InterpretOptions = {},
): ReadonlyMap<Buffer, Float64Array> {
  const machine = new Interpreter(options.rounded ?? false);
  for (const buffer of program.inputs) {
    const data = Float64Array.from(defined(inputs.get(buffer), `the values of ${buffer.name}`));
    assert(data.length === elementCount(buffer.shape), `${buffer.name} has ${data.length} values for ${elementCount(buffer.shape)} elements`);
    machine.place(buffer, { data, written: new Uint8Array(data.length).fill(1), mins: buffer.shape.map(() => 0), extents: buffer.shape });
  }
  const outputs = program.outputs.map((buffer) => ({ buffer, storage: machine.place(buffer, emptyStorage(buffer.shape.map(() => 0), buffer.shape)) }));
  machine.compile(program.body)();
  for (const { buffer, storage } of outputs) {
    const hole = storage.written.indexOf(0);
    assert(hole < 0, `element ${hole} of ${buffer.name} was never written`);
  }
  return new Map(outputs.map(({ buffer, storage }) => [buffer, storage.data]));
}

function emptyStorage(mins: readonly number[], extents: readonly number[]): Storage {
  const count = elementCount(extents);
  return { data: new Float64Array(count), written: new Uint8Array(count), mins, extents };
}

class Interpreter {
  private readonly cells = new Map<Var, Cell>();
  private readonly storages = new Map<Buffer, Storage>();
  private readonly fixed = new Set<Buffer>();
  private readonly threads = new Map<ThreadTag, Cell>();
  private readonly scope: Scope;

  constructor(rounded: boolean) {
    this.scope = {
      rounded,
      variable: (v) => { const cell = this.cell(v); return () => cell.value; },
      load: (buffer, indices) => () => {
        const storage = this.storage(buffer);
        const at = this.offset(buffer, storage, indices);
        assert(storage.written[at] === 1, `${buffer.name}[${indices.map((i) => i()).join(', ')}] is read before it is written`);
        return storage.data[at] ?? NaN;
      },
    };
  }

  /** Inputs and outputs live outside of the program; a `realize` of them around the body changes nothing. */
  place(buffer: Buffer, storage: Storage): Storage {
    this.storages.set(buffer, storage);
    this.fixed.add(buffer);
    return storage;
  }

  private cell(v: Var): Cell {
    let cell = this.cells.get(v);
    if (cell === undefined) this.cells.set(v, (cell = { value: NaN }));
    return cell;
  }

  private storage(buffer: Buffer): Storage {
    return defined(this.storages.get(buffer), `a realised region of ${buffer.name}`);
  }

  private offset(buffer: Buffer, storage: Storage, indices: readonly Evaluation[]): number {
    assert(indices.length === storage.extents.length, `${buffer.name} has ${storage.extents.length} dimensions`);
    let at = 0;
    for (let d = 0; d < indices.length; d++) {
      const extent = storage.extents[d] ?? 0;
      const index = (indices[d]?.() ?? NaN) - (storage.mins[d] ?? 0);
      if (!(index >= 0 && index < extent)) {
        throw new Error(`${buffer.name}: index ${index + (storage.mins[d] ?? 0)} of dimension ${d} is outside of ${storage.mins[d]} +: ${extent}`);
      }
      at = at * extent + index;
    }
    return at;
  }

  private expr(e: Expr): Evaluation {
    return compileExpr(e, this.scope);
  }

  compile(s: Stmt): Action {
    switch (s.kind) {
      case 'seq': {
        const actions = s.stmts.map((x) => this.compile(x));
        return () => { for (const action of actions) action(); };
      }
      case 'for': return this.loop(s.var, s.extent, s.body);
      case 'thread': return this.thread(s.var, s.extent, s.tag, s.body);
      case 'pragma': return this.compile(s.body);
      case 'realize': return this.realize(s);
      case 'store': {
        const indices = s.indices.map((i) => this.expr(i));
        const value = this.expr(s.value);
        const { buffer } = s;
        const rounded = this.scope.rounded;
        return () => {
          const result = value();
          const storage = this.storage(buffer);
          const at = this.offset(buffer, storage, indices);
          storage.data[at] = rounded ? storedValue(result, buffer.dtype) : result;
          storage.written[at] = 1;
        };
      }
      case 'if': {
        const cond = this.expr(s.cond);
        const body = this.compile(s.body);
        return () => { if (cond() !== 0) body(); };
      }
      case 'allreduce': throw new Error('reductions across threads are not interpreted');
      default: return unreachable(s);
    }
  }

  private loop(v: Var, extent: number, body: Stmt): Action {
    const cell = this.cell(v);
    const action = this.compile(body);
    return () => {
      for (let i = 0; i < extent; i++) {
        cell.value = i;
        action();
      }
    };
  }

  /** An axis inside one of the same tag is the same thread. */
  private thread(v: Var, extent: number, tag: ThreadTag, body: Stmt): Action {
    const outer = tag === 'vthread' ? undefined : this.threads.get(tag);
    const cell = this.cell(v);
    if (outer !== undefined) {
      const action = this.compile(body);
      return () => {
        cell.value = outer.value;
        if (cell.value < extent) action();
      };
    }
    this.threads.set(tag, cell);
    const action = this.loop(v, extent, body);
    this.threads.delete(tag);
    return action;
  }

  private realize(s: Realize): Action {
    assert(s.scope !== 'shared', 'memory shared between threads is not interpreted');
    const body = this.compile(s.body);
    if (this.fixed.has(s.buffer)) return body;
    const mins = s.region.map((r) => this.expr(r.min));
    const extents = s.region.map((r) => r.extent);
    return () => {
      const outer = this.storages.get(s.buffer);
      this.storages.set(s.buffer, emptyStorage(mins.map((min) => min()), extents));
      body();
      if (outer === undefined) this.storages.delete(s.buffer);
      else this.storages.set(s.buffer, outer);
    };
  }
}
