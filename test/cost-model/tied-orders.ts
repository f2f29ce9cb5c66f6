/** Rows with tied slots: the original orders these by addresses, which differ from run to run. */
import type { GbdtModel } from '../../server/src/cost-model/gbdt-model.js';
import { SLOT, SLOT_COUNT, SLOT_LENGTH, SLOTS } from '../../server/src/features/layout.js';
import { batchOf } from './measured.js';

function permutations<T>(items: readonly T[]): T[][] {
  return items.length < 2 ? [[...items]] : items.flatMap((item, i) => permutations(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]));
}

/** A row in all orders of its slots with equal lines and bytes. */
function tiedOrders(row: readonly number[]): number[][] {
  const slots = Array.from({ length: SLOT_COUNT }, (_, s) => row.slice(SLOTS + s * SLOT_LENGTH, SLOTS + (s + 1) * SLOT_LENGTH));
  const key = (slot: readonly number[] | undefined): string => `${slot?.[SLOT.lines]} ${slot?.[SLOT.bytes]}`;
  return permutations([0, 1, 2, 3, 4])
    .filter((order) => order.every((from, to) => key(slots[from]) === key(slots[to])))
    .map((order) => [...row.slice(0, SLOTS), ...order.flatMap((from) => slots[from] ?? []), ...row.slice(SLOTS + SLOT_COUNT * SLOT_LENGTH)]);
}

/** Every score of a program that the orders of its rows' slots allow, as far as they differ. */
export function possibleScores(model: GbdtModel, rows: readonly (readonly number[])[]): number[] {
  return rows.reduce<number[]>((sums, row) => {
    const scores = new Set(model.predictRows(batchOf([tiedOrders(row)]).rows));
    return sums.flatMap((sum) => [...scores].map((score) => sum + score));
  }, [0]);
}
