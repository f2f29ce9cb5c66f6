/** Measured programs of the original: features, normalised throughputs, and what its XGBoost models predicted for them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FeatureBatch } from '../../server/src/features/feature-arena.js';
import { ORACLE } from '../schedule/oracle.js';

export interface Measured { readonly features: readonly number[][][]; readonly throughputs: readonly number[]; readonly predictions: readonly number[] }

export function readZipped(name: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(join(ORACLE, name))).toString('utf8'));
}

/** By workload. */
export function measured(): Record<string, Measured> {
  return readZipped('xgb/measured.json.gz') as Record<string, Measured>;
}

export function batchOf(programs: readonly (readonly (readonly number[])[])[]): FeatureBatch {
  const start = [0];
  for (const rows of programs) start.push((start.at(-1) ?? 0) + rows.length);
  return { rows: Float32Array.from(programs.flat(2)), start: Int32Array.from(start) };
}
