/**
 * If, Loop and Scan (onnx/defs/controlflow): a known condition picks its branch, an open one computes both branches and selects; loops
 * with a known, small number of trips are unrolled (all that is exact, since ONNX's operators have no side effects), others stay loops.
 */
import type { OnnxBody } from '../onnx/onnx-graph.js';
import { hostTensor } from '../tensor.js';
import { calledLoop } from './called-loop.js';
import { axisOf } from './operator-input.js';
import { Emitter, ExpansionError, importBody, int, knownScalar, MANY_STEPS, MOST_STEPS, type Expansion } from './expansion.js';
import type { Value } from './graph.js';

function bodyOf(at: Expansion, name: string): OnnxBody {
  const attribute = at.node.attributes.get(name);
  if (attribute?.kind !== 'graph') throw new ExpansionError(`its attribute "${name}" is no graph`);
  return attribute.value;
}

function run(body: OnnxBody, given: readonly (Value | undefined)[], at: Expansion): readonly Value[] {
  const outputs = importBody(body, given, at);
  if (!outputs.ok) throw new ExpansionError(outputs.error);
  return outputs.value;
}

function sameShape(a: Value, b: Value): boolean {
  return a.shape.length === b.shape.length && a.shape.every((extent, i) => extent === b.shape[i]);
}

/** `yes` where the condition holds. Values that are the same need no selection. */
function select(emit: Emitter, condition: Value, yes: Value, no: Value, what: string): Value {
  if (yes === no) return yes;
  if (!sameShape(yes, no)) throw new ExpansionError(`${what} has the shape [${yes.shape.join(', ')}] or [${no.shape.join(', ')}], depending on a value that is computed while the model runs`, condition);
  return emit.op('Where', [condition, yes, no]);
}

export function expandIf(at: Expansion): readonly Value[] {
  const condition = at.inputs[0];
  if (condition === undefined) throw new ExpansionError('its condition is missing');
  const decided = knownScalar(condition);
  if (decided !== undefined) return run(bodyOf(at, decided === 0 ? 'else_branch' : 'then_branch'), [], at);
  const yes = run(bodyOf(at, 'then_branch'), [], at);
  const no = run(bodyOf(at, 'else_branch'), [], at);
  const emit = new Emitter(at);
  const scalar = condition.shape.length === 0 ? condition : emit.op('Reshape', [condition, emit.constant(hostTensor('int64', [0], []))]);
  return yes.map((value, i) => {
    const other = no[i];
    if (other === undefined) throw new ExpansionError('its branches give different numbers of outputs');
    return select(emit, scalar, value, other, `output ${i}`);
  });
}

/** Unrolled where the number of trips is known, so that each trip may have its own shapes; otherwise its body is called. */
export function expandLoop(at: Expansion): readonly Value[] {
  const [trips, start, ...initial] = at.inputs;
  const most = knownScalar(trips);
  const opens = (trips !== undefined && most === undefined) || (most ?? 0) > MANY_STEPS || (start !== undefined && knownScalar(start) === undefined);
  const carried = initial.map((value) => {
    if (value === undefined) throw new ExpansionError('an initial value is missing');
    return value;
  });
  const unrolled = opens ? undefined : unrolledLoop(at, most, start, carried, false);
  if (unrolled !== undefined) return unrolled;
  try {
    return called(at, trips, start, carried);
  } catch (e) {
    // Values of different shapes can be carried where the largest number of trips is known and small.
    if (!(e instanceof ExpansionError)) throw e;
    // What has a shape of its own in each trip can be unrolled once the number of trips and the condition are given.
    if (trips !== undefined && most === undefined) throw new ExpansionError(e.problem, trips);
    const selected = most === undefined || most > MOST_STEPS ? undefined : unrolledLoop(at, most, start, carried, true);
    if (selected !== undefined) return selected;
    throw start === undefined || knownScalar(start) !== undefined ? e : new ExpansionError(e.problem, start);
  }
}

function called(at: Expansion, trips: Value | undefined, start: Value | undefined, initial: readonly Value[]): readonly Value[] {
  const body = bodyOf(at, 'body');
  const emit = new Emitter(at);
  const { carried, collected } = calledLoop(at, {
    trips, condition: start, initial,
    body: (trip, values) => {
      const [condition, ...results] = run(body, [trip, emit.constant(hostTensor('bool', [], [1])), ...values], at);
      return { condition, carried: results.slice(0, values.length), collected: results.slice(values.length) };
    },
  });
  return [...carried, ...collected];
}

