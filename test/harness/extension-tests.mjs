// Bundles the tests that run inside an extension host into `out/e2e`.
import { build } from 'esbuild';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from './package-vsix.mjs';

/** The path that VS Code is given as `extensionTestsPath`. */
export async function bundleExtensionTests() {
  const sources = path.join(root, 'test/e2e/extension-host');
  await build({
    entryPoints: readdirSync(sources).filter((n) => n.endsWith('.ts')).map((n) => path.join(sources, n)), outdir: path.join(root, 'out/e2e'),
    outExtension: { '.js': '.cjs' }, bundle: true, platform: 'node', target: 'node20', format: 'cjs', external: ['vscode', 'mocha'], logLevel: 'warning',
  });
  return path.join(root, 'out/e2e/index.cjs');
}
