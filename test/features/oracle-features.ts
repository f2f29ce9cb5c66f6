/** The original's feature rows of the sampled programs, and the comparison with ours: rows in any order, tied slots in any order. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CURVE, ROW_LENGTH, SLOT, SLOT_COUNT, SLOT_LENGTH, SLOTS } from '../../server/src/features/layout.js';
import type { HardwareParams } from '../../server/src/hardware/params.js';
import { ORACLE } from '../schedule/oracle.js';

export interface OracleFeatures { readonly hardware: HardwareParams; /** Per sample; null where the original found the program invalid. */ readonly samples: readonly (readonly number[][] | null)[] }

export function hardwareOf([cores, vector, line, shared, local, threads, vthreads, warp]: readonly number[]): HardwareParams {
  return {
    numCores: cores ?? 0, vectorUnitBytes: vector ?? 0, cacheLineBytes: line ?? 0, maxSharedMemoryPerBlock: shared ?? 0, maxLocalMemoryPerBlock: local ?? 0,
    maxThreadsPerBlock: threads ?? 0, maxVthreadExtent: vthreads ?? 0, warpSize: warp ?? 0,
  };
}

export function oracleFeatures(name: string): OracleFeatures {
  const data = JSON.parse(gunzipSync(readFileSync(join(ORACLE, 'features', `${name}.json.gz`))).toString('utf8')) as { hardware: number[]; samples: (number[][] | null)[] };
  return { hardware: hardwareOf(data.hardware), samples: data.samples };
}

export function rowsOf(features: Float32Array): number[][] {
  return Array.from({ length: features.length / ROW_LENGTH }, (_, r) => Array.from(features.subarray(r * ROW_LENGTH, (r + 1) * ROW_LENGTH)));
}

export const TOLERANCE = 1e-4;

function equal(a: number, b: number): boolean {
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));
}

function columnsThatDiffer(ours: readonly number[], from: number, theirs: readonly number[], to: number, length: number): number[] {
  const columns: number[] = [];
  for (let i = 0; i < length; i++) if (!equal(ours[from + i] ?? NaN, theirs[to + i] ?? NaN)) columns.push(to + i);
  return columns;
}

/** Columns of `theirs` that differ, slots with equal lines and bytes matched in the best order. */
export function rowDifference(ours: readonly number[], theirs: readonly number[]): number[] {
  const columns = columnsThatDiffer(ours, 0, theirs, 0, SLOTS);
  const free = new Set(Array.from({ length: SLOT_COUNT }, (_, slot) => slot));
  for (let slot = 0; slot < SLOT_COUNT; slot++) {
    const at = SLOTS + slot * SLOT_LENGTH;
    let best = slot;
    let least: number[] | undefined;
    for (const other of free) {
      const from = SLOTS + other * SLOT_LENGTH;
      const tied = ours[from + SLOT.lines] === ours[at + SLOT.lines] && ours[from + SLOT.bytes] === ours[at + SLOT.bytes];
      if (!tied) continue;
      const found = columnsThatDiffer(ours, from, theirs, at, SLOT_LENGTH);
      if (least === undefined || found.length < least.length) [best, least] = [other, found];
    }
    free.delete(best);
    columns.push(...(least ?? []));
  }
  return columns.concat(columnsThatDiffer(ours, CURVE, theirs, CURVE, ROW_LENGTH - CURVE));
}

/** The numbers of `theirs` that no row of `ours` has, rows paired so that close ones meet. */
export function rowsDifference(ours: readonly number[][], theirs: readonly number[][]): number[] {
  const pairs = theirs.flatMap((b, j) => ours.map((a, i) => ({ i, j, columns: rowDifference(a, b) }))).sort((p, q) => p.columns.length - q.columns.length);
  const [mine, other] = [new Set<number>(), new Set<number>()];
  const columns: number[] = [];
  for (const pair of pairs) {
    if (mine.has(pair.i) || other.has(pair.j)) continue;
    mine.add(pair.i);
    other.add(pair.j);
    columns.push(...pair.columns);
  }
  for (let left = other.size; left < theirs.length; left++) columns.push(...Array.from({ length: ROW_LENGTH }, (_, c) => c));
  return columns;
}
