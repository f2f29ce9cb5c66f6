// Installs a real VS Code server and workbench (npm's code-server, unwrapped) into `.cache/e2e/floor`: no install script runs, nothing is compiled.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const recipe = path.join(root, 'test/e2e/floor');
const target = path.join(root, '.cache/e2e/floor');

/** Folder of the installed server, whether or not it is there. */
export const SERVER_DIR = path.join(target, 'node_modules/code-server/lib/vscode');

function npmCi(cwd, extra) {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...extra];
  const r = spawnSync('npm', args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', timeout: 300_000 });
  return r.status === 0 ? undefined : `npm ${args.join(' ')} failed: ${(r.stderr || String(r.error ?? r.signal)).trim().split('\n').slice(0, 3).join(' ')}`;
}

/** Installs what is missing. Returns undefined, or the reason why there is no workbench. */
export function installWorkbench() {
  const stamp = path.join(target, '.installed');
  const lock = readFileSync(path.join(recipe, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return undefined;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) cpSync(path.join(recipe, file), path.join(target, file));
  // VS Code's own dependencies come from the shrinkwrap that code-server ships.
  const problem = npmCi(target, []) ?? npmCi(SERVER_DIR, ['--omit=dev', '--legacy-peer-deps']);
  if (problem) return problem;
  // `findFiles` needs rg, which @vscode/ripgrep would download in its install script: lend it the one of the platform package.
  const rg = path.join(target, 'node_modules/@vscode/ripgrep-linux-x64/bin/rg');
  const bin = path.join(SERVER_DIR, 'node_modules/@vscode/ripgrep/bin');
  if (existsSync(rg)) {
    mkdirSync(bin, { recursive: true });
    cpSync(rg, path.join(bin, 'rg'));
    chmodSync(path.join(bin, 'rg'), 0o755);
  }
  writeFileSync(stamp, wanted);
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problem = installWorkbench();
  console.log(problem ?? `installed in ${path.relative(root, target)}`);
  process.exit(problem ? 1 : 0);
}
