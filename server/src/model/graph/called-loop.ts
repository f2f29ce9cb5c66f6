/**
 * A loop that stays one: its body stands in the graph once, between two nodes that mark begin and end, and runs again and again in memory
 * of its own (ONNX's Loop, Scan, and recurrent layers with many steps). What it carries keeps its shape; what it collects has a row for
 * each trip, as many as there may be: where the last trip is known in a run only, those of the result count (graph.ts, RunTimeExtent).
 */
import { elementCount } from '../../ir/buffer.js';
import { known, hostTensor } from '../tensor.js';
import { attributesOf } from './attributes.js';
import { ExpansionError, knownScalar, type Expansion } from './expansion.js';
import type { GraphNode, Value } from './graph.js';

export const LOOP_BEGIN = '#LoopBegin';
export const LOOP_END = '#LoopEnd';

/** What the two nodes around a body say. */
export interface LoopShape {
  /** The operator that it comes from. */
  readonly op: string;
  /** Trips, where that is known; they may still end earlier by the condition. */
  readonly trips: number | undefined;
  /** Whether the number of trips, then a condition, is the first input of the node. */
  readonly asksTrips: boolean;
  readonly asksCondition: boolean;
  readonly carried: number;
  /** Of each collected result: whether the last trip's row stands first. */
  readonly collected: readonly boolean[];
}

export interface LoopSpec {
  /** undefined: as long as the condition holds. */
  readonly trips: Value | number | undefined;
  readonly condition: Value | undefined;
  readonly initial: readonly Value[];
  /** Imports the body. `trip`: int64 of shape []. Without a condition it goes on. */
  readonly body: (trip: Value, carried: readonly Value[]) => LoopResults;
  /** Whether rows of this collected result are filled from the last one. */
  readonly back?: (index: number) => boolean;
}

export interface LoopResults { readonly condition: Value | undefined; readonly carried: readonly Value[]; readonly collected: readonly Value[] }

const MOST_ELEMENTS = 2 ** 31 - 1;
/** So many trips, the largest int64 as exporters write it above all, mean that only the condition ends the loop. */
const LIMITLESS = 2 ** 53;

/** The values that are carried after the last trip, and all that was collected, its rows along a new first dimension. @throws ExpansionError */
export function calledLoop(at: Expansion, spec: LoopSpec): Pick<LoopResults, 'carried' | 'collected'> {
  const name = at.node.name;
  const given = typeof spec.trips === 'number' ? spec.trips : knownScalar(spec.trips);
  const limitless = (given ?? 0) >= LIMITLESS;
  const trips = limitless ? undefined : given;
  const openTrips = given === undefined && typeof spec.trips === 'object' ? spec.trips : undefined;
  const going = spec.condition === undefined ? 1 : knownScalar(spec.condition);
  for (const value of spec.initial) if (value.extent !== undefined) throw new ExpansionError(`it carries "${value.name}", whose dimension ${value.extent.axis} depends on data`);
  const value = (what: string, like: Pick<Value, 'dtype' | 'shape'>): Value => ({ name: `${name}#${what}`, dtype: like.dtype, shape: like.shape });
  const trip = value('trip', { dtype: 'int64', shape: [] });
  const goes = value('going', { dtype: 'bool', shape: [] });
  const carried = spec.initial.map((initial, i) => value(`carried${i}`, initial));
  // The begin is written before the body and completed behind it: what is collected has its type from there.
  const hold = at.to.hold();
  const next = spec.body(trip, carried);
  const endless = next.condition === undefined || knownScalar(next.condition) === 1;
  if (next.carried.length !== carried.length) throw new ExpansionError('its body gives too few outputs');
  next.carried.forEach((result, i) => {
    const from = carried[i];
    if (from === undefined || result.extent !== undefined || result.dtype !== from.dtype || result.shape.join() !== from.shape.join()) {
      throw new ExpansionError(`value ${i} that it carries is ${from?.dtype ?? ''}[${from?.shape.join(', ') ?? ''}] before a trip and ${result.dtype}[${result.shape.join(', ')}]${result.extent === undefined ? '' : ' (at most)'} behind it, and the number of trips is open or large`);
    }
  });
  if ((spec.trips === undefined || limitless) && endless && going !== 0) throw new ExpansionError('it never ends: it has neither a number of trips nor a condition that changes');
  const most = trips ?? (openTrips === undefined ? undefined : at.to.bound(openTrips));
  const rows = next.collected.map((result, i): Value => {
    if (result.extent !== undefined) throw new ExpansionError(`it collects "${result.name}", whose dimension ${result.extent.axis} depends on data`);
    if (most === undefined) throw new ExpansionError('it collects an unknown number of results: how often it runs is computed while the model runs, and nothing says how often at most', openTrips ?? spec.condition);
    const shape = [Math.max(0, most), ...result.shape];
    if (elementCount(shape) > MOST_ELEMENTS) throw new ExpansionError(`it collects [${shape.join(', ')}] elements; ${MOST_ELEMENTS} are the most`);
    return value(`collected${i}`, { dtype: result.dtype, shape });
  });
  const exact = trips !== undefined && endless && going === 1;
  const asks = openTrips === undefined ? [] : [openTrips];
  const loop: LoopShape = { op: at.node.op, trips: trips === undefined ? undefined : Math.max(0, trips), asksTrips: openTrips !== undefined, asksCondition: false, carried: carried.length, collected: rows.map((_, i) => spec.back?.(i) === true) };
  const node = (op: string, asksCondition: boolean, inputs: readonly Value[], outputs: readonly Value[]): GraphNode => ({ op, name, opset: at.opset, attributes: attributesOf(new Map()), inputs, outputs, loop: { ...loop, asksCondition } });
  const asked = spec.condition !== undefined && going !== 1 ? [constantOr(spec.condition, going)] : [];
  hold(node(LOOP_BEGIN, asked.length > 0, [...asks, ...asked, ...spec.initial], [trip, goes, ...carried, ...rows]));
  const again = next.condition === undefined || endless ? [] : [next.condition];
  const count = value('trips', trip);
  const finals = carried.map((from, i) => value(`final${i}`, from));
  const results = rows.map((from, i): Value => ({ ...value(`rows${i}`, from), ...(exact ? {} : { extent: { axis: 0, count } }) }));
  at.to.hold()(node(LOOP_END, again.length > 0, [...asks, ...again, ...next.carried, ...next.collected, trip, goes, ...carried, ...rows], [count, ...finals, ...results]));
  return { carried: finals, collected: results };
}

function constantOr(value: Value, going: number | undefined): Value {
  return going === undefined ? value : { ...value, constant: known(hostTensor('bool', [], [going])), shape: [] };
}
