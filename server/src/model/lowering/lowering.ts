/**
 * The state of lowering a graph to primitives: which tensor holds which value in which layout. Layout changes are inserted
 * where a reader asks for another layout than the writer chose, as explicit transpose primitives; constants are permuted
 * when they are loaded, and a change that moves nothing in memory is an alias.
 */
import { assert, defined } from '../../base/assert.js';
import { elementCount } from '../../ir/buffer.js';
import type { DType } from '../../ir/dtype.js';
import { transposeStage } from '../../dag/operators/movement.js';
import type { GraphNode, NodeRef, Value } from '../graph/graph.js';
import type { Procedure } from '../../ir/procedure/procedure.js';
import { mapLazy, permuted, permutedShape, reshaped, type LazyTensor } from '../tensor.js';
import { composeMoves, type Move } from './compose-moves.js';
import type { LoopMark } from './loop-mark.js';
import type { Primitive, PrimitiveSpec } from './primitive.js';
import { channelsLastOrder, inverseOrder, movesNothing, rootOf, type Layout, type Tensor } from './tensor.js';

/** A call of a procedure, which fuses with nothing. */
export interface ProcedureStep {
  readonly procedure: Procedure;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** How many primitives come before it. */
  readonly after: number;
  /** The model's nodes that it comes from. */
  readonly nodes: readonly NodeRef[];
}

interface Placed { readonly tensor: Tensor; readonly layout: Layout }

export class Lowering {
  /** In order of execution. */
  readonly primitives: Primitive[] = [];
  /** In order of execution. */
  readonly procedures: (ProcedureStep | LoopMark)[] = [];
  /** Where what is added comes from. */
  private nodes: readonly NodeRef[] = [];
  /** The loops around what is added, each with a number of its own; 0: none. */
  private readonly loops: number[] = [0];
  private begun = 0;
  private readonly placed = new Map<Value, Placed>();
  private readonly converted = new Map<Value, Map<string, Tensor>>();
  /** What transposes computed: from which tensor, how. */
  private readonly moved = new Map<Tensor, { readonly source: Tensor; readonly move: Move }>();
  private readonly constants = new Map<LazyTensor, Map<string, Tensor>>();

  /** What follows is added for `node`; undefined: for the model's outputs. */
  begin(node: GraphNode | undefined): void {
    this.nodes = node === undefined ? [] : [{ op: node.op, name: node.name }, ...(node.absorbed ?? [])];
  }

  /** Says that `tensor` holds `value` in `layout`. */
  define(value: Value, tensor: Tensor, layout: Layout): void {
    this.placed.set(value, { tensor, layout });
  }

  /** The layout in which a value lies now; constants lie in any. */
  layoutOf(value: Value): Layout {
    return this.placed.get(value)?.layout ?? 'plain';
  }

  /** The layout for a node that has no preference: its inputs' one, so that nothing needs to move. */
  commonLayout(values: readonly Value[], rank: number): Layout {
    return values.some((v) => v.shape.length === rank && v.constant === undefined && this.layoutOf(v) === 'channels-last') ? 'channels-last' : 'plain';
  }

  /** The tensor with `value` in `layout`, lifted to `rank` by leading extents of 1. */
  read(value: Value, layout: Layout, rank: number = value.shape.length): Tensor {
    const order = layout === 'plain' ? undefined : channelsLastOrder(rank);
    const lifted = [...new Array<number>(rank - value.shape.length).fill(1), ...value.shape];
    if (value.constant !== undefined) return this.constant(value.constant, lifted, order);
    const at = defined(this.placed.get(value), `the tensor of ${value.name}`);
    if (at.layout === layout && rank === value.shape.length) return at.tensor;
    return this.cached(value, `${layout} ${rank}`, () => {
      const unchanged = rank === value.shape.length;
      const plain = at.layout === 'plain' ? at.tensor : this.permute(at.tensor, inverseOrder(channelsLastOrder(value.shape.length)));
      const tensor = unchanged ? plain : this.alias(plain, lifted);
      return order === undefined ? tensor : this.permute(tensor, order);
    });
  }

  /** `value` seen with another shape of as many elements, row-major in ONNX's order. */
  reshape(value: Value, shape: readonly number[]): Tensor {
    return value.constant === undefined ? this.alias(this.read(value, 'plain'), shape) : this.constant(value.constant, shape);
  }

  /** A constant, reshaped, then permuted; equal requests give one tensor. */
  constant(constant: LazyTensor, shape: readonly number[] = constant.shape, order?: readonly number[]): Tensor {
    assert(elementCount(shape) === elementCount(constant.shape), 'a reshaped constant keeps its elements');
    const key = `${shape.join()}:${order?.join() ?? ''}`;
    const known = this.constants.get(constant) ?? new Map<string, Tensor>();
    this.constants.set(constant, known);
    const type = { dtype: constant.dtype, shape: order === undefined ? shape : permutedShape(shape, order) };
    const tensor = known.get(key) ?? {
      ...type,
      origin: { kind: 'constant', constant: mapLazy(constant, type, (t) => (order === undefined ? reshaped(t, shape) : permuted(reshaped(t, shape), order))) } as const,
    };
    known.set(key, tensor);
    return tensor;
  }

