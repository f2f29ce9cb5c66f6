// The end-to-end tests: `node test/e2e/run.mjs [languages.test.mjs ...]`. What cannot run here is named and counts as skipped.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
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

/**
 * Where there are more than two cores (on two the lanes only get into each other's way) files run in two lanes, each with a server and a browser of its own, which nothing but the package is shared with.
 * The seconds that files take when nothing else runs only balance the lanes.
 */
const SECONDS = { 'dashboard.test.mjs': 60, 'languages.test.mjs': 22, 'extension-host.test.mjs': 10, 'multi-root.test.mjs': 25, 'pages.test.mjs': 30, 'setup.test.mjs': 75, 'ui.test.mjs': 45, 'web.test.mjs': 20 };
const LANES = availableParallelism() > 2 ? 2 : 1;

/** Longest first, each into the lane that has least to do. */
function lanes() {
  const seconds = (file) => SECONDS[file] ?? 30;
  const all = Array.from({ length: Math.min(LANES, files.length) }, () => ({ files: [], seconds: 0 }));
  for (const file of [...files].sort((a, b) => seconds(b) - seconds(a))) {
    const lane = all.reduce((least, one) => (one.seconds < least.seconds ? one : least));
    lane.files.push(file);
    lane.seconds += seconds(file);
  }
  return all.map((lane) => lane.files);
}

/** Runs some files and answers with their counts and the report, each part of which `show` gets as it comes. */
function runTests(vsix, some, show) {
  return new Promise((resolve) => {
    const env = { ...process.env, ANSOR_VSIX: vsix, ANSOR_E2E_FILES: some.join(',') };
    const child = spawn(process.execPath, ['--test', '--test-reporter=spec', path.join(here, 'main.mjs')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (d) => {
      out += d;
      show(d);
    });
    child.on('close', (code) => {
      const count = (what) => Number(new RegExp(`^\\S* ?${what} (\\d+)$`, 'm').exec(out)?.[1] ?? 0);
      const failed = count('fail') + count('cancelled');
      resolve({ report: out, passed: count('pass'), failed: code !== 0 && failed === 0 ? 1 : failed, skipped: count('skipped') });
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
    const vsix = process.env.ANSOR_VSIX ?? packageVsix();
    // One lane is seen while it runs, the other's report follows it.
    const [first, ...others] = lanes().map((some, lane) => runTests(vsix, some, lane === 0 ? (part) => process.stdout.write(part) : () => undefined));
    const ran = [await first, ...await Promise.all(others)];
    for (const { report } of ran.slice(1)) process.stdout.write(report);
    for (const one of ran) for (const kind of Object.keys(total)) total[kind] += one[kind];
  } catch (error) {
    console.log(`✖ package: ${error instanceof Error ? error.message : error}`);
    total.failed++;
  }
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);
