/** Short forms for writing loop-nest programs by hand. */
import type { Buffer } from '../../server/src/ir/buffer.js';
import { binary, int, type Expr, type Var } from '../../server/src/ir/expr.js';
import type { For, LoopKind, Pragma, Program, Realize, Seq, Stmt, StorageScope, Store, ThreadAxis, ThreadTag } from '../../server/src/ir/program.js';

export function loop(v: Var, extent: number, body: Stmt, kind: LoopKind = 'serial'): For {
  return { kind: 'for', var: v, extent, loop: kind, body };
}

export function thread(v: Var, extent: number, tag: ThreadTag, body: Stmt): ThreadAxis {
  return { kind: 'thread', var: v, extent, tag, body };
}

export function pragma(autoUnrollMaxStep: number, body: Stmt): Pragma {
  return { kind: 'pragma', autoUnrollMaxStep, body };
}

export function seq(...stmts: Stmt[]): Seq {
  return { kind: 'seq', stmts };
}

export function store(buffer: Buffer, indices: readonly Expr[], value: Expr): Store {
  return { kind: 'store', buffer, indices, value };
}

/** A region from 0, or the whole buffer. */
export function realize(buffer: Buffer, body: Stmt, extents: readonly number[] = buffer.shape, scope: StorageScope = 'global'): Realize {
  return { kind: 'realize', buffer, region: extents.map((extent) => ({ min: int(0), extent })), scope, body };
}

export function program(inputs: readonly Buffer[], outputs: readonly Buffer[], body: Stmt): Program {
  return { inputs, outputs, body };
}

export function plus(a: Expr, b: Expr): Expr {
  return binary('add', a, b);
}

export function times(a: Expr, b: Expr | number): Expr {
  return binary('mul', a, typeof b === 'number' ? int(b) : b);
}