  /** A value in another order of dimensions (order of ONNX's dimensions): folded into a constant, or a transpose. */
  permuteValue(value: Value, shape: readonly number[], order: readonly number[]): Tensor {
    return value.constant !== undefined ? this.constant(value.constant, shape, order) : this.permute(this.reshape(value, shape), order);
  }

  /** Dimension i of the result is dimension `order[i]` of `tensor`. */
  permute(tensor: Tensor, order: readonly number[]): Tensor {
    const shape = permutedShape(tensor.shape, order);
    if (order.every((axis, i) => axis === i)) return tensor;
    if (movesNothing(tensor.shape, order)) return this.alias(tensor, shape);
    const before = this.movesOf(tensor);
    const move = before === undefined ? undefined : composeMoves(before.move, tensor.shape, order);
    return before === undefined || move === undefined ? this.transpose(tensor, tensor, { from: tensor.shape, order }, shape) : this.transpose(before.source, this.alias(before.source, move.from), move, shape);
  }

  /** `move` of `view`, which is `source` with the move's shape; the result is seen with `shape`. */
  private transpose(source: Tensor, view: Tensor, move: Move, shape: readonly number[]): Tensor {
    if (movesNothing(move.from, move.order)) return this.alias(view, shape);
    const result = this.add({
      label: 'transpose', pattern: 'injective', inputs: [view], output: { dtype: view.dtype, shape: permutedShape(move.from, move.order) },
      build: ([input]) => [transposeStage(defined(input, 'the input'), move.order)],
    });
    this.moved.set(result, { source, move });
    return this.alias(result, shape);
  }

  /** The transpose that computed the tensor; none where its elements are seen with another type since. */
  private movesOf(tensor: Tensor): { readonly source: Tensor; readonly move: Move } | undefined {
    const before = this.moved.get(rootOf(tensor));
    return before?.source.dtype === tensor.dtype ? before : undefined;
  }

  /** The same memory with another shape, and where `dtype` says so with elements of another type that has as many bytes. */
  alias(tensor: Tensor, shape: readonly number[], dtype: DType = tensor.dtype): Tensor {
    const root = rootOf(tensor);
    return [tensor, root].find((t) => t.dtype === dtype && t.shape.join() === shape.join()) ?? { dtype, shape, origin: { kind: 'alias', of: root } };
  }

  /**
   * How many leading extents of 1 an element-wise operator of this shape drops, so that it reads an operand as that was computed
   * and can join its task: `[1, 128, 768]` on top of a product `[128, 768]`.
   */
  leadingToDrop(operands: readonly Tensor[], shape: readonly number[]): number {
    for (const operand of operands) {
      const root = rootOf(operand);
      const count = shape.length - root.shape.length;
      const fits = count > 0 && shape.slice(0, count).every((extent) => extent === 1) && shape.slice(count).join() === root.shape.join();
      if (fits && root.origin.kind === 'computed') return count;
    }
    return 0;
  }

  /**
   * The tensor as it was computed, where that has more dimensions than it is seen with here: an operator of single elements joins its task then. Undefined elsewhere.
   */
  asComputed(tensor: Tensor): Tensor | undefined {
    const root = rootOf(tensor);
    return root.origin.kind === 'computed' && root.dtype === tensor.dtype && root.shape.length > tensor.shape.length ? root : undefined;
  }

  /** Appends a primitive; the tensor that it computes. */
  add(spec: PrimitiveSpec): Tensor {
    const output: Tensor = { ...spec.output, origin: { kind: 'computed' } };
    this.primitives.push({ ...spec, output, nodes: this.nodes, loop: this.loop() });
    return output;
  }

  /** Appends a call of a procedure; the tensors that it computes. */
  run(procedure: Procedure, inputs: readonly Tensor[]): readonly Tensor[] {
    assert(inputs.length === procedure.inputs.length, `${procedure.name} has ${procedure.inputs.length} inputs`);
    const outputs = procedure.outputs.map(({ dtype, shape }): Tensor => ({ dtype, shape, origin: { kind: 'computed' } }));
    this.runInto(procedure, inputs, outputs);
    return outputs;
  }

  /** The same for tensors that exist: it changes them. */
  runInto(procedure: Procedure, inputs: readonly Tensor[], outputs: readonly Tensor[]): void {
    this.procedures.push({ procedure, inputs, outputs, after: this.primitives.length, nodes: this.nodes });
  }

  /** What follows runs as long as the second one of `state` holds. `trips`: how often at most, where that is known. */
  loopBegins(state: readonly Tensor[], trips: number | undefined): void {
    const going = defined(state[1], 'the flag');
    this.loops.push(++this.begun);
    this.procedures.push({ loop: 'begin', state, inputs: [going], outputs: [], after: this.primitives.length, trips });
  }

  loopEnds(state: readonly Tensor[], going: Tensor): void {
    this.loops.pop();
    this.procedures.push({ loop: 'end', state, inputs: [going], outputs: [], after: this.primitives.length, trips: undefined });
  }

  private loop(): number {
    return this.loops[this.loops.length - 1] ?? 0;
  }

  /** What is made inside of a loop may not have been made where it is read outside. */
  private cached(value: Value, layout: string, make: () => Tensor): Tensor {
    const key = `${this.loop()} ${layout}`;
    const known = this.converted.get(value) ?? new Map<string, Tensor>();
    this.converted.set(value, known);
    const tensor = known.get(key) ?? make();
    known.set(key, tensor);
    return tensor;
  }
}
