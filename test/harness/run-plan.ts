/**
 * Runs a network plan as it stands, without any schedule: every stage becomes one JavaScript loop nest, every buffer lies where
 * the plan's arena says. Independent of the project's own evaluators, and fast enough for whole networks.
 */
import { defined } from '../../server/src/base/assert.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import type { ComputeOp } from '../../server/src/dag/op.js';
import { elementCount, type Buffer } from '../../server/src/ir/buffer.js';
import type { Expr, Var } from '../../server/src/ir/expr.js';
import type { BufferRef, NetworkPlan } from '../../server/src/model/plan.js';

const OPERATORS: Readonly<Record<string, string>> = { add: '+', sub: '-', mul: '*', div: '/', eq: '===', ne: '!==', lt: '<', le: '<=', gt: '>', ge: '>=', and: '&&', or: '||' };
const CALLS: Readonly<Record<string, string>> = {
  'tir.exp': 'Math.exp', 'tir.sqrt': 'Math.sqrt', 'tir.tanh': 'Math.tanh', 'tir.sigmoid': 'sigmoid', 'tir.erf': 'erf', 'tir.rsqrt': '1/Math.sqrt',
};
const NEUTRAL = { add: '0', mul: '1', max: '-Infinity', min: 'Infinity' } as const;

interface Names { readonly vars: ReadonlyMap<Var, string>; readonly buffers: ReadonlyMap<Buffer, string> }

function flatIndex(buffer: Buffer, indices: readonly string[]): string {
  return indices.reduce((flat, index, i) => (i === 0 ? index : `(${flat})*${buffer.shape[i]}+${index}`), '0');
}

function source(e: Expr, names: Names): string {
  const go = (x: Expr): string => source(x, names);
  switch (e.kind) {
    case 'var': return defined(names.vars.get(e), `variable ${e.name}`);
    case 'int': case 'float': return e.value < 0 || Object.is(e.value, -0) ? `(${e.value})` : `${e.value}`;
    case 'not': return `!${go(e.a)}`;
    case 'cast': return go(e.a);
    case 'select': return `(${go(e.cond)} ? ${go(e.then)} : ${go(e.else)})`;
    case 'call': return e.callee === 'tir.if_then_else' ? `(${e.args.map(go)[0]} ? ${e.args.map(go)[1]} : ${e.args.map(go)[2]})` : `${defined(CALLS[e.callee], e.callee)}(${e.args.map(go).join()})`;
    case 'load': return `${defined(names.buffers.get(e.buffer), e.buffer.name)}[${flatIndex(e.buffer, e.indices.map(go))}]`;
    case 'binary': {
      const [a, b] = [go(e.a), go(e.b)];
      if (e.op === 'min' || e.op === 'max') return `Math.${e.op}(${a}, ${b})`;
      if (e.op === 'floordiv') return `Math.floor(${a}/${b})`;
      if (e.op === 'floormod') return `(${a}-${b}*Math.floor(${a}/${b}))`;
      return `(${a} ${defined(OPERATORS[e.op], e.op)} ${b})`;
    }
  }
}

function stageSource(op: ComputeOp, buffers: ReadonlyMap<Buffer, string>): string {
  const vars = new Map([...op.axes, ...op.reduceAxes].map((axis, i) => [axis.var, `v${i}`]));
  const loops = (axes: ComputeOp['axes'], body: string): string => axes.reduceRight((inner, { var: v, min, extent }) => `for (let ${vars.get(v)} = ${min}; ${vars.get(v)} < ${min + extent}; ${vars.get(v)}++) {${inner}}`, body);
  const target = `${buffers.get(op.output)}[${flatIndex(op.output, op.axes.map((axis) => vars.get(axis.var) ?? '0'))}]`;
  if (op.body.kind === 'expr') return loops(op.axes, `${target} = ${source(op.body.value, { vars, buffers })};`);
  const value = source(op.body.source, { vars, buffers });
  const update = op.body.combiner === 'add' ? `acc += ${value};` : op.body.combiner === 'mul' ? `acc *= ${value};` : `acc = Math.${op.body.combiner}(acc, ${value});`;
  return loops(op.axes, `let acc = ${NEUTRAL[op.body.combiner]}; ${loops(op.reduceAxes, update)} ${target} = acc;`);
}

type Kernel = (inputs: readonly Float32Array[], output: Float32Array) => void;

function compileDag(dag: ComputeDag): Kernel {
  const buffers = new Map(dag.ops.map((op, i) => [op.output, `b${i}`]));
  let inputs = 0;
  const lines = dag.ops.map((op) => {
    const name = defined(buffers.get(op.output), op.name);
    if (op.kind === 'placeholder') return `const ${name} = inputs[${inputs++}];`;
    const memory = dag.outputs.includes(op.output) ? 'output' : `new Float32Array(${elementCount(op.output.shape)})`;
    return `const ${name} = ${memory};\n${stageSource(op, buffers)}`;
  });
  const helpers = `const sigmoid = (x) => 1 / (1 + Math.exp(-x));
    const erf = (x) => { let sum = x, term = x; for (let n = 1; n < 200 && Math.abs(x) < 5; n++) { term *= -x * x / n; sum += term / (2 * n + 1); } return Math.abs(x) >= 5 ? Math.sign(x) : 2 / Math.sqrt(Math.PI) * sum; };`;
  // The text is made from a checked DAG above; nothing else reaches it.
  return new Function('inputs', 'output', `${helpers}\n${lines.join('\n')}`) as Kernel;
}

/** Outputs of the network for float32 inputs in ONNX's layout. Throws where a weight cannot be loaded. */
export function runPlan(plan: NetworkPlan, inputs: readonly Float32Array[]): Float32Array[] {
  const arena = new ArrayBuffer(plan.arena.bytes);
  // Whatever an earlier life left in the arena must not matter.
  new Float32Array(arena).fill(NaN);
  const outputs = plan.outputs.map((port) => new Float32Array(elementCount(port.shape)));
  const constants = plan.constants.map((constant) => {
    const loaded = constant.load();
    if (!loaded.ok) throw new Error(loaded.error.message);
    return Float32Array.from(loaded.value.data);
  });
  const memory = ({ kind, index }: BufferRef): Float32Array => {
    if (kind === 'input') return defined(inputs[index], 'an input');
    if (kind === 'output') return defined(outputs[index], 'an output');
    if (kind === 'constant') return defined(constants[index], 'a constant');
    const slot = defined(plan.arena.slots[index], 'a slot');
    return new Float32Array(arena, slot.offset, slot.bytes / 4);
  };
  const kernels = plan.tasks.map((task) => compileDag(task.dag));
  for (const call of plan.calls) {
    if (!('task' in call)) throw new Error('procedures are run by the compiled forms only');
    defined(kernels[call.task], 'a task')(call.inputs.map(memory), memory(call.output));
  }
  return outputs;
}
