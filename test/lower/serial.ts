/**
 * GPU programs as serial ones, for the interpreter: thread axes become loops (of nested axes of one tag each runs in full, so
 * that a tile shared by threads is filled by each of them), shared memory becomes plain, and an all-reduce becomes a sum over
 * the loop of its thread.
 */
import { defined } from '../../server/src/base/assert.js';
import { float, load, binary, type Var } from '../../server/src/ir/expr.js';
import type { AllReduce, Combiner, Program, Realize, Stmt, ThreadAxis } from '../../server/src/ir/program.js';

const NEUTRAL: Record<Combiner, number> = { add: 0, mul: 1, max: -3.4028234663852886e38, min: 3.4028234663852886e38 };

export function serialProgram(program: Program): Program {
  return { inputs: program.inputs, outputs: program.outputs, body: serial(program.body) };
}

function serial(s: Stmt): Stmt {
  switch (s.kind) {
    case 'thread': {
      const reduced = reductionInside(s);
      if (reduced !== undefined) return reduced;
      return { kind: 'for', var: s.var, extent: s.extent, loop: 'serial', body: serial(s.body) };
    }
    case 'realize': return { ...s, scope: s.scope === 'shared' ? 'global' : s.scope, body: serial(s.body) };
    case 'for': case 'pragma': case 'if': return { ...s, body: serial(s.body) };
    case 'seq': return { ...s, stmts: s.stmts.map(serial) };
    default: return s;
  }
}

/** for t { alloc { ...; allreduce over t; if (t == 0) store } } as alloc { neutral; for t { ...; combine }; store }. */
function reductionInside(axis: ThreadAxis): Stmt | undefined {
  const allocs: Realize[] = [];
  let at: Stmt = axis.body;
  while (at.kind === 'realize') {
    allocs.push(at);
    at = at.body;
  }
  const stmts = at.kind === 'seq' ? at.stmts : [at];
  const k = stmts.findIndex((x) => x.kind === 'allreduce' && x.threads.includes(axis.var));
  if (k < 0) return undefined;
  const reduce = stmts[k] as AllReduce;
  const result = load(reduce.result, [ZERO]);
  const step: Stmt = { kind: 'store', buffer: reduce.result, indices: [ZERO], value: binary(reduce.combiner, result, reduce.source) };
  const loop: Stmt = { kind: 'for', var: axis.var, extent: axis.extent, loop: 'serial', body: { kind: 'seq', stmts: [...stmts.slice(0, k).map(serial), step] } };
  const start: Stmt = { kind: 'store', buffer: reduce.result, indices: [ZERO], value: float(NEUTRAL[reduce.combiner], reduce.result.dtype) };
  const last = stmts.slice(k + 1).map((x) => (x.kind === 'if' && mentionsOnly(x.cond, axis.var) ? x.body : x));
  let body: Stmt = { kind: 'seq', stmts: [start, loop, ...last] };
  for (let i = allocs.length - 1; i >= 0; i--) body = { ...defined(allocs[i], 'allocation'), body };
  return body;
}

const ZERO = { kind: 'int', value: 0, dtype: 'int32' } as const;

function mentionsOnly(cond: { readonly kind: string; readonly a?: unknown }, v: Var): boolean {
  return cond.kind === 'binary' && cond.a === v;
}
