// Bundles test files as `out/tests/ROOM/NAME.test.mjs`. A process then loads a few files instead of hundreds, and functions are fast: tsx has esbuild write down the name of each one whenever it is made.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Modules find what lies beside them where their sources are. */
const places = {
  name: 'places',
  setup(on) {
    on.onLoad({ filter: /\.(ts|mjs)$/, namespace: 'file' }, ({ path: file }) => {
      if (file.includes(`${path.sep}node_modules${path.sep}`)) return undefined;
      const text = readFileSync(file, 'utf8');
      if (!/import\.meta\.(url|dirname|filename)/.test(text)) return undefined;
      const said = { url: pathToFileURL(file).href, dirname: path.dirname(file), filename: file };
      return { contents: text.replace(/import\.meta\.(url|dirname|filename)\b/g, (_, what) => JSON.stringify(said[what])), loader: file.endsWith('.ts') ? 'ts' : 'js', resolveDir: path.dirname(file) };
    });
  },
};

/** Below the root. */
export const BUNDLES = 'out/tests';
/** Programs that tests start as processes of their own. */
const PROGRAMS = ['measure/programs/launching', 'measure/programs/sleeping-group', 'model/onnx-backend/worker', 'session/programs/counting-session', 'session/programs/spinning-wasm'].map((name) => `test/${name}.ts`);

/** The bundle of a test file; paths are relative to the root. */
export const bundleOf = (file) => path.join(BUNDLES, path.relative('test', file)).replace(/\.ts$/, '.mjs');

/** Bundles `files`, which share what they have in common. Rejects if that fails. */
export async function buildTests(root, files) {
  // Not there before the packages are installed.
  const { build } = await import('esbuild');
  const outdir = path.join(root, BUNDLES);
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root, entryPoints: [...files, ...PROGRAMS], outbase: 'test', outdir, outExtension: { '.js': '.mjs' }, bundle: true, splitting: true, chunkNames: 'shared/[hash]', packages: 'external',
    platform: 'node', target: 'node20', format: 'esm', sourcemap: true, sourcesContent: false, logLevel: 'warning', plugins: [places],
  });
}

/**
 * Compiles the runner with the bundled command line, so that not every test file has to. The folder with it is `ANSOR_RUNNERS` for tests; undefined where there is no
 * compiler, or none that works, which the tests tell better.
 */
export async function compileRunner(root) {
  const at = path.join(root, BUNDLES, 'cache');
  const env = { ...process.env, ANSOR_CACHE_DIR: at, ANSOR_SESSION_DIR: path.join(root, BUNDLES, 'sessions') };
  await new Promise((resolve) => spawn(process.execPath, [path.join(root, 'dist/ansor.cjs'), 'devices'], { cwd: root, env, stdio: 'ignore' }).on('error', resolve).on('close', resolve));
  const folder = path.join(at, 'c');
  return existsSync(folder) ? folder : undefined;
}
