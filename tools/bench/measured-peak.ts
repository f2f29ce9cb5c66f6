/** The processor's peak: GFLOP/s of multiply-adds of single precision alone. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Measures it on so many threads, with `fma-peak.c` built into the folder `out` at the first call. */
export function measuredPeak(cc: string, out: string, threads: number): number {
  const source = path.join(import.meta.dirname, 'fma-peak.c');
  // Named by its source: what an older version left in the folder is not taken for it.
  const program = path.join(out, `fma-peak-${createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 8)}`);
  if (!existsSync(program)) {
    const built = spawnSync(cc, ['-O2', '-march=native', '-ffp-contract=fast', source, '-o', program, '-pthread'], { encoding: 'utf8' });
    if (built.status !== 0) throw new Error(`${cc} did not compile fma-peak.c: ${built.error?.message ?? built.stderr}`);
  }
  return Number(spawnSync(program, [String(threads)], { encoding: 'utf8' }).stdout);
}
