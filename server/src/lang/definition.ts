/** A definition as a compute DAG. */
import type { ComputeDag } from '../dag/compute-dag.js';
import { createDag, placeholder } from '../dag/create.js';
import type { ComputeOp, Op, PlaceholderOp } from '../dag/op.js';
import { isReserved, TYPE_NAMES } from '../dag/tc-words.js';
import { elementCount } from '../ir/buffer.js';
import type { DefNode, Name, ParamNode } from './ast.js';
import { constantInteger } from './constant.js';
import { problemOf, TcFault, type TcProblem } from './problem.js';
import { statementOp } from './statement.js';

/** A tensor of a definition and where it is named. */
export interface TcTensor { readonly name: string; readonly line: number; readonly column: number; readonly length: number; readonly op: Op }

export interface Definition { readonly dag: ComputeDag | undefined; readonly tensors: readonly TcTensor[]; readonly problems: readonly TcProblem[] }

/** `given`: parameters that stand for tensors of a larger DAG, by name; they have been checked. */
export function elaborate(def: DefNode, given: ReadonlyMap<string, PlaceholderOp> = new Map()): Definition {
  const problems: TcProblem[] = [];
  const tensors = new Map<string, TcTensor>();
  /** Names whose definition had an error: using them is no further error. */
  const broken = new Set<string>();
  let complete = def.complete;
  const attempt = (part: () => void, name: Name): void => {
    try {
      part();
    } catch (fault) {
      if (!(fault instanceof TcFault)) throw fault;
      complete = false;
      broken.add(name.text);
      if (!(fault instanceof BrokenName)) problems.push(problemOf(fault));
    }
  };
  const tensor = (text: string, at: { readonly line: number; readonly column: number }, length: number): Op['output'] => {
    const known = tensors.get(text);
    if (known !== undefined) return known.op.output;
    // Where a statement could not be parsed, it may have been the one that defines this.
    if (broken.has(text) || !def.complete) throw new BrokenName(at, '');
    const later = def.statements.some((s) => s.name.text === text);
    throw new TcFault(at, later ? `\`${text}\` is used before it is defined` : `\`${text}\` is no tensor and no function`, undefined, length, later ? undefined : { kind: 'unknown', among: 'tensor' });
  };
  const declare = (name: Name, make: () => Op): void => {
    attempt(() => {
      checkName(name, tensors.has(name.text));
      tensors.set(name.text, { name: name.text, line: name.line, column: name.column, length: name.length, op: make() });
    }, name);
  };
  for (const param of def.params) declare(param.name, () => given.get(param.name.text) ?? parameterOp(param, def.sizes));
  for (const statement of def.statements) declare(statement.name, (): ComputeOp => statementOp(statement, { sizes: def.sizes, tensor }));

  const outputs = outputOps(def, tensors, broken, problems);
  if (!complete || outputs === undefined) return { dag: undefined, tensors: [...tensors.values()], problems };
  // A given parameter may stand for two.
  const dag = createDag([...new Set([...tensors.values()].map((t) => t.op))], outputs.map((op) => op.output));
  const used = new Set(dag.ops);
  for (const t of tensors.values()) {
    if (!used.has(t.op)) problems.push({ line: t.line, column: t.column, length: t.length, severity: 'warning', message: `\`${t.name}\` is never used` });
  }
  return { dag, tensors: [...tensors.values()], problems };
}

/** A use of something that has had its own message. */
class BrokenName extends TcFault {}

function checkName(name: Name, taken: boolean): void {
  if (isReserved(name.text)) throw new TcFault(name, `\`${name.text}\` is a word of the language`, `choose another name, with \`as "${name.text}"\` if texts shall show this one`, name.length);
  if (taken) throw new TcFault(name, `\`${name.text}\` is defined already`, 'choose another name; `as "..."` gives it the same name in texts', name.length);
}

function parameterOp(param: ParamNode, sizes: ReadonlyMap<string, number>): PlaceholderOp {
  const dtype = TYPE_NAMES.get(param.type.text);
  if (dtype === undefined) throw new TcFault(param.type, `\`${param.type.text}\` is no element type`, `known are ${[...TYPE_NAMES.keys()].slice(0, 10).join(', ')}`, param.type.length, { kind: 'unknown', among: 'type' });
  const shape = param.shape.map((node) => {
    const size = constantInteger(node, sizes);
    if (size < 1 || size > 2 ** 31 - 1) throw new TcFault(node.at, `a size of ${size} is not possible`, undefined, node.length);
    return size;
  });
  if (elementCount(shape) > Number.MAX_SAFE_INTEGER) throw new TcFault(param.name, `\`${param.name.text}\` has too many elements`, undefined, param.name.length);
  return placeholder(param.alias ?? param.name.text, shape, dtype, { constant: param.constant });
}

function outputOps(def: DefNode, tensors: ReadonlyMap<string, TcTensor>, broken: ReadonlySet<string>, problems: TcProblem[]): readonly Op[] | undefined {
  const found: Op[] = [];
  let fine = def.outputs.length > 0;
  const complain = (at: Name, message: string): void => {
    fine = false;
    problems.push(problemOf(new TcFault(at, message, undefined, at.length)));
  };
  if (def.outputs.length === 0) complain(def.name, `\`${def.name.text}\` has no output`);
  for (const name of def.outputs) {
    const op = tensors.get(name.text)?.op;
    if (op === undefined) {
      if (broken.has(name.text) || !def.complete) fine = false;
      else complain(name, `the output \`${name.text}\` is never defined`);
    } else if (op.kind === 'placeholder') complain(name, `the output \`${name.text}\` is a parameter`);
    else if (found.includes(op)) complain(name, `the output \`${name.text}\` stands here twice`);
    else found.push(op);
  }
  return fine ? found : undefined;
}
