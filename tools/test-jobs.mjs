/** Unit tests as processes: which files share one, and in which order they start, so that all places are busy to the end. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { bundleOf } from './build-tests.mjs';

/** Pages in a browser, downloads, sessions that are killed, paused, made to wait: little of their time is work. */
const WAITING = ['chaos/chaos', 'cli/cancel', 'cli/clock', 'cli/control', 'client/dashboard.page', 'client/loop-tree.page', 'client/schedule-diff.page', 'measure/process', 'session/host-session', 'session/log-file', 'session/orphans', 'session/real-networks'];
/** Rooms whose short files share a process, across rooms: what they load takes longer than they do. */
const SHARING = ['base', 'bounds', 'client', 'cost-model', 'dag', 'desk', 'features', 'hardware', 'ide', 'ir', 'lang', 'lower', 'model', 'protocol', 'records', 'schedule', 'search', 'session', 'sketch', 'target'];
/** Has a `before` of the whole file, which node runs without waiting once another file's tests have begun. */
const ALONE = ['session/hard-inputs'];
/** Seconds of files that take long: they say what starts first and what shares a process. */
const SECONDS = {
  'chaos/chaos': 120, 'cli/build': 23, 'cli/cancel': 28, 'cli/check-run': 12, 'cli/clock': 13, 'cli/control': 20, 'cli/faults': 58, 'cli/keys': 16, 'cli/log-commands': 8, 'cli/remeasure': 33, 'cli/resume': 70, 'cli/reuse': 42,
  'cli/serve': 8, 'cli/shapes': 48, 'cli/siblings': 40, 'client/dashboard.page': 90, 'client/loop-tree.page': 32, 'client/schedule-diff.page': 55, 'features/numeric': 10, 'fuzz/fuzz': 11, 'lower/semantics': 7, 'lsp/server': 51,
  'measure/runner': 10, 'measure/wasm/runner': 14, 'model/called-loops': 12, 'model/conv-transpose': 7, 'model/networks': 6, 'model/onnx-backend': 48, 'model/operators': 9, 'model/procedures': 9, 'model/run-time-extents': 17,
  'records/resolve': 11, 'search/policy': 5, 'security/hostile': 10, 'session/hard-inputs': 7, 'session/host-session': 28, 'session/in-network': 16, 'session/network': 29, 'session/real-networks': 55, 'session/tune/islands': 12, 'session/tune/learner': 13,
  'sketch/annotate': 6, 'sketch/default-schedule': 5, 'target/c': 45, 'target/network': 7, 'target/oracle-programs': 15, 'target/wasm': 21,
};
/** Seconds of a file that may share a process, and of those that do. */
const SHORT = 11;
const TOGETHER = 20;

/** `test/room/x.test.ts`: `room/x`. */
const nameOf = (file) => file.split(path.sep).slice(1).join('/').replace(/(\.deep)?\.test\.ts$/, '');

/** Jobs (`files` of one process, relative to the root), longest first; `waits`: mostly for other processes. */
export function jobsOf(files, deep) {
  const jobs = [];
  let open;
  for (const file of files) {
    const name = nameOf(file);
    const seconds = SECONDS[name] ?? 1;
    const waits = !deep && WAITING.includes(name);
    if (deep || waits || seconds > SHORT || ALONE.includes(name) || !SHARING.includes(name.split('/')[0])) jobs.push({ files: [file], seconds, waits });
    else if (open !== undefined && open.seconds + seconds <= TOGETHER) {
      open.files.push(file);
      open.seconds += seconds;
    } else jobs.push(open = { files: [file], seconds, waits: false });
  }
  return jobs.sort((a, b) => b.seconds - a.seconds);
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

/** Runs jobs on `places` places and those that wait on one more. `done` gets each one's end. */
export async function runJobs(root, jobs, { places, env, limitMs, done }) {
  const place = async (queue) => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) done(await runJob(root, job, env, limitMs));
  };
  const computes = jobs.filter((job) => !job.waits);
  await Promise.all([...Array.from({ length: places }, () => place(computes)), place(jobs.filter((job) => job.waits))]);
}
