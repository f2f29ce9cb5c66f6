// Bundles the extension and packs it as `.cache/e2e/ansor.vsix`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

function node(args) {
  const r = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (r.status !== 0) throw new Error(`node ${args.join(' ')} failed:\n${r.stdout}${r.stderr}`);
}

/** The path of the package. */
export function packageVsix() {
  const vsix = path.join(root, '.cache/e2e/ansor.vsix');
  mkdirSync(path.dirname(vsix), { recursive: true });
  node(['tools/build.mjs']);
  for (const file of ['dist/extension.cjs', 'dist/server.cjs', 'dist/ansor.cjs']) if (!existsSync(path.join(root, file))) throw new Error(`${file} was not built`);
  node(['node_modules/@vscode/vsce/vsce', 'package', '--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--skip-license', '--out', vsix]);
  return vsix;
}
