// `npm test` and `npm run test:deep`: every check in order, one summary. `node tools/test.mjs [--deep] [--times] [room ...]` (rooms: only their unit tests; `--times`: keeps how long files took).
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { ensureNpmPackages, ensurePrograms } from './packages.mjs';
import { BUNDLES, buildTests, compileRunner } from './build-tests.mjs';
import { jobsOf, keepTimes, runJobs } from './test-jobs.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const deep = process.argv.includes('--deep');
const rooms = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
/** What failed and why, told once more at the end: whoever keeps only the last page of the output has it. */
const failures = [];
/** What runs beside something else (`quiet`) is printed at its end. */
function sh(command, args, { env = {}, quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', quiet ? 'pipe' : 'inherit'], env: { ...process.env, ...env } });
    let out = '';
    let said = '';
    child.stdout.on('data', (d) => {
      out += d;
      said += d;
      if (!quiet) process.stdout.write(d);
    });
    child.stderr?.on('data', (d) => { said += d; });
    child.on('error', (e) => resolve({ code: 127, out: String(e) }));
    child.on('close', (code) => {
      if (quiet) process.stdout.write(said);
      resolve({ code: code ?? 1, out });
    });
  });
}

async function phase(name, run) {
  const t0 = Date.now();
  console.log(`\n=== ${name}`);
  const r = await run();
  for (const k of Object.keys(total)) total[k] += r[k] ?? 0;
  lines.push(`${name}: ${r.passed ?? 0} passed, ${r.failed ?? 0} failed, ${r.skipped ?? 0} skipped (${((Date.now() - t0) / 1000).toFixed(0)} s)`);
}

const check = (command, args) => async () => ((await sh(command, args, { quiet: true })).code === 0 ? { passed: 1 } : { failed: 1 });
const bin = (name) => path.join(root, 'node_modules/.bin', name);

/** Counts of node's test runner. */
function counts({ code, out }) {
  const n = (what) => Number(new RegExp(`^\\S* ?${what} (\\d+)$`, 'm').exec(out)?.[1] ?? 0);
  const r = { passed: n('pass'), failed: n('fail') + n('cancelled'), skipped: n('skipped') + n('todo') };
  if (code !== 0 && r.failed === 0) r.failed = 1;
  if (r.passed + r.failed + r.skipped === 0) r.failed = 1;
  return r;
}

function testFiles(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => {
    const p = path.join(dir, e.name);
    if (e.isDirectory()) return ['fixtures', 'golden', 'e2e', 'node_modules', '.tmp'].includes(e.name) ? [] : testFiles(p);
    if (!e.name.endsWith('.test.ts')) return [];
    return e.name.endsWith('.deep.test.ts') === deep ? [p] : [];
  });
}

/** What node's test runner, or a program that ended badly, said last of what failed. */
function reasons(out) {
  const told = out.split(/^\S* ?failing tests:$/m)[1] ?? out;
  return told.trim().split('\n').slice(...(told === out ? [-30] : [0, 60])).map((line) => line.slice(0, 1000)).join('\n');
}

/** The plain closing line of our own runners: `N passed, N failed, N skipped`. */
function closing({ code, out }) {
  const m = [...out.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].pop();
  const r = { passed: Number(m?.[1] ?? 0), failed: Number(m?.[2] ?? 1), skipped: Number(m?.[3] ?? 0) };
  if (code !== 0 && r.failed === 0) r.failed = 1;
  return r;
}

if (!ensureNpmPackages(root)) {
  console.error('npm packages could not be installed: is the registry reachable?');
  process.exit(1);
}
const missing = ensurePrograms();
for (const m of missing) console.log(`missing: ${m.program} (Debian package ${m.package}); what needs it counts as skipped: ${m.needs}`);

const e2e = path.join(root, 'test/e2e/run.mjs');
const endToEnd = rooms.length === 0 && !deep && existsSync(e2e);
// Fetching and unpacking a workbench leaves processors idle: other checks go on meanwhile. What goes wrong is told by the tests that need it.
const workbench = endToEnd && process.platform === 'linux' && !missing.some((m) => m.program === 'chromium') ? sh(process.execPath, ['test/harness/install-workbench.mjs'], { quiet: true }) : undefined;

const bundle = () => phase('bundle', check(process.execPath, ['tools/build.mjs']));
if (rooms.length === 0 && !deep) {
  // Each keeps one processor busy; linting takes the types from the sources.
  const types = phase('types', check(bin('tsc'), ['-b', '--pretty', 'false']));
  await phase('lint', check(bin('eslint'), ['--max-warnings', '0', '.']));
  await phase('dependency rules', check(bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'server', 'client', 'test']));
  await bundle();
  await types;
} else await bundle();
const files = (rooms.length > 0 ? rooms.flatMap((r) => testFiles(path.join(root, 'test', r))) : testFiles(path.join(root, 'test'))).map((f) => path.relative(root, f));

if (files.length > 0) {
  // esbuild says what is wrong.
  await phase('bundles of tests', () => buildTests(root, files).then(() => ({ passed: 1 }), () => ({ failed: 1 })));
  const runners = await compileRunner(root);
  const env = { ANSOR_BUILT: path.join(root, 'dist'), ANSOR_TESTS: path.join(root, BUNDLES), ...(runners !== undefined && { ANSOR_RUNNERS: runners }) };
  await phase(deep ? 'deep tests' : 'tests', async () => {
    const sum = { passed: 0, failed: 0, skipped: 0 };
    const ends = [];
    const ended = [];
    const done = ({ job, code, out, seconds }) => {
      ended.push({ job, seconds });
      const names = job.files.map((f) => f.replace(/^test./, '')).join(' ');
      console.log(`\n--- ${names} (${seconds.toFixed(1)} s)\n${out}`);
      const r = counts({ code, out });
      if (r.failed > 0) {
        failures.push(`--- ${names}\n${reasons(out)}`);
        ends.push({ line: `failed: ${names}`, seconds: Infinity });
      } else ends.push({ line: `${seconds.toFixed(0)} s ${names}`, seconds });
      for (const k of Object.keys(sum)) sum[k] += r[k];
    };
    await runJobs(root, jobsOf(files, deep), { places: 2, env, limitMs: deep ? 1_500_000 : 600_000, done });
    console.log(`longest:\n${ends.sort((a, b) => b.seconds - a.seconds).filter((e, i) => i < 12 || e.seconds === Infinity).map((e) => `  ${e.line}`).join('\n')}`);
    if (process.argv.includes('--times') && !deep && rooms.length === 0) keepTimes(ended);
    return sum;
  });
}
await workbench;
if (endToEnd) await phase('end to end', async () => closing(await sh(process.execPath, [e2e], { env: { ANSOR_BUILT: path.join(root, 'dist') } })));

if (failures.length > 0) console.log(`\n=== what failed\n${failures.join('\n')}`);
console.log(`\n${lines.join('\n')}\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
