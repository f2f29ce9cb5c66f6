// The end-to-end tests: `node test/e2e/run.mjs`. What cannot run here is named and counts as skipped.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from '../harness/browser.mjs';
import { installWorkbench } from '../harness/install-workbench.mjs';
import { packageVsix } from '../harness/package-vsix.mjs';
import { runExtensionHostSuite } from './extension-host.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const total = { passed: 0, failed: 0, skipped: 0 };

/** Files named on the command line (`node test/e2e/run.mjs languages.test.mjs`), else all of them; one after the other, each with a window of its own. */
const named = process.argv.slice(2);
const uiFiles = (named.length > 0 ? named : readdirSync(here).filter((name) => name.endsWith('.test.mjs')).sort()).map((name) => path.join(here, path.basename(name)));

/** Shows the runner's report and returns its counts. */
function runUiTests(vsix) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...uiFiles], { env: { ...process.env, ANSOR_VSIX: vsix }, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (d) => {
      out += d;
      process.stdout.write(d);
    });
    child.on('close', (code) => {
      const count = (what) => Number(new RegExp(`^\\S* ?${what} (\\d+)$`, 'm').exec(out)?.[1] ?? 0);
      const failed = count('fail') + count('cancelled');
      resolve({ passed: count('pass'), failed: code !== 0 && failed === 0 ? 1 : failed, skipped: count('skipped') });
    });
  });
}

function unavailable() {
  if (process.platform !== 'linux') return 'the workbench of npm\'s code-server runs on Linux; elsewhere: node test/e2e/desktop.mjs';
  if (findChromium() === undefined) return 'chromium is not installed (Debian package chromium)';
  return installWorkbench();
}

const reason = unavailable();
let vsix;
if (reason !== undefined) {
  console.log(`skipped: extension host suite and clicks in the workbench: ${reason}`);
  total.skipped += 2;
} else {
  try {
    vsix = process.env.ANSOR_VSIX ?? packageVsix();
    for (const { title, state, error } of named.length > 0 ? [] : await runExtensionHostSuite(vsix)) {
      console.log(`${state === 'passed' ? '✔' : '✖'} ${title}${error === undefined ? '' : `\n${error}`}`);
      total[state]++;
    }
  } catch (error) {
    console.log(`✖ package or extension host suite: ${error instanceof Error ? error.message : error}`);
    total.failed++;
  }
  if (vsix !== undefined) {
    const ui = await runUiTests(vsix);
    for (const kind of Object.keys(total)) total[kind] += ui[kind];
  }
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
