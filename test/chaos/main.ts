/** `npm run chaos [-- --seconds=600 --faults=600 --seed=1]`: prints the report; status 1 if anything did not hold. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChaos } from './chaos.js';

const option = (name: string, otherwise: number): number => Number(process.argv.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise);

function onPath(program: string): string | undefined {
  return (process.env['PATH'] ?? '').split(path.delimiter).map((dir) => path.join(dir, program)).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

if (process.platform !== 'linux') {
  console.log('chaos needs Linux (/proc): skipped');
  process.exit(0);
}
const folder = mkdtempSync(path.join(tmpdir(), 'ansor-chaos-program-'));
const built = spawnSync(process.execPath, [fileURLToPath(new URL('../../tools/build.mjs', import.meta.url)), `--into=${folder}`, 'ansor', 'wasm-host', 'wasm-worker', 'wasm-model'], { encoding: 'utf8' });
if (built.status !== 0) throw new Error(built.stderr);
const report = await runChaos({
  program: path.join(folder, 'ansor.cjs'), compiler: onPath('gcc') ?? onPath('clang'), seconds: option('seconds', 480), faults: option('faults', 600), seed: option('seed', 1), lanes: option('lanes', 4),
});
rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify(report, undefined, 1));
process.exit(report.broken.length === 0 && report.faults > 0 ? 0 : 1);
