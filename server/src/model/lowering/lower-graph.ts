/** Graph -> primitives and the tensors that the model's outputs end in. */
import { err, ok, type Result } from '../../base/result.js';
import { compute } from '../../dag/create.js';
import { numberedAxes } from '../../dag/operators/index-forms.js';
import { load } from '../../ir/expr.js';
import { defined } from '../../base/assert.js';
import type { Graph } from '../graph/graph.js';
import { noCustomOperators, type CustomOperators } from '../graph/custom-operators.js';
import { OPERATORS } from '../graph/operators/table.js';
import { packOutput } from '../procedures/pack-output.js';
import { problem, type ModelProblem } from '../problem.js';
import { Lowering, type ProcedureStep } from './lowering.js';
import { LOOP_LOWERINGS } from './lower-loop.js';
import type { LoopMark } from './loop-mark.js';
import type { Primitive } from './primitive.js';
import { rootOf, type Tensor } from './tensor.js';

export interface Lowered {
  /** In order of execution. */
  readonly primitives: readonly Primitive[];
  readonly procedures: readonly (ProcedureStep | LoopMark)[];
  /** One for each of the graph's outputs, in ONNX's layout, then the shapes of those with a run-time extent; their roots are computed and distinct. */
  readonly outputs: readonly Tensor[];
}

export function lowerGraph(graph: Graph, custom: CustomOperators = noCustomOperators): Result<Lowered, ModelProblem> {
  const to = new Lowering();
  graph.inputs.forEach((value, index) => to.define(value, { shape: value.shape, dtype: value.dtype, origin: { kind: 'input', index } }, 'plain'));
  for (const node of graph.nodes) {
    const loop = node.loop === undefined ? undefined : LOOP_LOWERINGS.get(node.op);
    if (node.loop !== undefined && loop !== undefined) {
      to.begin({ ...node, op: node.loop.op });
      loop(node, to);
      continue;
    }
    const lower = (OPERATORS.get(node.op) ?? custom(node.op))?.lower;
    if (lower === undefined) {
      return err({
        message: `operator ${node.op} (node "${node.name}") is supported only where its inputs are constants: run the model through a simplifier such as onnxslim`,
        node: node.name, unsupported: [node.op],
      });
    }
    to.begin(node);
    const lowered = lower(node, to);
    if (!lowered.ok) return err(problem(`${node.op} "${node.name}": ${lowered.error}`, node.name));
  }
  to.begin(undefined);
  const roots = new Set<Tensor>();
  const outputs: Tensor[] = [];
  const shapes: Tensor[] = [];
  for (const value of graph.outputs) {
    if (value.extent !== undefined) {
      const [packed, shape] = to.run(packOutput(value, value.extent.axis), [to.read(value, 'plain'), to.read(value.extent.count, 'plain')]);
      outputs.push(defined(packed, 'the output'));
      shapes.push(defined(shape, 'its shape'));
      continue;
    }
    const tensor = to.read(value, 'plain');
    const own = rootOf(tensor).origin.kind === 'computed' && !roots.has(rootOf(tensor)) ? tensor : copy(to, tensor);
    roots.add(rootOf(own));
    outputs.push(own);
  }
  return ok({ primitives: to.primitives, procedures: to.procedures, outputs: [...outputs, ...shapes] });
}

/** An output that is an input, a constant or another output needs memory of its own. */
function copy(to: Lowering, tensor: Tensor): Tensor {
  const { dtype, shape } = tensor;
  return to.add({
    label: 'copy', pattern: 'injective', inputs: [tensor], output: { dtype, shape },
    build: ([x]) => [compute('T_copy', shape, numberedAxes('ax', shape.length), (axes) => load(defined(x, 'the input'), axes))],
  });
}
