// Bundles the extension and packs it as `.cache/e2e/ansor.vsix`.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

function node(args, cwd = root) {
  const r = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (r.status !== 0) throw new Error(`node ${args.join(' ')} failed:\n${r.stdout}${r.stderr}`);
}

/**
 * A folder with what `.vscodeignore` lets into the package and what lies beside it: the packer weighs every file that it sees with every line of it, and a
 * checkout has tens of thousands that are none of its business. Whoever asks removes it.
 */
export function stage() {
  const at = mkdtempSync(path.join(tmpdir(), 'ansor-e2e-package-'));
  const wanted = readFileSync(path.join(root, '.vscodeignore'), 'utf8').split('\n').filter((line) => line.startsWith('!'))
    .map((line) => new RegExp(`^${line.slice(1).split('/')[0].replaceAll('.', '\\.').replaceAll('*', '.*')}$`));
  for (const name of readdirSync(root)) if (name === '.vscodeignore' || wanted.some((one) => one.test(name))) cpSync(path.join(root, name), path.join(at, name), { recursive: true });
  return at;
}

/** The path of the package. ANSOR_BUILT: the bundles in `dist` are those of the sources. */
export function packageVsix() {
  const vsix = path.join(root, '.cache/e2e/ansor.vsix');
  mkdirSync(path.dirname(vsix), { recursive: true });
  if (process.env.ANSOR_BUILT === undefined) node(['tools/build.mjs']);
  for (const file of ['dist/extension.cjs', 'dist/server.cjs', 'dist/ansor.cjs']) if (!existsSync(path.join(root, file))) throw new Error(`${file} was not built`);
  const at = stage();
  try {
    node([path.join(root, 'node_modules/@vscode/vsce/vsce'), 'package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--skip-license', '--out', vsix], at);
  } finally {
    rmSync(at, { recursive: true, force: true });
  }
  return vsix;
}
