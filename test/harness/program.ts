/** Programs that tests start as processes of their own: as the test command has bundled them (a start then takes a tenth of the time), else their sources through tsx. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TSX = ['--import', import.meta.resolve('tsx')];

export interface Program {
  readonly file: string;
  /** For node, before the file. */
  readonly options: readonly string[];
  /** The same as a variable, for what starts the file by itself. */
  readonly env: { readonly NODE_OPTIONS?: string };
}

function programAt(bundle: string | undefined, source: string): Program {
  return bundle === undefined ? { file: path.join(ROOT, source), options: TSX, env: { NODE_OPTIONS: TSX.join(' ') } } : { file: bundle, options: [], env: {} };
}

/** `test/NAME.ts`; `build-tests.mjs` has a list of them. */
export function testProgram(name: string): Program {
  const bundles = process.env['ANSOR_TESTS'];
  return programAt(bundles === undefined ? undefined : path.join(bundles, `${name}.mjs`), `test/${name}.ts`);
}

/** The language server. */
export function serverProgram(): Program {
  const built = process.env['ANSOR_BUILT'];
  return programAt(built === undefined ? undefined : path.join(built, 'server.cjs'), 'server/src/main.lsp.ts');
}
