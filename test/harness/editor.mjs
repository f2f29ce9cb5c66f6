// A window of the real workbench on a copy of a workspace, with the packed extension installed: what every end-to-end file begins with.
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { launchChromium } from './browser.mjs';
import { packageVsix, root } from './package-vsix.mjs';
import { installVsix, startServer, tempDir } from './vscode-server.mjs';
import { Workbench } from './workbench.mjs';

const shots = path.join(root, 'out/e2e/screenshots');

/** Sessions outlive windows: ends the ones that a failed test left. */
function endSessions(folder) {
  for (const name of readdirSync(folder).filter((n) => n.endsWith('.lock'))) {
    try {
      process.kill(JSON.parse(readFileSync(path.join(folder, name), 'utf8')).pid, 'SIGKILL');
    } catch { /* it has ended */ }
  }
}

/**
 * `env`, `args`: of the server. `files`: further files of the workspace, by name there, with their paths below `root`. `prepare(folder)` may write more. Answers
 * with the workbench, its folder, `shot(name)` for screenshots, and `close()`, which every file calls in `after`.
 */
export async function openEditor({ workspace = 'test/e2e/workspace', files = {}, prepare = () => undefined, settings = {}, trust = true, env = {}, args = [] } = {}) {
  mkdirSync(shots, { recursive: true });
  const folder = tempDir('workspace');
  cpSync(path.join(root, workspace), folder, { recursive: true });
  for (const [name, source] of Object.entries(files)) cpSync(path.join(root, source), path.join(folder, name));
  await prepare(folder);
  const dataDir = tempDir('data');
  installVsix(dataDir, process.env.ANSOR_VSIX ?? packageVsix());
  const server = await startServer({ dataDir, settings, trust, env, args });
  let context;
  const close = async () => {
    endSessions(folder);
    await context?.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    context = await launchChromium();
    const workbench = new Workbench(context.pages()[0] ?? (await context.newPage()));
    await workbench.open(server, folder);
    return { server, context, workbench, folder, close, shot: (name) => workbench.page.screenshot({ path: path.join(shots, `${name}.png`) }) };
  } catch (error) {
    await close();
    throw error;
  }
}
