// The end-to-end tests: `node test/e2e/run.mjs [languages.test.mjs ...]`. What cannot run here is named and counts as skipped.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from '../harness/browser.mjs';
import { installWorkbench } from '../harness/install-workbench.mjs';
import { packageVsix } from '../harness/package-vsix.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const total = { passed: 0, failed: 0, skipped: 0 };

/** Files named on the command line, else all of them. */
const named = process.argv.slice(2).map((name) => path.basename(name));
const files = named.length > 0 ? named : readdirSync(here).filter((name) => name.endsWith('.test.mjs')).sort();

/** Shows the runner's report and returns its counts. */
function runTests(vsix) {
  return new Promise((resolve) => {
    const env = { ...process.env, ANSOR_VSIX: vsix, ANSOR_E2E_FILES: files.join(',') };
    const child = spawn(process.execPath, ['--test', '--test-reporter=spec', path.join(here, 'main.mjs')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
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
if (reason !== undefined) {
  console.log(`skipped: extension host suite and clicks in the workbench: ${reason}`);
  total.skipped += 2;
} else {
  try {
    const ran = await runTests(process.env.ANSOR_VSIX ?? packageVsix());
    for (const kind of Object.keys(total)) total[kind] += ran[kind];
  } catch (error) {
    console.log(`✖ package: ${error instanceof Error ? error.message : error}`);
    total.failed++;
  }
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
