/** DAG text, its hash and workload keys, exactly as the original's (spec log-format, 5.2). */
import { md5 } from '@noble/hashes/legacy.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Buffer } from '../ir/buffer.js';
import { printExpr, type BufferNames } from '../ir/print.js';
import type { ComputeDag } from './compute-dag.js';
import { dagTensors } from './create.js';
import type { ComputeOp, Op } from './op.js';

/** `simple` is what is hashed: no placeholder shapes, and of a body that is a call only the callee. */
export type DagTextMode = 'simple' | 'full';

/** One line per stage, each ending with a line break; nothing shortened. */
export function dagText(dag: ComputeDag, mode: DagTextMode = 'full'): string {
  const names = new Map(dag.ops.map((op) => [op.output, op.name]));
  const nameOf: BufferNames = (buffer: Buffer) => names.get(buffer) ?? buffer.name;
  return dag.ops.map((op) => stageLine(op, mode, nameOf)).join('');
}

/** One stage's line, with its line break. */
export function stageLine(op: Op, mode: DagTextMode, nameOf: BufferNames = (buffer) => buffer.name): string {
  if (op.kind === 'placeholder') return `${op.name} = PLACEHOLDER ${mode === 'full' ? `[${op.output.shape.join(', ')}]` : ''}\n`;
  return `${op.name}(${op.axes.map((axis) => axis.var.name).join(', ')})${rightHandSide(op, mode, nameOf)}\n`;
}

function rightHandSide(op: ComputeOp, mode: DagTextMode, nameOf: BufferNames): string {
  if (op.body.kind === 'expr') {
    const value = op.body.value;
    return mode === 'simple' && value.kind === 'call' ? ` = Op(${value.callee})` : ` = ${printExpr(value, nameOf)}`;
  }
  switch (op.body.combiner) {
    case 'add': return ` += ${printExpr(op.body.source, nameOf)}`;
    case 'max': return ` max= ${printExpr(op.body.source, nameOf)}`;
    case 'min': return ` min= ${printExpr(op.body.source, nameOf)}`;
    // Other combiners are printed alone, with the names that the operator library gives their operands.
    case 'mul': return 'reduce(x*y)';
  }
}

/** For people: of each line of more than 256 characters the first and last 128 (what the original's `str` shows). */
export function shortenedDagText(text: string): string {
  return text.split('\n').map((line) => (line.length > 256 ? `${line.slice(0, 128)} ..(OMITTED).. ${line.slice(-128)}` : line)).join('\n');
}

/** Lower-case hexadecimal md5 of the UTF-8 text. */
export function md5Hex(text: string): string {
  return bytesToHex(md5(utf8ToBytes(text)));
}

/** The hash that stands in workload keys: md5 of the simple text. */
export function dagHash(dag: ComputeDag): string {
  return md5Hex(dagText(dag, 'simple'));
}

/** `["<hash>", [shape], ...]`: inputs in order of discovery, then outputs. */
export function workloadKey(dag: ComputeDag): string {
  const { inputs, outputs } = dagTensors(dag);
  return keyText([`"${dagHash(dag)}"`, ...[...inputs, ...outputs].map((buffer) => `[${buffer.shape.join(', ')}]`)]);
}

/**
 * The key of a DAG whose workload key another, different DAG has already (element types, pads, arguments of calls and attributes
 * are not in the hash): a last element `"x:<8 hex of md5 of its .tc text>"` tells them apart.
 */
export function distinguishedKey(key: string, tcText: string): string {
  return `${key.slice(0, -1)}, "x:${md5Hex(tcText).slice(0, 8)}"]`;
}

/** The key without a distinguishing last element: what the original would have written. */
export function plainKey(key: string): string {
  return key.replace(/, "x:[0-9a-f]{8}"\]$/, ']');
}

function keyText(elements: readonly string[]): string {
  return `[${elements.join(', ')}]`;
}
