/**
 * A compute DAG from the original's DAG text and its initial state text (which has the extents; those it leaves out are 1).
 * Enough of the notation for the oracle's workloads.
 */
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import type { Axis, Body, Op } from '../../server/src/dag/op.js';
import { createBuffer, type Buffer } from '../../server/src/ir/buffer.js';
import { binary, call, float, int, load, select, variable, type BinaryOp, type Expr, type Var } from '../../server/src/ir/expr.js';
import { visitExpr } from '../../server/src/ir/walk.js';

const BINARY: Record<string, BinaryOp> = {
  '+': 'add', '-': 'sub', '*': 'mul', '/': 'div', '%': 'floormod', '>=': 'ge', '<=': 'le', '==': 'eq', '!=': 'ne', '<': 'lt', '>': 'gt', '&&': 'and', '||': 'or',
};
const FUNCTIONS: Record<string, BinaryOp> = { max: 'max', min: 'min', floordiv: 'floordiv', floormod: 'floormod' };

function parseExpr(text: string, variableNamed: (name: string) => Var, bufferNamed: (name: string) => Buffer): Expr {
  const tokens = text.match(/-?\d[\d.e+-]*f?|[A-Za-z_][\w.]*|&&|\|\||[<>=!]=|./g)?.filter((t) => t !== ' ') ?? [];
  let at = 0;
  const next = (): string => tokens[at++] ?? '';
  const list = (close: string): Expr[] => {
    const items: Expr[] = [];
    while (tokens[at] !== close) {
      items.push(expr());
      if (tokens[at] === ',') at++;
    }
    at++;
    return items;
  };
  const expr = (): Expr => {
    const token = next();
    if (token === '(') {
      const a = expr();
      const op = BINARY[next()];
      const b = expr();
      at++;
      if (op === undefined) throw new Error(`operator in ${text}`);
      return binary(op, a, b);
    }
    if (/^-?\d/.test(token)) return token.endsWith('f') ? float(Number(token.slice(0, -1))) : int(Number(token));
    if (tokens[at] === '[') {
      at++;
      return load(bufferNamed(token), list(']'));
    }
    if (tokens[at] === '(') {
      at++;
      const args = list(')');
      const [a, b, c] = args as [Expr, Expr, Expr];
      const op = FUNCTIONS[token];
      if (op !== undefined) return binary(op, a, b);
      return token === 'select' ? select(a, b, c) : call(token, args, 'float32');
    }
    return variableNamed(token);
  };
  return expr();
}

export function dagFromText(dagText: string, initialStateText: string): ComputeDag {
  const extents = new Map<string, Map<string, number>>();
  let loops = new Map<string, number>();
  for (const line of initialStateText.split('\n')) {
    const loop = /^ *for (\S+) \(0,(\d+)\)$/.exec(line);
    if (loop !== null) loops.set(loop[1] as string, Number(loop[2]));
    const stage = /^ *(\S+) = \.\.\.$/.exec(line);
    if (stage !== null) {
      extents.set(stage[1] as string, loops);
      loops = new Map();
    }
  }
  const ops: Op[] = [];
  const buffers = new Map<string, Buffer>();
  for (const line of dagText.split('\n')) {
    const input = /^(\S+) = PLACEHOLDER \[(.*)\]$/.exec(line);
    if (input !== null) {
      const buffer = createBuffer(input[1] as string, (input[2] as string).split(', ').map(Number), 'float32');
      buffers.set(buffer.name, buffer);
      ops.push({ kind: 'placeholder', name: buffer.name, output: buffer, constant: false });
      continue;
    }
    const compute = /^([^(]+)\(([^)]*)\) (\+=|max=|=) (.*)$/.exec(line);
    if (compute === null) continue;
    const [name, axisNames, assign, rhs] = compute.slice(1) as [string, string, string, string];
    const known = extents.get(name);
    const axis = (axisName: string, kind: Axis['kind']): Axis => ({ var: variable(axisName), min: 0, extent: known?.get(axisName) ?? 1, kind });
    const axes = axisNames.split(', ').map((axisName) => axis(axisName, 'spatial'));
    const vars = new Map(axes.map((a) => [a.var.name, a.var]));
    const reduceAxes: Axis[] = [];
    const source = parseExpr(rhs, (v) => {
      const found = vars.get(v);
      if (found !== undefined) return found;
      const reduce = axis(v, 'reduce');
      vars.set(v, reduce.var);
      reduceAxes.push(reduce);
      return reduce.var;
    }, (buffer) => buffers.get(buffer) as Buffer);
    const body: Body = assign === '=' ? { kind: 'expr', value: source } : { kind: 'reduce', combiner: assign === '+=' ? 'add' : 'max', source };
    const output = createBuffer(name, axes.map((a) => a.extent), 'float32');
    buffers.set(name, output);
    ops.push({ kind: 'compute', name, axes, reduceAxes, body, output, attrs: {} });
  }
  const read = new Set<Buffer>();
  for (const op of ops) {
    if (op.kind === 'compute') visitExpr(op.body.kind === 'expr' ? op.body.value : op.body.source, (e) => { if (e.kind === 'load') read.add(e.buffer); });
  }
  return { ops, outputs: ops.filter((op) => op.kind === 'compute' && !read.has(op.output)).map((op) => op.output) };
}
