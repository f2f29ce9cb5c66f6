/** Begin and end of a loop's trip (graph/called-loop.ts): values are copied into the loop's own memory, results become the next trip's values. */
import { ProcedureBuilder } from '../../ir/procedure/builder.js';
import type { Buffer } from '../../ir/buffer.js';
import { elementCount } from '../../ir/buffer.js';
import type { Procedure, Term } from '../../ir/procedure/procedure.js';
import { add, and, cast, constant, ge, load, lt, mul, ne, sub } from '../../ir/procedure/terms.js';
import type { TensorType } from '../tensor.js';
import { copyAll } from './nest.js';

export interface LoopState {
  /** Trips where they are known; otherwise the type of the first input, or none: no limit. */
  readonly trips: number | TensorType | undefined;
  /** Type of the input that says whether it goes on; undefined: it does. */
  readonly condition: TensorType | undefined;
}

const SCALAR = { dtype: 'int64', shape: [] } as const;
const FLAG = { dtype: 'bool', shape: [] } as const;

/** Inputs: trips, condition (where they are open), initial values. Outputs: the trip, whether there is one, carried values, memory for what is collected. */
export function loopBegin(state: LoopState, carried: readonly TensorType[], collected: readonly TensorType[]): Procedure {
  const p = new ProcedureBuilder('loop_begin');
  const goesOn = question(p, state);
  const initial = carried.map((type, i) => p.input(`initial${i}`, type));
  const [trip, going] = [p.output('trip', SCALAR), p.output('going', FLAG)];
  for (const [i, from] of initial.entries()) copyAll(p, p.output(`carried${i}`, from), from);
  collected.forEach((type, i) => p.output(`collected${i}`, type));
  p.store(trip, 0, constant(0, 'int64'));
  p.store(going, 0, goesOn(constant(0, 'int64')));
  return p.finish();
}

/** `back`: rows are filled from the last one. */
export interface CollectedRow { readonly row: TensorType; readonly rows: TensorType; readonly back: boolean }

/** Inputs: trips, condition (where they are open), results, rows. Outputs, all of which it changes: the trip, whether there is one, carried values, what is collected. */
export function loopEnd(state: LoopState, carried: readonly TensorType[], collected: readonly CollectedRow[]): Procedure {
  const p = new ProcedureBuilder('loop_end');
  const goesOn = question(p, state);
  const results = carried.map((type, i) => p.input(`result${i}`, type));
  const rows = collected.map(({ row }, i) => p.input(`row${i}`, row));
  const [trip, going] = [p.output('trip', SCALAR), p.output('going', FLAG)];
  for (const [i, from] of results.entries()) copyAll(p, p.output(`carried${i}`, from), from);
  const done = p.let('done', load(trip, 0));
  for (const [i, from] of rows.entries()) {
    const { rows: type, back } = collected[i] ?? { rows: { dtype: from.dtype, shape: [0] }, back: false };
    keepRow(p, p.output(`collected${i}`, type), from, cast(done, 'int32'), type.shape[0] ?? 0, back);
  }
  const next = p.let('next', add(done, constant(1, 'int64')));
  p.store(trip, 0, next);
  p.store(going, 0, goesOn(next));
  return p.finish();
}

/** Nothing is written outside, however often the loop runs. */
function keepRow(p: ProcedureBuilder, to: Buffer, from: Buffer, trip: Term, most: number, back: boolean): void {
  const at = p.let('at', back ? sub(constant(most - 1), trip) : trip);
  const size = elementCount(from.shape);
  p.if(and(ge(at, 0), lt(at, most)), () => {
    const base = p.let('base', mul(at, size));
    p.for('e', 0, size, (e) => p.copy(to, add(base, e), from, e));
  });
}

/** Whether trip number `next` takes place. */
function question(p: ProcedureBuilder, { trips, condition }: LoopState): (next: Term) => Term {
  const limit = trips === undefined || typeof trips === 'number' ? trips : p.input('trips', trips);
  const flag = condition === undefined ? undefined : p.input('condition', condition);
  return (next) => {
    const below = limit === undefined ? undefined : lt(next, typeof limit === 'number' ? constant(limit, 'int64') : cast(load(limit, 0), 'int64'));
    const holds = flag === undefined ? undefined : ne(load(flag, 0), 0);
    if (below === undefined || holds === undefined) return below ?? holds ?? constant(1);
    return and(below, holds);
  };
}
