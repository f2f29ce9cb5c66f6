/** Workload keys: decoding and comparing (spec log-format, 5.3). */
import type { JsonValue } from './json-value.js';

/** `name`: a DAG's hash or a registered function's name; `args`: the rest with its lists flattened. */
export interface WorkloadKey { readonly name: string; readonly args: readonly (string | number | boolean | null)[] }

/** The parts of a key; undefined if the text is not a key. */
export function decodeWorkloadKey(key: string): WorkloadKey | undefined {
  let json: unknown;
  try {
    json = JSON.parse(key);
  } catch {
    return undefined;
  }
  if (!Array.isArray(json)) return undefined;
  const [name, ...rest] = json as JsonValue[];
  if (typeof name !== 'string') return undefined;
  const args: (string | number | boolean | null)[] = [];
  const flatten = (value: JsonValue): void => {
    if (Array.isArray(value)) value.forEach(flatten);
    else if (typeof value === 'object' && value !== null) args.push(JSON.stringify(value));
    else args.push(value as string | number | boolean | null);
  };
  rest.forEach(flatten);
  return { name, args };
}

/**
 * How many times more work `target` is than `candidate`, whose schedules fit it: 1 for the same sizes, a product of whole
 * quotients where target's sizes are multiples, Infinity where they do not compare. A cost known for the candidate, times this
 * factor, estimates the target's.
 */
export function distanceFactor(target: WorkloadKey, candidate: WorkloadKey): number {
  if (target.name !== candidate.name || target.args.length !== candidate.args.length) return Infinity;
  let factor = 1;
  for (let i = 0; i < target.args.length; i++) {
    const a = target.args[i];
    const b = candidate.args[i];
    if (a === b) continue;
    if (typeof a !== 'number' || typeof b !== 'number' || !Number.isInteger(a) || !Number.isInteger(b)) return Infinity;
    if (a === 0 || b === 0 || a % b !== 0) return Infinity;
    factor *= a / b;
  }
  return factor;
}

/** The same workload, whatever the nesting of the shapes in the key. */
export function sameWorkload(a: string, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [decodeWorkloadKey(a), decodeWorkloadKey(b)];
  return x !== undefined && y !== undefined && distanceFactor(x, y) === 1 && distanceFactor(y, x) === 1;
}
