// `npm run bench [-- SUITE OPTIONS]`: builds, then runs one suite of tools/bench (networks, operators, ...) with its options, or all of them with none. Each prints
// tables and writes JSON under out/; the head of its file says what it takes.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const SUITES = ['networks', 'operators', 'original', 'peak', 'search', 'tuning', 'editor', 'gate'].filter((suite) => existsSync(path.join(root, 'tools/bench', `${suite}.ts`)));
const [suite, ...options] = process.argv.slice(2);
if (suite !== undefined && !SUITES.includes(suite)) {
  console.error(`there is no suite "${suite}": ${SUITES.join(', ')}`);
  process.exit(2);
}
const run = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
let status = run('tools/build.mjs');
for (const one of suite === undefined ? SUITES : [suite]) {
  if (status !== 0) break;
  console.log(`\n=== ${one}`);
  status = run('--import', 'tsx', `tools/bench/${one}.ts`, ...options);
}
process.exit(status);
