/** Costs of records and the best of them. */
import { decodeWorkloadKey, distanceFactor } from './keys.js';
import type { MeasureRecord, MeasureResult } from './record.js';

/** What a failed measurement costs, in seconds. */
export const FAILED_COST = 1e10;

/** Seconds per run: the mean of the repeats; FAILED_COST on error. */
export function meanCost(result: MeasureResult): number {
  if (result.errorNo !== 0 || result.costs.length === 0) return FAILED_COST;
  return result.costs.reduce((sum, cost) => sum + cost, 0) / result.costs.length;
}

/** The first word of a target: `llvm`, `cuda`, ... */
export function targetKind(target: string): string {
  return target.trim().split(/\s/, 1)[0] ?? '';
}

/** The fastest successful one; the earlier of equals. Undefined if there is none. */
export function bestOf<R extends { readonly record: MeasureRecord }>(records: readonly R[]): R | undefined {
  let best: R | undefined;
  let lowest = FAILED_COST;
  for (const entry of records) {
    const cost = meanCost(entry.record.result);
    if (cost < lowest) {
      best = entry;
      lowest = cost;
    }
  }
  return best;
}

export interface BestQuery {
  readonly workloadKey?: string;
  /** Compared by kind only, as in the original. */
  readonly target?: string;
  /** Also records of smaller sizes that divide the wanted ones, their cost multiplied by the distance factor. */
  readonly includeCompatible?: boolean;
}

/** The fastest successful record that the query admits, with its cost as estimated for the wanted sizes. */
export function findBest(records: readonly MeasureRecord[], query: BestQuery = {}): { readonly record: MeasureRecord; readonly cost: number } | undefined {
  const wanted = query.workloadKey === undefined ? undefined : decodeWorkloadKey(query.workloadKey);
  const kind = query.target === undefined ? undefined : targetKind(query.target);
  let best: { record: MeasureRecord; cost: number } | undefined;
  for (const record of records) {
    const cost = meanCost(record.result);
    if (cost >= FAILED_COST || (kind !== undefined && targetKind(record.target) !== kind)) continue;
    let factor = 1;
    if (query.workloadKey !== undefined && record.workloadKey !== query.workloadKey) {
      const key = decodeWorkloadKey(record.workloadKey);
      factor = wanted === undefined || key === undefined ? Infinity : distanceFactor(wanted, key);
      if (factor === Infinity || (factor !== 1 && query.includeCompatible !== true)) continue;
    }
    if (best === undefined || cost * factor < best.cost) best = { record, cost: cost * factor };
  }
  return best;
}
