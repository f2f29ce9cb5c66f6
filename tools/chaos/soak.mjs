// A long session whose runner is killed again and again, beside an undisturbed one on the same input: the first loses nothing, and its best
// is as good. `node tools/chaos/soak.mjs [--minutes=60] [--every=20] [--into=FOLDER]`; prints one JSON line at the end.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const option = (name, otherwise) => process.argv.find((a) => a.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise;
const minutes = Number(option('minutes', '60'));
const every = Number(option('every', '20'));
const program = option('program', path.join(ROOT, 'dist/ansor.cjs'));
const given = option('into', '');
const folder = given === '' ? mkdtempSync(path.join(tmpdir(), 'ansor-soak-')) : path.resolve(given);
const TURNS = 5;

mkdirSync(folder, { recursive: true });
const env = { ...process.env, ANSOR_CACHE_DIR: path.join(folder, 'cache'), ANSOR_SESSION_DIR: path.join(folder, 'sessions') };
writeFileSync(path.join(folder, 'mm.tc'), 'def mm(float(256, 256) A, const float(256, 256) B, float(256) bias) -> (D) {\n  C(i, j) +=! A(i, k) * B(k, j)\n  D(i, j) = fmax(C(i, j) + bias(j), 0)\n}\n');

/** A session; counts its events. */
function session(log) {
  const counted = { trials: 0, errors: {}, warnings: [], done: undefined, err: '' };
  const child = spawn(process.execPath, [program, 'tune', 'mm.tc', '--target', 'c', '--threads', '1', '--trials', '100000', '--time-limit', String(minutes * 60), '--log', log, '--json'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let rest = '';
  child.stdout.on('data', (d) => {
    const lines = (rest + d).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line);
      if (event.event === 'trial') counted.trials++;
      if (event.event === 'trial' && event.error) counted.errors[event.error.number] = (counted.errors[event.error.number] ?? 0) + 1;
      if (event.event === 'warning') counted.warnings.push(event.message);
      if (event.event === 'done') counted.done = event;
    }
  });
  child.stderr.on('data', (d) => { counted.err = (counted.err + d).slice(-4000); });
  const end = new Promise((resolve) => { child.on('close', (status, signal) => resolve({ status, signal })); });
  return { child, counted, end };
}

/** Runners of a session: its children that are not compilers. */
function runnersOf(pid) {
  return readdirSync('/proc').filter((n) => /^\d+$/.test(n)).flatMap((n) => {
    try {
      const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${n}/stat`, 'latin1'))?.[1]);
      return parent === pid && /runner/.test(readlinkSync(`/proc/${n}/exe`)) ? [Number(n)] : [];
    } catch {
      return [];
    }
  });
}

const disturbed = session('disturbed.json');
const calm = session('calm.json');
let kills = 0;
let moments = 0;
const killer = setInterval(() => {
  moments++;
  for (const pid of runnersOf(disturbed.child.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
      kills++;
    } catch {
      // Ended by itself.
    }
  }
}, every * 1000);
const ends = await Promise.all([disturbed.end, calm.end]);
clearInterval(killer);

/** Records of a log: whole, none twice. */
function logOf(name) {
  const lines = readFileSync(path.join(folder, name), 'utf8').split('\n');
  const torn = lines.pop() !== '';
  const records = lines.filter((l) => !l.startsWith('#')).map((l) => JSON.parse(l));
  return { torn, records: records.length, distinct: new Set(records.map((r) => JSON.stringify(r.i[1]))).size };
}

/** Milliseconds of a log's best program (`ours`), in turn with the default rules' (`default`, the same program whatever the log) in a process of their own. */
function bestOf(log) {
  const ran = spawnSync(process.execPath, [program, 'bench', 'mm.tc', '--target', 'c', '--threads', '1', '--log', log, '--calls', '200', '--json'], { cwd: folder, env, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`bench: ${ran.stderr}`);
  return JSON.parse(ran.stdout).latencyMs;
}
const measured = { disturbed: [], calm: [] };
for (let i = 0; i < TURNS; i++) {
  for (const name of ['disturbed', 'calm']) measured[name].push(bestOf(`${name}.json`));
}
console.log(JSON.stringify({
  minutes, every, moments, kills, ends,
  disturbed: { trials: disturbed.counted.trials, errors: disturbed.counted.errors, warnings: disturbed.counted.warnings.slice(0, 5), best: disturbed.counted.done?.tasks, log: logOf('disturbed.json'), err: disturbed.counted.err },
  calm: { trials: calm.counted.trials, errors: calm.counted.errors, warnings: calm.counted.warnings.slice(0, 5), best: calm.counted.done?.tasks, log: logOf('calm.json'), err: calm.counted.err },
  measured,
}));
if (given === '') rmSync(folder, { recursive: true, force: true });
