/** The programs of a round that are measured: mostly the best, some random ones (TVM: PickStatesWithEpsGreedy). */
import type { Candidate } from './candidate.js';

/**
 * Up to `count` programs, none of `known` and none twice: the first `good` from `best`, the rest from `random`; where one list
 * ends, the other goes on.
 */
export function pickEpsGreedy(best: readonly Candidate[], random: readonly Candidate[], count: number, good: number, known: ReadonlySet<string>): Candidate[] {
  const picked: Candidate[] = [];
  const taken = new Set<string>();
  let b = 0;
  let r = 0;
  while (picked.length < count) {
    const preferBest = picked.length < good;
    const candidate = preferBest ? best[b] ?? random[r] : random[r] ?? best[b];
    if (candidate === undefined) break;
    if (candidate === best[b]) b++;
    else r++;
    if (known.has(candidate.text) || taken.has(candidate.text)) continue;
    taken.add(candidate.text);
    picked.push(candidate);
  }
  return picked;
}
