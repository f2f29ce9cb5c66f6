/** The two records of a log that the walkthrough compares. */
import type { RecordPair } from '../../server/src/protocol/editor-commands.js';

/**
 * The fastest record and the first other one that works (the default rules' program comes first, and may be the fastest); undefined: there are no two.
 * The times are the first list of a record's second part.
 */
export function firstAndBest(uri: string, text: string): RecordPair | undefined {
  const found = text.split('\n').flatMap((content, index) => {
    const costs = content.startsWith('{') ? costsOf(content) : undefined;
    return costs === undefined ? [] : [{ line: index + 1, seconds: costs.reduce((a, b) => a + b, 0) / costs.length }];
  });
  const best = found.toSorted((a, b) => a.seconds - b.seconds)[0];
  const first = found.find((record) => record !== best);
  if (first === undefined || best === undefined) return undefined;
  return { left: { uri, line: best.line }, right: { uri, line: first.line } };
}

/** Seconds of a record's runs; undefined where it failed. */
function costsOf(content: string): readonly number[] | undefined {
  try {
    const { r }: { r?: unknown } = Object(JSON.parse(content));
    if (!Array.isArray(r) || r[1] !== 0 || !Array.isArray(r[0])) return undefined;
    const costs = r[0].filter((c) => typeof c === 'number');
    return costs.length === 0 ? undefined : costs;
  } catch {
    return undefined;
  }
}
