// Makes the machine ready for tests: npm packages, and Debian packages where this process may install them.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Programs that the tests use, with the Debian package that brings them. */
const PROGRAMS = [
  { program: 'gcc', package: 'gcc libc6-dev', needs: 'native code' },
  { program: 'chromium', package: 'chromium', needs: 'pages and the extension in a real workbench' },
];
/** The same browser without windows of its own, which takes less than half the time; `chromium` does as well. */
const QUICKER = { program: 'chromium-headless-shell', package: 'chromium-headless-shell' };

function onPath(program) {
  return (process.env.PATH ?? '').split(path.delimiter).some((dir) => existsSync(path.join(dir, program)));
}

/** Installs npm packages if they are missing. Returns false if that failed. */
export function ensureNpmPackages(root) {
  if (existsSync(path.join(root, 'node_modules', '.package-lock.json'))) return true;
  console.error('$ npm ci --ignore-scripts');
  return spawnSync('npm', ['ci', '--ignore-scripts'], { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' } }).status === 0;
}

/** Installs missing Debian packages as root (the command is printed first); returns what is still missing. */
export function ensurePrograms() {
  const missing = PROGRAMS.filter((p) => !onPath(p.program));
  const all = onPath(QUICKER.program) ? missing : [...missing, QUICKER];
  if (all.length > 0 && process.getuid?.() === 0 && onPath('apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    console.error('$ apt-get update');
    // Without a network, nobody waits for long.
    spawnSync('apt-get', ['update', '-qq', '-o', 'Acquire::Retries=0', '-o', 'Acquire::http::Timeout=10'], { stdio: ['ignore', 2, 2], env, timeout: 120_000 });
    // One by one: not every distribution has them all.
    for (const { package: names } of all) {
      console.error(`$ apt-get install -y --no-install-recommends ${names}`);
      spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names.split(' ')], { stdio: ['ignore', 'ignore', 2], env });
    }
  }
  return PROGRAMS.filter((p) => !onPath(p.program));
}
