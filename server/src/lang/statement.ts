/** One statement as an operation: its indices, their ranges, and its body. */
import { computeOp } from '../dag/create.js';
import type { Axis, Body, ComputeOp } from '../dag/op.js';
import { elementCount, type Buffer } from '../ir/buffer.js';
import { variable, type Load, type Var } from '../ir/expr.js';
import type { Combiner } from '../ir/program.js';
import { childNodes, type AssignSign, type CallNode, type ExprNode, type Name, type StatementNode } from './ast.js';
import { attributesOf } from './attributes.js';
import { constantInteger } from './constant.js';
import { typedExpr } from './expression.js';
import { narrowed, takesItsEnds } from './guards.js';
import { TcFault, type Position } from './problem.js';
import { accessesOf, inferRanges, outOfBounds, type Access, type Interval } from './ranges.js';

const COMBINERS: Readonly<Partial<Record<AssignSign, Combiner>>> = { '+=!': 'add', '*=!': 'mul', 'max=!': 'max', 'min=!': 'min' };

export interface StatementScope {
  readonly sizes: ReadonlyMap<string, number>;
  readonly tensor: (name: string, at: Position, length: number) => Buffer;
}

/** Throws TcFault. */
export function statementOp(node: StatementNode, scope: StatementScope): ComputeOp {
  const combiner = COMBINERS[node.op];
  const spatialNames = distinct(node.axes);
  const reduceNames = reductionNames(node, spatialNames, scope.sizes);
  if (combiner === undefined) refuseReduction(node, reduceNames);
  const where = whereRanges(node, spatialNames, reduceNames, scope.sizes);
  const make = (name: string): [string, Var] => [name, variable(where.get(name)?.shown ?? name)];
  const spatial = spatialNames.map(make);
  const reduced = [...reduceNames.keys()].map(make);
  const indices = new Map([...spatial, ...reduced]);

  const places = new Map<Load, CallNode>();
  const value = typedExpr(node.value, {
    indices, sizes: scope.sizes, tensor: scope.tensor, loaded: (element, call) => { places.set(element, call); },
  }).expr;
  if (combiner !== undefined && value.dtype === 'bool') throw new TcFault(node.value.at, 'conditions cannot be reduced', 'convert them, like `int32(c)`');

  const ranges = new Map<Var, Interval>();
  for (const [name, v] of indices) {
    const given = where.get(name)?.range;
    if (given !== undefined) ranges.set(v, given);
  }
  const accesses = accessesOf(value);
  const unknown = inferRanges(accesses, [...indices.values()], ranges);
  for (const [name, v] of indices) checkRange(name, v, node, unknown, ranges);
  checkAccesses(accesses, places, ranges);

  const axis = (kind: Axis['kind']) => ([, v]: [string, Var]): Axis => {
    const range = ranges.get(v) ?? { lo: 0, hi: 0 };
    return Object.freeze({ var: v, min: range.lo, extent: range.hi - range.lo + 1, kind });
  };
  const axes = spatial.map(axis('spatial'));
  if (elementCount(axes.map((a) => a.extent)) > Number.MAX_SAFE_INTEGER) throw new TcFault(node.name, `\`${node.name.text}\` has too many elements`, undefined, node.name.length);
  const body: Body = combiner === undefined ? { kind: 'expr', value } : { kind: 'reduce', combiner, source: value };
  const attrs = attributesOf(node.attrs, (index) => indices.get(index)?.name, scope.sizes);
  return computeOp(node.alias ?? node.name.text, axes, reduced.map(axis('reduce')), body, value.dtype, attrs);
}

function distinct(axes: readonly Name[]): readonly string[] {
  const seen = new Set<string>();
  for (const axis of axes) {
    if (seen.has(axis.text)) throw new TcFault(axis, `the index \`${axis.text}\` stands here twice`, undefined, axis.length);
    seen.add(axis.text);
  }
  return [...seen];
}

/**
 * Indices that stand only on the right (or only in `where`), with where they stand: in order of first appearance, or in the order
 * of `where` if that lists them all.
 */