/** Undefined where it has too many trips or its condition is open; `selecting`: a loop that may have ended keeps its values. */
function unrolledLoop(at: Expansion, most: number | undefined, start: Value | undefined, initial: readonly Value[], selecting: boolean): readonly Value[] | undefined {
  const body = bodyOf(at, 'body');
  const emit = new Emitter(at);
  let condition = start ?? emit.constant(hostTensor('bool', [], [1]));
  let carried = initial;
  const scans: Value[][] = body.outputs.slice(1 + carried.length).map(() => []);
  for (let trip = 0; most === undefined || trip < most; trip++) {
    const going = knownScalar(condition);
    if (going === 0) break;
    if (trip >= MOST_STEPS || (going === undefined && (!selecting || scans.length > 0))) return undefined;
    const [next, ...results] = run(body, [emit.constant(hostTensor('int64', [], [trip])), condition, ...carried], at);
    if (next === undefined) throw new ExpansionError('its body gives no condition');
    // A loop that may have ended keeps its values, and stays ended.
    const before = condition;
    condition = going === undefined ? emit.op('And', [before, next]) : next;
    carried = carried.map((value, i) => {
      const result = results[i];
      if (result === undefined) throw new ExpansionError('its body gives too few outputs');
      return going === undefined ? select(emit, before, result, value, `value ${i} that it carries`) : result;
    });
    scans.forEach((list, i) => {
      const result = results[carried.length + i];
      if (result === undefined) throw new ExpansionError('its body gives too few outputs');
      list.push(result);
    });
  }
  return [...carried, ...scans.map((list, i) => stacked(emit, list, 0, body.outputs[1 + carried.length + i]?.dtype, body.outputs[1 + carried.length + i]?.shape))];
}

/** One new dimension of all results. */
function stacked(emit: Emitter, list: readonly Value[], axis: number, dtype: Value['dtype'] | undefined, shape: readonly number[] | undefined): Value {
  if (list.length === 0) {
    if (dtype === undefined || shape === undefined || shape.some((extent) => extent < 0)) throw new ExpansionError('it makes no trip, and the shape of what it would collect is not known');
    return emit.constant(hostTensor(dtype, [0, ...shape], []));
  }
  const axes = emit.constant(hostTensor('int64', [1], [axis]));
  const parts = list.map((value) => emit.op('Unsqueeze', [value, axes]));
  return emit.op('Concat', parts, { axis: int(axis) });
}

interface Scanned { readonly value: Value; readonly axis: number; readonly back: boolean }
/** Of a result that is collected: its new axis, and whether the last step stands first. */
interface Collected { readonly axis: number; readonly back: boolean }

/** All steps of a scan: final states, then what was collected. */
function scan(at: Expansion, emit: Emitter, body: OnnxBody, initial: readonly Value[], sources: readonly Scanned[], collected: (index: number) => Collected): readonly Value[] {
  const steps = sources[0]?.value.shape[sources[0].axis] ?? 0;
  if (sources.some(({ value, axis }) => value.shape[axis] !== steps)) throw new ExpansionError('its scanned inputs have different lengths');
  if (steps > MANY_STEPS) {
    try {
      return calledScan(at, emit, body, initial, sources, steps, collected);
    } catch (e) {
      if (!(e instanceof ExpansionError) || steps > MOST_STEPS) throw e;
    }
  }
  let carried = initial;
  const states = initial.length;
  const scans: Value[][] = body.outputs.slice(states).map(() => []);
  for (let step = 0; step < steps; step++) {
    const slices = sources.map(({ value, axis, back }) => emit.op('Gather', [value, emit.constant(hostTensor('int64', [], [back ? steps - 1 - step : step]))], { axis: int(axis) }));
    const results = run(body, [...carried, ...slices], at);
    if (results.length !== body.outputs.length) throw new ExpansionError('its body gives too few outputs');
    carried = results.slice(0, states);
    scans.forEach((values, i) => values.push(...results.slice(states + i, states + i + 1)));
  }
  return [...carried, ...scans.map((values, i) => {
    const { axis, back } = collected(i);
    const declared = body.outputs[states + i];
    return stacked(emit, back ? values.toReversed() : values, axis < 0 ? axis + (values[0]?.shape.length ?? 0) + 1 : axis, declared?.dtype, declared?.shape);
  })];
}

