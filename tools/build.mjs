// Bundles the engine's command line, the language server and the extension with esbuild: `node tools/build.mjs [NAME ...]` (names: ansor, server, trainer, searcher, wasm-host, wasm-worker, wasm-model, extension, extension.web, server.web, web or a page of client/web; none: all). `--into=FOLDER`: there instead of in dist.
import { build } from 'esbuild';
import { existsSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { buildWeb } from './build-web.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const common = { absWorkingDir: root, bundle: true, platform: 'node', target: 'node20', format: 'cjs', sourcemap: true, logLevel: 'warning', legalComments: 'linked', define: { ANSOR_VERSION: JSON.stringify(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).version) } };

const entries = [
  { entryPoints: { ansor: 'server/src/main.cli.ts' }, external: ['onnxruntime-node'] },
  { entryPoints: { server: 'server/src/main.lsp.ts' }, external: ['onnxruntime-node'] },
  { entryPoints: { 'wasm-host': 'server/src/main.wasm-host.ts', 'wasm-worker': 'server/src/main.wasm-worker.ts' } },
  { entryPoints: { trainer: 'server/src/main.trainer.ts', searcher: 'server/src/main.searcher.ts' } },
  // Beside a network that was built for WebAssembly: for node and browsers.
  { entryPoints: { 'wasm-model': 'server/src/main.wasm-model.ts' }, options: { platform: 'neutral', target: 'es2022', format: 'esm', sourcemap: false, external: ['node:fs/promises'], outExtension: { '.js': '.mjs' } } },
  { entryPoints: { extension: 'client/src/extension.ts' }, external: ['vscode'] },
  // The reading half for browsers: the client in a web worker's extension host, the server in a worker of its own.
  { entryPoints: { 'extension.web': 'client/src/extension.web.ts' }, external: ['vscode'], options: { platform: 'browser', target: 'es2022', outExtension: {} } },
  { entryPoints: { 'server.web': 'server/src/main.lsp-web.ts' }, options: { platform: 'browser', target: 'es2022', format: 'iife', outExtension: {} } },
];
const wanted = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const into = path.resolve(root, process.argv.find((a) => a.startsWith('--into='))?.slice(7) ?? 'dist');
for (const { entryPoints, external = [], options = {} } of entries) {
  const present = Object.fromEntries(Object.entries(entryPoints).filter(([name, file]) => existsSync(path.join(root, file)) && (wanted.length === 0 || wanted.includes(name))));
  if (Object.keys(present).length === 0) continue;
  await build({ ...common, entryPoints: present, external, outdir: into, outExtension: { '.js': '.cjs' }, ...options });
}
const pages = wanted.filter((name) => !entries.some(({ entryPoints }) => name in entryPoints));
if (wanted.length === 0 || pages.length > 0) await buildWeb(build, path.join(into, 'web'), pages.filter((name) => name !== 'web'));
mkdirSync(path.join(into, 'runner'), { recursive: true });
cpSync(path.join(root, 'server/src/measure/runner'), path.join(into, 'runner'), { recursive: true, filter: (f) => !/\.ts$/.test(f) });