function reductionNames(node: StatementNode, spatial: readonly string[], sizes: ReadonlyMap<string, number>): ReadonlyMap<string, Position> {
  const found = new Map<string, Position>();
  const walk = (e: ExprNode): void => {
    if (e.kind === 'name' && !spatial.includes(e.name) && !found.has(e.name)) found.set(e.name, e.at);
    for (const child of childNodes(e)) walk(child);
  };
  walk(node.value);
  const listed = node.where.map((range) => range.name).filter((name) => !spatial.includes(name.text));
  for (const name of [...found.keys()]) {
    // A size, unless `where` makes it an index.
    if (sizes.has(name) && !listed.some((other) => other.text === name)) found.delete(name);
  }
  const first = new Map(listed.map((name) => [name.text, { line: name.line, column: name.column }]));
  return [...found.keys()].every((name) => first.has(name)) ? first : new Map([...found, ...[...first].filter(([name]) => !found.has(name))]);
}

function refuseReduction(node: StatementNode, names: ReadonlyMap<string, Position>): void {
  for (const [name, at] of names) {
    throw new TcFault(at, `\`${name}\` is no index of \`${node.name.text}\``, 'use `+=!`, `*=!`, `max=!` or `min=!` to reduce over it', name.length, { kind: 'no-reduction' });
  }
}

interface Given { readonly range: Interval; readonly shown: string | undefined }

function whereRanges(
  node: StatementNode, spatial: readonly string[], reduced: ReadonlyMap<string, Position>, sizes: ReadonlyMap<string, number>,
): ReadonlyMap<string, Given> {
  const given = new Map<string, Given>();
  for (const { name, alias, from, to } of node.where) {
    if (given.has(name.text)) throw new TcFault(name, `the range of \`${name.text}\` is given twice`, undefined, name.length);
    if (!spatial.includes(name.text) && !reduced.has(name.text)) throw new TcFault(name, `\`${name.text}\` is no index of this statement`, undefined, name.length);
    const [lo, end] = [constantInteger(from, sizes), constantInteger(to, sizes)];
    if (end <= lo) throw new TcFault(from.at, `the range ${lo}:${end} is empty`);
    if (lo !== 0 && spatial.includes(name.text)) throw new TcFault(from.at, `the range of \`${name.text}\` must start at 0, since it counts the elements of \`${node.name.text}\``);
    if (end - lo > 2 ** 31 - 1) throw new TcFault(to.at, `the range ${lo}:${end} is too large`);
    given.set(name.text, { range: { lo, hi: end - 1 }, shown: alias });
  }
  return given;
}

function checkRange(name: string, v: Var, node: StatementNode, unknown: readonly Var[], ranges: ReadonlyMap<Var, Interval>): void {
  const place = node.axes.find((axis) => axis.text === name) ?? { ...node.value.at, length: node.value.length };
  if (unknown.includes(v)) throw new TcFault(place, `the range of \`${name}\` does not follow from the tensors' sizes`, `add \`where ${name} in 0:N\``, place.length);
  const range = ranges.get(v);
  if (range !== undefined && range.hi < range.lo) throw new TcFault(place, `no value of \`${name}\` keeps all indices inside of their tensors`, undefined, place.length);
}

/** Behind a condition only what certainly leaves its tensor is an error: what a condition keeps away cannot be told in general. */
function checkAccesses(accesses: readonly Access[], places: ReadonlyMap<Load, CallNode>, ranges: ReadonlyMap<Var, Interval>): void {
  for (const { load, guarded, conditions } of accesses) {
    const held = !guarded ? ranges : conditions === undefined ? undefined : narrowed(conditions, ranges);
    // An empty range: the load is never reached.
    if (held === undefined || [...held.values()].some((range) => range.hi < range.lo)) continue;
    const wrong = outOfBounds(load, held, guarded ? takesItsEnds : () => true);
    if (wrong === undefined) continue;
    const call = places.get(load);
    const at = call?.args[wrong.dimension]?.at ?? call?.at ?? { line: 1, column: 1 };
    const { values, extent } = wrong;
    throw new TcFault(
      at, `index ${wrong.dimension + 1} of \`${call?.name ?? load.buffer.name}\` takes the values ${values.lo} to ${values.hi}, the size is ${extent}`,
      guarded ? 'correct the condition in front of it' : 'give a smaller range with `where`, or guard it with `c ? a : b`', call?.args[wrong.dimension]?.length ?? 1,
    );
  }
}

