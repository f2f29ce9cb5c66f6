// Bundles the pages of client/web, each folder with a main.ts, for webviews and browsers alike.
import { cpSync, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const web = path.join(root, 'client/web');

/** The module `monaco-worker`: the bundled source of Monaco's worker as a text, since content security lets workers start from blobs only. */
const monacoWorker = (build, common) => ({
  name: 'monaco-worker',
  setup(on) {
    on.onResolve({ filter: /^monaco-worker$/ }, () => ({ path: 'monaco-worker', namespace: 'monaco-worker' }));
    on.onLoad({ filter: /.*/, namespace: 'monaco-worker' }, async () => {
      const { outputFiles } = await build({ ...common, entryPoints: ['node_modules/monaco-editor/esm/vs/editor/editor.worker.js'], format: 'iife', write: false });
      return { contents: outputFiles[0].text, loader: 'text' };
    });
  },
});

/** `build`: esbuild's. `wanted`: names of pages; empty: all. */
export async function buildWeb(build, into, wanted = []) {
  const common = { absWorkingDir: root, bundle: true, logLevel: 'warning', platform: 'browser', target: 'es2022', minify: true, sourcemap: false, legalComments: 'none', outdir: into };
  const pages = readdirSync(web).filter((name) => existsSync(path.join(web, name, 'main.ts')) && (wanted.length === 0 || wanted.includes(name)));
  if (pages.length === 0) return;
  await build({ ...common, entryPoints: Object.fromEntries(pages.map((name) => [name, path.join(web, name, 'main.ts')])), format: 'iife' });
  // Parts that a page loads when they are first needed.
  const folders = readdirSync(web, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const parts = folders.flatMap((page) => readdirSync(path.join(web, page)).filter((name) => name.endsWith('.part.ts')).map((name) => [name.slice(0, -'.part.ts'.length), path.join(web, page, name)]));
  if (parts.length > 0) await build({ ...common, entryPoints: Object.fromEntries(parts), format: 'iife', loader: { '.ttf': 'file' }, assetNames: '[name]', plugins: [monacoWorker(build, common)] });
  cpSync(path.join(web, 'base/browser-theme.css'), path.join(into, 'browser-theme.css'));
  // For browsers: in an editor, it hands the texts over.
  cpSync(path.join(root, 'client/l10n'), path.join(into, 'l10n'), { recursive: true });
}
