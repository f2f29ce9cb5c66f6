/** Loops that stay loops (graph/called-loop.ts): what they carry lies in tensors of their own, which the end of a trip overwrites. */
import { compute } from '../../dag/create.js';
import { numberedAxes } from '../../dag/operators/index-forms.js';
import { load } from '../../ir/expr.js';
import { defined } from '../../base/assert.js';
import type { GraphNode } from '../graph/graph.js';
import { LOOP_BEGIN, LOOP_END, type LoopShape } from '../graph/called-loop.js';
import { loopBegin, loopEnd, type LoopState } from '../procedures/loop.js';
import type { Lowering } from './lowering.js';
import { rootOf, type Tensor } from './tensor.js';

interface Parts { readonly asked: readonly Tensor[]; readonly state: LoopState; readonly rest: readonly Tensor[] }

/** What is asked for stands first. */
function partsOf({ asksTrips, asksCondition, trips }: LoopShape, all: readonly Tensor[]): Parts {
  const open = asksTrips ? all[0] : undefined;
  const condition = asksCondition ? all[asksTrips ? 1 : 0] : undefined;
  const asked = [open, condition].flatMap((tensor) => tensor ?? []);
  return { asked, state: { trips: open ?? trips, condition }, rest: all.slice(asked.length) };
}

function lowerBegin(node: GraphNode, to: Lowering): void {
  const loop = defined(node.loop, 'a loop');
  const { asked, state, rest } = partsOf(loop, node.inputs.map((value) => to.read(defined(value, 'an input'), 'plain')));
  const rows = node.outputs.slice(2 + loop.carried);
  const tensors = to.run(loopBegin(state, rest, rows), [...asked, ...rest]);
  node.outputs.forEach((value, i) => to.define(value, defined(tensors[i], 'an output'), 'plain'));
  to.loopBegins(tensors, loop.trips);
}

function lowerEnd(node: GraphNode, to: Lowering): void {
  const loop = defined(node.loop, 'a loop');
  const { asked, state, rest } = partsOf(loop, node.inputs.map((value) => to.read(defined(value, 'an input'), 'plain')));
  const results = rest.slice(0, loop.carried);
  const rows = rest.slice(loop.carried, loop.carried + loop.collected.length);
  const own = rest.slice(loop.carried + loop.collected.length);
  const [trip, going] = [defined(own[0], 'the trip'), defined(own[1], 'the flag')];
  const carried = own.slice(2, 2 + loop.carried);
  const collected = own.slice(2 + loop.carried);
  // A value that is handed on as it is needs no copy; one that takes another's place must be read before that one is overwritten.
  const moved = carried.flatMap((into, i) => {
    const from = defined(results[i], 'a result');
    return rootOf(from) === rootOf(into) ? [] : [{ into, from: separate(to, from, own) }];
  });
  const kept = rows.map((row) => separate(to, row, own));
  const procedure = loopEnd(state, moved.map(({ from }) => from), kept.map((row, i) => ({ row, rows: defined(collected[i], 'what is collected'), back: loop.collected[i] === true })));
  const flags = asked.map((tensor) => separate(to, tensor, own));
  to.runInto(procedure, [...flags, ...moved.map(({ from }) => from), ...kept], [trip, going, ...moved.map(({ into }) => into), ...collected]);
  to.loopEnds(own, going);
  node.outputs.forEach((value, i) => to.define(value, i === 0 ? trip : defined([...carried, ...collected][i - 1], 'an output'), 'plain'));
}

/** A copy, where the tensor is one that the end of the trip overwrites. */
function separate(to: Lowering, tensor: Tensor, own: readonly Tensor[]): Tensor {
  if (!own.some((other) => rootOf(other) === rootOf(tensor))) return tensor;
  const { dtype, shape } = tensor;
  return to.add({
    label: 'copy', pattern: 'injective', inputs: [tensor], output: { dtype, shape },
    build: ([x]) => [compute('T_copy', shape, numberedAxes('ax', shape.length), (axes) => load(defined(x, 'the input'), axes))],
  });
}

export const LOOP_LOWERINGS: ReadonlyMap<string, (node: GraphNode, to: Lowering) => void> = new Map([[LOOP_BEGIN, lowerBegin], [LOOP_END, lowerEnd]]);
