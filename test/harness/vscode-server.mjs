// Starts the real VS Code server (see install-workbench.mjs) on a free port.
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SERVER_DIR } from './install-workbench.mjs';

const MAIN = path.join(SERVER_DIR, 'out/server-main.js');
const START_MS = 60_000;

export function tempDir(name) {
  return mkdtempSync(path.join(tmpdir(), `ansor-e2e-${name}-`));
}

const freePort = () => new Promise((resolve, reject) => {
  const s = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = s.address();
    s.close(() => resolve(port));
  });
});

export function installVsix(dataDir, vsix) {
  const r = spawnSync(process.execPath, [MAIN, '--server-data-dir', dataDir, '--extensions-dir', path.join(dataDir, 'extensions'), '--accept-server-license-terms', '--install-extension', vsix, '--force'], { encoding: 'utf8' });
  if (r.status !== 0 || !/successfully installed/.test(r.stdout)) throw new Error(`the extension could not be installed (${r.status}): ${r.stdout}${r.stderr}`);
}

const SETTINGS = {
  'telemetry.telemetryLevel': 'off', 'workbench.startupEditor': 'none', 'extensions.autoCheckUpdates': false, 'extensions.autoUpdate': false, 'git.enabled': false,
  'files.autoSave': 'off', 'editor.hover.delay': 100, 'ansor.confirmStart': false,
  // What moves all the time keeps a processor busy that has to draw it by itself.
  'workbench.reduceMotion': 'on', 'editor.cursorBlinking': 'solid',
};

/**
 * `extensions`: folder of the installed ones. `trust`: false leaves the workspace untrusted until a person says otherwise. `stop` ends the server and its
 * extension hosts, and removes its data.
 */
export async function startServer({ dataDir = tempDir('data'), extensions = path.join(dataDir, 'extensions'), settings = {}, env = {}, args = [], trust = true } = {}) {
  const port = await freePort();
  const machine = path.join(dataDir, 'data/Machine');
  mkdirSync(machine, { recursive: true });
  writeFileSync(path.join(machine, 'settings.json'), JSON.stringify({ ...SETTINGS, ...settings }));
  const child = spawn(process.execPath, [
    MAIN, '--host', '127.0.0.1', '--port', String(port), '--without-connection-token', '--accept-server-license-terms', '--server-data-dir', dataDir,
    '--extensions-dir', extensions, '--telemetry-level', 'off', '--disable-telemetry', ...(trust ? ['--disable-workspace-trust'] : []), ...args,
  ], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const log = createWriteStream(path.join(dataDir, 'server.log'));
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  // A killed test must not leave a server behind. SIGTERM would leave extension hosts waiting for a reconnection.
  const kill = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch { /* it is gone */ }
  };
  process.on('exit', kill);
  const signals = ['SIGINT', 'SIGTERM'];
  for (const signal of signals) process.once(signal, () => process.exit(1));
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (d) => /Extension host agent listening/.test(String(d)) && resolve());
    child.once('exit', (code) => reject(new Error(`the VS Code server exited with ${code}`)));
    setTimeout(() => reject(new Error('the VS Code server did not start')), START_MS).unref();
  });
  return {
    dataDir, extensions, url: `http://127.0.0.1:${port}/`, authority: `127.0.0.1:${port}`,
    stop: () => new Promise((resolve) => {
      child.once('exit', () => {
        rmSync(dataDir, { recursive: true, force: true, maxRetries: 3, retryDelay: 200 });
        resolve();
      });
      kill();
    }),
  };
}
