/**
 * Half precision in kernels: values are computed in float32, and so are intermediate buffers; only parameters keep 16 bits. An output
 * that its own reduction reads gets a buffer in float32 and is converted at the end.
 */
import { createBuffer, type Buffer } from '../../ir/buffer.js';
import { isHalf } from '../../ir/dtype.js';
import { call, cast, float, int, load, variable, type Expr } from '../../ir/expr.js';
import type { Program, Stmt, Store } from '../../ir/program.js';
import { storedValue } from '../../ir/scalar.js';
import { rewriteExpr, visitExpr } from '../../ir/walk.js';

/** The program with no arithmetic in half precision. */
export function widenHalves(program: Program): Program {
  const params = new Set<Buffer>([...program.inputs, ...program.outputs]);
  if (![...params].some((b) => isHalf(b.dtype)) && !mentionsHalf(program.body)) return program;
  const read = new Set<Buffer>();
  visitStmt(program.body, (e) => { if (e.kind === 'load') read.add(e.buffer); });
  const wide = new Map<Buffer, Buffer>();
  const wideOf = (b: Buffer): Buffer => {
    if (!isHalf(b.dtype) || (params.has(b) && !(program.outputs.includes(b) && read.has(b)))) return b;
    const known = wide.get(b) ?? createBuffer(b.name, b.shape, 'float32');
    wide.set(b, known);
    return known;
  };
  const outputs = new Set(program.outputs);
  let body = rewriteStmt(program.body, wideOf, outputs);
  for (const output of program.outputs) {
    const own = wideOf(output);
    if (own === output) continue;
    const region = output.shape.map((extent) => ({ min: int(0), extent }));
    body = { kind: 'realize', buffer: own, region, scope: 'global', body: { kind: 'seq', stmts: [body, copy(own, output)] } };
  }
  return { ...program, body };
}

function mentionsHalf(body: Stmt): boolean {
  let found = false;
  visitStmt(body, (e) => { if (isHalf(e.dtype)) found = true; });
  return found;
}

function visitStmt(s: Stmt, visit: (e: Expr) => void): void {
  switch (s.kind) {
    case 'seq': s.stmts.forEach((x) => { visitStmt(x, visit); }); return;
    case 'for': case 'thread': case 'pragma': case 'realize': visitStmt(s.body, visit); return;
    case 'if': visitExpr(s.cond, visit); visitStmt(s.body, visit); return;
    case 'store': visitExpr(s.value, visit); s.indices.forEach((e) => { visitExpr(e, visit); }); return;
    case 'allreduce': visitExpr(s.source, visit);
  }
}

function rewriteStmt(s: Stmt, wideOf: (b: Buffer) => Buffer, outputs: ReadonlySet<Buffer>): Stmt {
  const go = (x: Stmt): Stmt => rewriteStmt(x, wideOf, outputs);
  const expr = (e: Expr): Expr => widen(e, wideOf);
  switch (s.kind) {
    case 'seq': return { ...s, stmts: s.stmts.map(go) };
    case 'for': case 'thread': case 'pragma': return { ...s, body: go(s.body) };
    // An output in float32 lives around everything.
    case 'realize': return outputs.has(s.buffer) && wideOf(s.buffer) !== s.buffer ? go(s.body) : { ...s, buffer: wideOf(s.buffer), body: go(s.body) };
    case 'if': return { ...s, cond: expr(s.cond), body: go(s.body) };
    case 'store': {
      const buffer = wideOf(s.buffer);
      const value = expr(s.value);
      return { ...s, buffer, indices: s.indices.map(expr), value: isHalf(buffer.dtype) ? cast(buffer.dtype, value) : value } satisfies Store;
    }
    case 'allreduce': return { ...s, source: expr(s.source) };
  }
}

function widen(e: Expr, wideOf: (b: Buffer) => Buffer): Expr {
  return rewriteExpr(e, (x) => {
    switch (x.kind) {
      case 'float': return isHalf(x.dtype) ? float(storedValue(x.value, x.dtype)) : x;
      case 'load': {
        const from = wideOf(x.buffer);
        const element = from === x.buffer ? x : load(from, x.indices);
        return isHalf(element.dtype) ? cast('float32', element) : element;
      }
      // What the program converts is rounded.
      case 'cast': return isHalf(x.dtype) ? cast('float32', x) : x;
      case 'call': return isHalf(x.dtype) ? call(x.callee, x.args, 'float32') : x;
      default: return x;
    }
  });
}

/** `to = from`, all elements. */
function copy(from: Buffer, to: Buffer): Stmt {
  const loops = to.shape.map((extent, i) => ({ v: variable(`c${i}`), extent }));
  const indices = loops.map(({ v, extent }) => (extent === 1 ? int(0) : v));
  const store: Stmt = { kind: 'store', buffer: to, indices, value: cast(to.dtype, load(from, indices)) };
  return loops.reduceRight<Stmt>((body, { v, extent }) => (extent === 1 ? body : { kind: 'for', var: v, extent, loop: 'serial', body }), store);
}
