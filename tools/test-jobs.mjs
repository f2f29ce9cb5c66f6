/** Unit tests as processes: which files share one, and in which order they start, so that all places are busy to the end. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleOf } from './build-tests.mjs';

/** Pages in a browser, downloads, sessions that are killed, paused, made to wait: little of their time is work. */
const WAITING = ['chaos/chaos', 'cli/cancel', 'cli/clock', 'cli/control', 'client/dashboard.page', 'client/loop-tree.page', 'client/schedule-diff.page', 'measure/process', 'session/host-session', 'session/log-file', 'session/orphans', 'session/real-networks'];
/** Rooms whose short files share a process, across rooms: what they load takes longer than they do. */
const SHARING = ['base', 'bounds', 'client', 'cost-model', 'dag', 'desk', 'features', 'hardware', 'ide', 'ir', 'lang', 'lower', 'model', 'protocol', 'records', 'schedule', 'search', 'session', 'sketch', 'target'];
/** Has a `before` of the whole file, which node runs without waiting once another file's tests have begun. */
const ALONE = ['session/hard-inputs'];
/** Seconds of files that take long: they say what starts first and what shares a process. Their order counts; `node tools/test.mjs --times` writes them anew. */
const TIMES = fileURLToPath(new URL('test-seconds.json', import.meta.url));
const LONG = 3;
/** Seconds of a file that may share a process, and of those that do. */
const SHORT = 11;
const TOGETHER = 20;

/** `test/room/x.test.ts`: `room/x`. */
const nameOf = (file) => file.split(path.sep).slice(1).join('/').replace(/(\.deep)?\.test\.ts$/, '');

/** Jobs (`files` of one process, relative to the root), longest first; `waits`: mostly for other processes. */
export function jobsOf(files, deep) {
  const known = JSON.parse(readFileSync(TIMES, 'utf8'));
  const jobs = [];
  let open;
  for (const file of files) {
    const name = nameOf(file);
    const seconds = known[name] ?? 1;
    const waits = !deep && WAITING.includes(name);
    if (deep || waits || seconds > SHORT || ALONE.includes(name) || !SHARING.includes(name.split('/')[0])) jobs.push({ files: [file], seconds, waits });
    else if (open !== undefined && open.seconds + seconds <= TOGETHER) {
      open.files.push(file);
      open.seconds += seconds;
    } else jobs.push(open = { files: [file], seconds, waits: false });
  }
  return jobs.sort((a, b) => b.seconds - a.seconds);
}

/** Keeps what the jobs' files took; those that shared a process share its time as it was known. */
export function keepTimes(ended) {
  const known = JSON.parse(readFileSync(TIMES, 'utf8'));
  const took = ended.flatMap(({ job, seconds }) => job.files.map(nameOf).map((name) => [name, Math.round(seconds * (known[name] ?? 1) / job.seconds)]));
  writeFileSync(TIMES, `${JSON.stringify(Object.fromEntries(took.filter(([, seconds]) => seconds >= LONG).sort(([a], [b]) => (a < b ? -1 : 1))), undefined, 2)}\n`);
}

/** Runs one job; its report comes when it is over. One that takes longer than `limitMs` is ended and has failed. */
function runJob(root, job, env, limitMs) {
  return new Promise((resolve) => {
    const begun = performance.now();
    const child = spawn(process.execPath, ['--enable-source-maps', '--test-reporter=spec', 'tools/test-files.mjs', ...job.files.map(bundleOf)], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let out = '';
    let late = false;
    const take = (d) => { out += d; };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limitMs);
    child.on('error', (e) => { out += String(e); });
    child.on('close', (code) => {
      clearTimeout(timer);
      const seconds = (performance.now() - begun) / 1000;
      resolve({ job, code: code ?? 1, out: late ? `${out}\n✖ took longer than ${limitMs / 1000} s\n` : out, seconds });
    });
  });
}

/** Runs jobs on `places` places and those that wait on one more; whoever has no more of its own takes the others'. `done` gets each one's end. */
export async function runJobs(root, jobs, { places, env, limitMs, done }) {
  const [computes, waits] = [jobs.filter((job) => !job.waits), jobs.filter((job) => job.waits)];
  const place = async (own, others) => {
    for (let job = own.shift() ?? others.shift(); job !== undefined; job = own.shift() ?? others.shift()) done(await runJob(root, job, env, limitMs));
  };
  await Promise.all([...Array.from({ length: places }, () => place(computes, waits)), place(waits, computes)]);
}
