/** Faults at random moments of real sessions, several logs after another on as many lanes as there are processors to spare. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRng } from '../../server/src/base/rng.js';
import { lane, type Chaos } from './lane.js';
import { buildDiskFault } from './place.js';

export interface ChaosReport {
  readonly seed: number;
  readonly seconds: number;
  readonly faults: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly logs: number;
  readonly sessions: number;
  readonly records: number;
  readonly broken: readonly string[];
}

export async function runChaos(options: { readonly program: string; readonly compiler: string | undefined; readonly seconds: number; readonly faults: number; readonly seed: number; readonly lanes: number }): Promise<ChaosReport> {
  const start = performance.now();
  const root = mkdtempSync(path.join(tmpdir(), 'ansor-chaos-'));
  const counts = new Map<string, number>();
  const total = (): number => [...counts.values()].reduce((a, b) => a + b, 0);
  const seconds = (): number => (performance.now() - start) / 1000;
  const chaos: Chaos = {
    program: options.program, compiler: options.compiler ?? '', root, counts, broken: [], logs: 0, records: 0, sessions: 0,
    diskFault: options.compiler === undefined ? undefined : buildDiskFault(root, options.compiler),
    late: () => seconds() > options.seconds || total() >= options.faults,
  };
  await Promise.all(Array.from({ length: options.lanes }, async (_, i) => {
    const rng = createRng(options.seed + i);
    for (let n = i; !chaos.late() && chaos.broken.length === 0; n++) await lane(chaos, rng, options.compiler !== undefined && n % 3 !== 2 ? 'c' : 'wasm');
  }));
  if (chaos.broken.length === 0) rmSync(root, { recursive: true, force: true, maxRetries: 20 });
  return {
    seed: options.seed, seconds: Math.round(seconds()), faults: total(), logs: chaos.logs, sessions: chaos.sessions, records: chaos.records,
    byKind: Object.fromEntries([...counts].sort((a, b) => b[1] - a[1])), broken: chaos.broken,
  };
}