function calledScan(at: Expansion, emit: Emitter, body: OnnxBody, initial: readonly Value[], sources: readonly Scanned[], steps: number, collected: (index: number) => Collected): readonly Value[] {
  const done = calledLoop(at, {
    trips: steps, condition: undefined, initial, back: (i) => collected(i).back,
    body: (trip, values) => {
      const from = new Emitter(at);
      const slices = sources.map(({ value, axis, back }) => from.op('Gather', [value, back ? from.op('Sub', [from.constant(hostTensor('int64', [], [steps - 1])), trip]) : trip], { axis: int(axis) }));
      const results = run(body, [...values, ...slices], at);
      return { condition: undefined, carried: results.slice(0, values.length), collected: results.slice(values.length) };
    },
  });
  return [...done.carried, ...done.collected.map((value, i) => {
    const rank = value.shape.length;
    const axis = collected(i).axis + (collected(i).axis < 0 ? rank : 0);
    if (axis < 0 || axis >= rank) throw new ExpansionError(`its scan_output_axes has ${collected(i).axis}, and the output ${rank} dimensions`);
    // The rows' dimension stands first and goes to its place.
    const order = Array.from({ length: rank - 1 }, (_, k) => k + 1);
    return axis === 0 ? value : emit.op('Transpose', [value], { perm: { kind: 'ints', value: [...order.slice(0, axis), 0, ...order.slice(axis)] } });
  })];
}

export function expandScan(at: Expansion): readonly Value[] {
  const body = bodyOf(at, 'body');
  const list = (name: string): readonly number[] => {
    const attribute = at.node.attributes.get(name);
    return attribute?.kind === 'ints' ? attribute.value : [];
  };
  const count = at.node.attributes.get('num_scan_inputs');
  const scanned = count?.kind === 'int' ? count.value : 0;
  const batched = at.opset < 9;
  if (batched && at.inputs[0] !== undefined) throw new ExpansionError('sequence lengths of operator set 8 are not supported: convert the model with onnx.version_converter');
  const given = at.inputs.slice(batched ? 1 : 0).map((value) => {
    if (value === undefined) throw new ExpansionError('an input is missing');
    return value;
  });
  const states = given.length - scanned;
  if (scanned < 1 || states < 0) throw new ExpansionError(`it scans ${scanned} of ${given.length} inputs`);
  const emit = new Emitter(at);
  if (batched) return scanBatches(at, emit, body, given, states, list('directions'));
  const sources = given.slice(states).map((value, i): Scanned => {
    const axis = axisOf(list('scan_input_axes')[i] ?? 0, value.shape.length);
    if (!axis.ok) throw new ExpansionError(axis.error);
    return { value, axis: axis.value, back: list('scan_input_directions')[i] === 1 };
  });
  return scan(at, emit, body, given.slice(0, states), sources, (i) => ({ axis: list('scan_output_axes')[i] ?? 0, back: list('scan_output_directions')[i] === 1 }));
}

/** Operator set 8: states and sequences have a batch in front, and each of its members is scanned for itself. */
function scanBatches(at: Expansion, emit: Emitter, body: OnnxBody, given: readonly Value[], states: number, directions: readonly number[]): readonly Value[] {
  const batches = given[0]?.shape[0] ?? 0;
  if (batches < 1 || given.some((value) => value.shape[0] !== batches)) throw new ExpansionError('its inputs have batches of different sizes');
  const results = Array.from({ length: batches }, (_, b) => {
    const own = given.map((value) => emit.op('Gather', [value, emit.constant(hostTensor('int64', [], [b]))], { axis: int(0) }));
    return scan(at, emit, body, own.slice(0, states), own.slice(states).map((value, i) => ({ value, axis: 0, back: directions[i] === 1 })), () => ({ axis: 0, back: false }));
  });
  return body.outputs.map((declared, i) => stacked(emit, results.flatMap((one) => one.slice(i, i + 1)), 0, declared.dtype, declared.shape));
}
