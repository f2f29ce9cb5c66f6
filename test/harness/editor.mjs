// A window of the real workbench on a copy of a workspace, with the packed extension installed: what every end-to-end file begins with. All files share one server
// and one browser, since starting them costs more than most tests.
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { launchChromium } from './browser.mjs';
import { packageVsix, root } from './package-vsix.mjs';
import { installVsix, startServer, tempDir } from './vscode-server.mjs';
import { Workbench } from './workbench.mjs';

const shots = path.join(root, 'out/e2e/screenshots');

/** A machine that has nothing but the editor: no compiler and no node on the path. Without the second, the server asks a login shell for the environment. */
const BARE = { env: { PATH: '/nonexistent' }, args: ['--force-disable-user-env'] };

/** Sessions outlive windows: ends the ones that a failed test left. */
function endSessions(folder) {
  for (const name of readdirSync(folder).filter((n) => n.endsWith('.lock'))) {
    try {
      process.kill(JSON.parse(readFileSync(path.join(folder, name), 'utf8')).pid, 'SIGKILL');
    } catch { /* it has ended */ }
  }
}

/** What all windows share, started when it is first needed. */
export class Machine {
  #dataDir;
  #servers = new Map();
  #context;
  #page;
  /** Where the suite inside the extension host leaves its results. */
  results = path.join(tempDir('results'), 'results.json');

  /** The extension is installed once, from its package. */
  #extensions() {
    if (this.#dataDir === undefined) {
      const dataDir = tempDir('data');
      installVsix(dataDir, process.env.ANSOR_VSIX ?? packageVsix());
      this.#dataDir = dataDir;
    }
    return path.join(this.#dataDir, 'extensions');
  }

  /** `trust`: false asks a person whether a folder is trusted; such a server has data of its own. */
  server(trust) {
    const extensions = this.#extensions();
    const dataDir = trust ? this.#dataDir : tempDir('data');
    const started = this.#servers.get(trust) ?? startServer({ dataDir, extensions, trust, args: BARE.args, env: { ...BARE.env, ANSOR_E2E_RESULTS: this.results } });
    this.#servers.set(trust, started);
    return started;
  }

  /** A fresh page of the one browser; the one before is closed. */
  async page() {
    this.#context ??= launchChromium();
    const context = await this.#context;
    const before = this.#page;
    this.#page = await context.newPage();
    await before?.close();
    return this.#page;
  }

  async close() {
    await (await this.#context)?.close();
    for (const server of this.#servers.values()) await server.then((one) => one.stop(), () => undefined);
    rmSync(path.dirname(this.results), { recursive: true, force: true });
  }
}

/** A folder with a copy of `workspace`, `files` (name there: path below `root`) and the settings. */
export function makeFolder({ workspace = 'test/e2e/workspace', files = {}, settings = {} } = {}) {
  const folder = tempDir('workspace');
  if (workspace !== undefined) cpSync(path.join(root, workspace), folder, { recursive: true });
  for (const [name, source] of Object.entries(files)) cpSync(path.join(root, source), path.join(folder, name));
  mkdirSync(path.join(folder, '.vscode'));
  writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify(settings));
  return folder;
}

/**
 * `files`, `settings`: of the workspace, see `makeFolder`. `prepare(folder)` may write more and may answer with what is to be opened instead of the folder.
 * Answers with the workbench, its folder, `shot(name)` for screenshots, and `close()`, which every file calls in `after`.
 */
export async function openEditor(machine, { prepare = () => undefined, trust = true, ...contents } = {}) {
  mkdirSync(shots, { recursive: true });
  const folder = makeFolder(contents);
  const place = (await prepare(folder)) ?? folder;
  const server = await machine.server(trust);
  const workbench = new Workbench(await machine.page());
  const shot = (name) => workbench.page.screenshot({ path: path.join(shots, `${name}.png`) });
  const close = async () => {
    endSessions(folder);
    await workbench.page.goto('about:blank').catch(() => undefined);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    await workbench.open(server, place);
    return { server, workbench, page: workbench.page, folder, close, shot };
  } catch (error) {
    await shot('no-window').catch(() => undefined);
    await close();
    throw error;
  }
}
