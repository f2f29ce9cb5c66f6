/** Operators of the `.tc` files beside a model, found when the first of its nodes is none of ONNX's own. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseTcTree } from '../lang/parse.js';
import type { CustomOperators } from '../model/graph/custom-operators.js';
import type { Operator } from '../model/graph/operator.js';
import { functionKey } from '../model/onnx/onnx-graph.js';
import { SessionError } from './problem.js';
import { tcOperator } from './tc-operator.js';

/** `folder`: the model's. @throws SessionError when asked, where two definitions have one name or the text of one is wrong */
export function customOperatorsOf(folder: string): CustomOperators {
  let found: ReadonlyMap<string, Operator> | undefined;
  return (key) => (found ??= read(folder)).get(key);
}

function read(folder: string): ReadonlyMap<string, Operator> {
  const operators = new Map<string, Operator>();
  const places = new Map<string, string>();
  for (const name of readdirSync(folder).filter((file) => /\.tc$/i.test(file)).sort()) {
    const file = path.join(folder, name);
    const text = textOf(file);
    if (text === undefined || !text.includes('@onnx')) continue;
    const { defs, problems } = parseTcTree(text);
    const fault = problems.find((p) => p.severity === 'error' && p.hint?.kind !== 'unbound-size');
    for (const { node, repeated } of defs) {
      if (node.onnx === undefined || repeated) continue;
      const { domain, op, line, column } = node.onnx;
      if (!node.complete) throw new SessionError(fault?.message ?? 'the definition has errors', { file, line: fault?.line ?? line, column: fault?.column ?? column });
      const key = functionKey(domain, op);
      const other = places.get(key);
      if (other !== undefined) throw new SessionError(`the operator ${domain}.${op} is defined twice: the other place is ${other}`, { file, line, column });
      places.set(key, `${name}:${line}`);
      operators.set(key, tcOperator(node, `${name}:${node.start.line}`));
    }
  }
  return operators;
}

/** Definitions are short. */
const MOST_BYTES = 1 << 20;

/** Undefined where it cannot be read is long, or is a pipe: it may be no file of ours. */
function textOf(file: string): string | undefined {
  try {
    const found = statSync(file);
    return found.isFile() && found.size <= MOST_BYTES ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
