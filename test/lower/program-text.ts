/**
 * A program as flat lines for comparison with the original's text of the same program: variables and buffers are numbered in
 * order of appearance (v0, v1, ...), one line per loop, axis, realize, condition and store, no indentation.
 */
import type { Buffer } from '../../server/src/ir/buffer.js';
import type { Expr, Var } from '../../server/src/ir/expr.js';
import type { Program, Stmt } from '../../server/src/ir/program.js';

const RANK: Readonly<Record<string, readonly [string, number]>> = {
  or: ['or', 1], and: ['and', 2], eq: ['==', 4], ne: ['!=', 4], lt: ['<', 4], le: ['<=', 4], gt: ['>', 4], ge: ['>=', 4],
  add: ['+', 5], sub: ['-', 5], mul: ['*', 6], div: ['/', 6], floordiv: ['//', 6], floormod: ['%', 6],
};

export function programText(program: Program): string {
  const names = new Map<Var | Buffer, string>();
  const name = (x: Var | Buffer): string => {
    const known = names.get(x);
    if (known !== undefined) return known;
    const fresh = `v${names.size}`;
    names.set(x, fresh);
    return fresh;
  };
  const lines: string[] = [];
  const text = (e: Expr, outer: number): string => {
    switch (e.kind) {
      case 'var': return name(e);
      case 'int': return e.dtype === 'bool' ? (e.value !== 0 ? 'True' : 'False') : String(e.value);
      case 'float': return `F(${Math.fround(e.value)})`;
      case 'binary': {
        const form = RANK[e.op];
        if (form === undefined) return `${e.op}(${text(e.a, 0)}, ${text(e.b, 0)})`;
        const [sign, rank] = form;
        const inner = `${text(e.a, rank)} ${sign} ${text(e.b, rank + 1)}`;
        return rank < outer ? `(${inner})` : inner;
      }
      case 'not': return `not ${text(e.a, 7)}`;
      case 'select': return `Select(${text(e.cond, 0)}, ${text(e.then, 0)}, ${text(e.else, 0)})`;
      case 'cast': return `cast(${text(e.a, 0)})`;
      case 'call': return `${e.callee.replace('tir.', '')}(${e.args.map((a) => text(a, 0)).join(', ')})`;
      case 'load': return `${name(e.buffer)}[${e.indices.map((i) => text(i, 0)).join(', ')}]`;
    }
  };
  const visit = (s: Stmt): void => {
    switch (s.kind) {
      case 'for': lines.push(`for ${name(s.var)} ${s.loop} ${s.extent}`); return visit(s.body);
      case 'thread': lines.push(`thread ${name(s.var)} ${s.tag} ${s.extent}`); return visit(s.body);
      case 'pragma': lines.push(`pragma ${s.autoUnrollMaxStep}`); return visit(s.body);
      case 'realize':
        if (s.buffer.name.includes('reduce_temp')) lines.push('alloc');
        else {
          const region = s.region.map((r) => (r.min.kind === 'int' ? `${r.min.value}:${r.min.value + r.extent}` : `${text(r.min, 0)}:${text(r.min, 0)} + ${r.extent}`));
          lines.push(`realize ${name(s.buffer)}[${region.join(', ')}]`);
        }
        return visit(s.body);
      case 'store': {
        lines.push(`${name(s.buffer)}[${s.indices.map((i) => text(i, 0)).join(', ')}] = ${text(s.value, 0)}`);
        return;
      }
      case 'if': lines.push(s.likely ? `likely ${text(s.cond, 0)}` : `if ${text(s.cond, 0)}`); return visit(s.body);
      case 'seq': s.stmts.forEach(visit); return;
      case 'allreduce': lines.push(`allreduce ${text(s.source, 0)} ${name(s.result)}[0] ${s.threads.map(name).join(' ')}`); return;
    }
  };
  program.inputs.forEach(name);
  program.outputs.forEach(name);
  visit(program.body);
  return lines.join('\n');
}
