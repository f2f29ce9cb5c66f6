/** What goes wrong around the program: one clear line each, status 1 or 2, nothing half-written. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { modelFile } from '../model/fixture-model.js';
import { onnxFile } from '../model/onnx-builder.js';
import { ansor, events, folder, MATMUL, noCompiler, onPath, place, placeWith, PROGRAM, recordsOf, start, tinyNet, until, type Ran, type Start } from './ansor.js';

/** The folder holds what it held. */
async function leavesNothing(cwd: string, work: () => Promise<unknown>): Promise<void> {
  const files = (): string[] => readdirSync(cwd, { recursive: true }).map(String).sort();
  const before = files();
  await work();
  assert.deepEqual(files(), before);
}

/** One line for people, that names the place and says what is wrong. */
async function fails(args: readonly string[], options: Start, status: 1 | 2, message: RegExp): Promise<void> {
  const ran = await ansor(args, options);
  const said = `${args.join(' ')}: ${ran.err}`;
  assert.deepEqual([ran.status, ran.out], [status, ''], said);
  assert.match(ran.err, message, said);
  assert.doesNotMatch(ran.err, /^\s+at |\.ts:\d|unexpected:/m, said);
  const lines = ran.err.trimEnd().split('\n').filter((l) => l !== '(--help lists the options)');
  assert.equal(lines.length, 1, said);
}

test('wrong use: status 2', async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL, 'x.txt': 'x' });
  const cases: [string[], RegExp][] = [
    [['tune', 'mm.tc', '--bogus'], /unknown option '--bogus'/], [['bogus'], /unknown command 'bogus'/], [['tune'], /missing required argument 'input'/],
    [['tune', 'mm.tc', '--trials', '-3'], /--trials.*whole number/], [['tune', 'mm.tc', '--trials', '3', '--more', '3'], /cannot be used with/],
    [['tune', 'mm.tc', '-O9'], /choices are 0, 1, 2, 3|Allowed choices/i], [['tune', 'mm.tc', '-O1'], /pretrained/], [['tune', 'x.txt'], /x\.txt: .*neither an \.onnx model nor a \.tc file/],
    [['tune', 'mm.tc', '--target', 'nonsense'], /not a target.*Give c, wasm/], [['tune', 'mm.tc', '--target', 'cuda -arch=sm_80'], /cannot be measured here/],
    [['tune', 'mm.tc', '--target', 'llvm -mcpu=$(id)'], /not a target/], [['bench', 'mm.tc', '--compare', 'onnxruntime'], /mm\.tc: .*leave out --compare/], [['dag', 'mm.tc', '--task', '7'], /no task 7/],
    [['sketches', 'mm.tc', '--target', '?'], /not a target/], [['build', 'mm.tc'], /--output/],
  ];
  await leavesNothing(cwd, () => Promise.all(cases.map(([args, message]) => fails(args, { cwd }, 2, message))));
});

test('models that are not there, cut off, something else, not supported', async () => {
  const net = tinyNet();
  const cut = Object.fromEntries([0, 1, 7, 100, net.length >> 1, net.length - 1].map((n) => [`cut${n}.onnx`, net.subarray(0, n)]));
  const odd = onnxFile({ inputs: { x: [1, 4] }, outputs: ['y'], nodes: [{ op: 'NonMaxSuppression', inputs: ['x', 'x'], outputs: ['y'] }] });
  const cwd = placeWith({ ...cut, 'odd.onnx': odd, 'text.onnx': 'hello', 'syntax.tc': 'def f(float(4) A) -> (B) {\n  B(i) = A(i +\n}\n', 'empty.tc': '# nothing\n', 'far.onnx': modelFile('resnet18.onnx') });
  mkdirSync(path.join(cwd, 'folder.tc'));
  const cases: [string, RegExp][] = [
    ...Object.keys(cut).map((name): [string, RegExp] => [name, new RegExp(`^ansor: ${name}: .*(cut off|empty|no graph|not an ONNX model)`)]),
    ['odd.onnx', /^ansor: odd\.onnx: .*NonMaxSuppression/], ['text.onnx', /^ansor: text\.onnx: not an ONNX model/], ['none.onnx', /^ansor: none\.onnx: .*no such file/],
    ['syntax.tc', /^ansor: syntax\.tc:3:1: /], ['empty.tc', /^ansor: empty\.tc: .*no "def"/], ['folder.tc', /^ansor: folder\.tc: .*a folder/],
    ['far.onnx', /^ansor: far\.onnx: .*lies in resnet18\.weights, which is missing beside the model/],
  ];
  await leavesNothing(cwd, async () => {
    await Promise.all(cases.map(([name, message]) => fails(['tune', name, '--trials', '2'], { cwd }, 1, message)));
    await Promise.all(cases.slice(0, -1).map(([name, message]) => fails(['tasks', name, '--json'], { cwd }, 1, message)));
  });
});

test('no compiler: --target c says what to install, the default is wasm', async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL });
  const env = { PATH: place() };
  await leavesNothing(cwd, () => fails(['tune', 'mm.tc', '--target', 'c', '--trials', '2'], { cwd, env }, 1, /no C compiler.*Install one.*or use the target wasm/));
  await fails(['tune', 'mm.tc', '--target', 'c', '--compiler', '/no/such/cc', '--trials', '2'], { cwd, env }, 1, /"\/no\/such\/cc" is not an executable program/);
  const { status, out } = await ansor(['tune', 'mm.tc', '--threads', '2', '--trials', '4', '--json'], { cwd, env: { ...env, PATH: '' } });
  const [started] = events(out);
  assert.equal(status, 0);
  assert.ok(started?.event === 'started' && /wasm32/.test(started.target));
  assert.equal(recordsOf(path.join(cwd, 'mm.ansor.jsonl')).filter((r) => r.result.errorNo === 0).length, 4);
});

function script(name: string, text: string): string {
  const file = path.join(place(), name);
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

test('a compiler that fails', { skip: noCompiler }, async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL });
  const broken = script('cc', 'echo "cc: internal error\nsecond line" >&2; exit 1');
  await fails(['tune', 'mm.tc', '--compiler', broken, '--trials', '2'], { cwd }, 1, /does not work: cc: internal error \| second line/);
  const real = onPath('gcc') ?? onPath('clang') ?? '';
  // Works for the runner and never for a kernel.
  const picky = script('cc', `case "$*" in *kernel.c*) echo "error: no such instruction" >&2; exit 1;; esac\nexec ${real} "$@"`);
  const ran = await ansor(['tune', 'mm.tc', '--compiler', picky, '--trials', '2', '--json'], { cwd });
  assert.equal(ran.status, 1);
  assert.match(ran.err, /^ansor: task mm cannot be tuned: error: no such instruction$/m);
});

test('programs that crash are kept as they were built, for their owner only, and not without end', { skip: noCompiler || (process.platform === 'win32' ? 'no modes' : false) }, async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL });
  const real = onPath('gcc') ?? onPath('clang') ?? '';
  // All but the naive program, which has no parallel loop, crash as they are loaded.
  const bad = script('cc', `case "$*" in *kernel.c*) if grep -q _p0 kernel.c; then echo '__attribute__((constructor)) static void bad(void) { __builtin_trap(); }' >> kernel.c; fi;; esac\nexec ${real} "$@"`);
  const kept = path.join(cwd, 'log.json.d');
  mkdirSync(kept);
  for (let i = 0; i < 30; i++) writeFileSync(path.join(kept, `${String(i).padStart(16, '0')}.c`), '');
  const ran = await ansor(['tune', 'mm.tc', '--compiler', bad, '--trials', '4', '--threads', '1', '--log', 'log.json', '--json'], { cwd });
  const log = readFileSync(path.join(cwd, 'log.json'), 'utf8');
  assert.deepEqual(recordsOf(path.join(cwd, 'log.json')).map((r) => r.result.errorNo), [4, 4, 4, 4], ran.err);
  const named = [...log.matchAll(/"program":"([0-9a-f]{16}\.c)"/g)].map((m) => m[1] ?? '');
  assert.equal(named.length, 2, 'room for two more');
  for (const name of named) {
    assert.equal(statSync(path.join(kept, name)).mode & 0o777, 0o600);
    const alone = spawnSync(real, ['-O1', '-shared', '-fPIC', '-march=native', path.join(kept, name), '-o', path.join(cwd, 'alone.so')], { encoding: 'utf8' });
    assert.equal(alone.status, 0, alone.stderr);
  }
});

test('a disk that is full while programs are built: the session waits, says so, and goes on once there is space', { skip: noCompiler }, async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL });
  const real = onPath('gcc') ?? onPath('clang') ?? '';
  const full = script('cc', `case "$*" in *kernel.c*) test -e ${cwd}/room || { echo "ld: final link failed: No space left on device" >&2; exit 1; };; esac\nexec ${real} "$@"`);
  const args = ['tune', 'mm.tc', '--compiler', full, '--trials', '3', '--threads', '1', '--log', 'full.json', '--json'];
  const session = start(args, { cwd });
  await until('the message', () => (events(session.out()).some((e) => e.event === 'stalled') ? true : undefined));
  assert.deepEqual(recordsOf(path.join(cwd, 'full.json')), [], 'no candidate is blamed');
  writeFileSync(path.join(cwd, 'room'), '');
  const ran = await session.end;
  assert.equal(ran.status, 0, ran.err);
  const stalls = events(ran.out).flatMap((e) => (e.event === 'stalled' ? [e.message] : []));
  assert.match(stalls[0] ?? '', /No space left on device/);
  assert.equal(stalls.at(-1), null);
  assert.match(ran.err, /^ansor: waiting: .*No space left on device\nansor: mended, going on$/m);
  assert.deepEqual(recordsOf(path.join(cwd, 'full.json')).map((r) => r.result.errorNo), [0, 0, 0]);
  rmSync(path.join(cwd, 'room'));
  const cancelled = start([...args.slice(0, -1), '--more', '3'].filter((a, i, all) => a !== '--trials' && all[i - 1] !== '--trials'), { cwd });
  await until('the message', () => (cancelled.err().includes('waiting:') ? true : undefined));
  const asked = performance.now();
  cancelled.child.kill('SIGINT');
  assert.equal((await cancelled.end).status, 1);
  assert.ok(performance.now() - asked < 1000);
});

test('a folder that disappears with its log, and the cache: the session waits, and writes the whole log when the folder is back', async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL, 'logs/.keep': '' });
  const cache = place();
  const log = path.join(cwd, 'logs/log.json');
  const session = start(['tune', 'mm.tc', '--target', 'wasm', '--threads', '1', '--trials', '40', '--log', 'logs/log.json', '--json'], { cwd, env: { ANSOR_CACHE_DIR: cache } });
  const trials = (): number => events(session.out()).filter((e) => e.event === 'trial').length;
  await until('trials', () => (trials() >= 3 ? true : undefined));
  // All at once: a folder that is emptied file by file may get new ones meanwhile.
  const aside = [path.join(place(), 'logs'), path.join(place(), 'cache')];
  [path.join(cwd, 'logs'), cache].forEach((at, i) => renameSync(at, aside[i] ?? ''));
  for (const at of aside) rmSync(at, { recursive: true });
  await until('the message', () => (events(session.out()).some((e) => e.event === 'stalled') ? true : undefined));
  const before = trials();
  await new Promise((r) => setTimeout(r, 1000));
  assert.equal(trials(), before);
  mkdirSync(path.join(cwd, 'logs'));
  await until('more trials', () => (trials() > before + 1 ? true : undefined));
  assert.equal(recordsOf(log).length >= before + 1, true);
  rmSync(log);
  const ran = await session.end;
  assert.equal(ran.status, 0, ran.err);
  const steps = recordsOf(log).map((r) => JSON.stringify(r.steps));
  assert.deepEqual([steps.length, new Set(steps).size], [40, 40]);
  assert.ok(events(ran.out).some((e) => e.event === 'warning' && /lines of this session were written again/.test(e.message)));
  assert.ok(readFileSync(log, 'utf8').includes('# {"session"'));
});

test('logs that are something else stay as they are', async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL, 'net.onnx': tinyNet(), 'words.txt': 'some words\nwithout an end' });
  mkdirSync(path.join(cwd, 'folder'));
  const cases: [string, RegExp][] = [
    ['folder', /^ansor: folder: .*a folder, not a file/], ['words.txt', /^ansor: words\.txt: this is no tuning log, nothing was changed/], ['net.onnx', /no tuning log/], ['mm.tc', /no tuning log/],
    ['no/such/log.json', /no\/such\/log\.json: .*no such folder/],
  ];
  const bytes = ['words.txt', 'net.onnx', 'mm.tc'].map((n) => readFileSync(path.join(cwd, n)));
  await leavesNothing(cwd, () => Promise.all(cases.map(([log, message]) => fails(['tune', 'mm.tc', '--target', 'wasm', '--trials', '2', '--log', log], { cwd }, 1, message))));
  assert.deepEqual(['words.txt', 'net.onnx', 'mm.tc'].map((n) => readFileSync(path.join(cwd, n))), bytes);
});

test('a full disk: the log keeps whole lines, and the same command goes on', { skip: onPath('bash') === undefined && 'no bash' }, async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL });
  const log = path.join(cwd, 'log.json');
  const args = ['tune', 'mm.tc', '--target', 'wasm', '--threads', '1', '--trials', '12', '--log', 'log.json'];
  const ran = await ansor(args, { cwd, through: ['bash', '-c', 'ulimit -f 6; exec "$@"', 'bash'] });
  assert.equal(ran.status, 1, ran.err);
  assert.match(ran.err, /^ansor: log\.json: cannot write the log: the file may not grow further/m);
  const before = recordsOf(log);
  assert.ok(before.length > 0 && before.length < 12 && readFileSync(log, 'utf8').endsWith('}\n'), `${before.length} records`);
  assert.equal((await ansor(args, { cwd })).status, 0);
  const steps = recordsOf(log).map((r) => JSON.stringify(r.steps));
  assert.deepEqual([steps.length, new Set(steps).size], [12, 12]);
  assert.deepEqual(steps.slice(0, before.length), before.map((r) => JSON.stringify(r.steps)));
});

/** What starts a program as an ordinary user: root ignores modes. */
function ordinary(): { readonly through: readonly string[]; readonly uid: number } | string {
  if (process.getuid?.() !== 0) return { through: [], uid: process.getuid?.() ?? 0 };
  if (onPath('setpriv') === undefined) return 'as root, without setpriv';
  const through = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const probe = spawnSync('setpriv', [...through.slice(1), process.execPath, '-e', ''], { encoding: 'utf8' });
  return probe.status === 0 ? { through, uid: 65534 } : 'as root, and an ordinary user cannot start node';
}

test('folders and logs that may not be written', { skip: process.platform === 'win32' && 'no modes' }, async (t) => {
  const user = ordinary();
  if (typeof user === 'string') {
    t.skip(user);
    return;
  }
  const home = placeWith({ 'mm.tc': MATMUL, 'net.onnx': tinyNet(), 'old.json': '# {"note":1}\n', 'closed/x': '' });
  const env = { ANSOR_CACHE_DIR: path.join(home, 'cache'), ANSOR_SESSION_DIR: path.join(home, 'sessions') };
  for (const d of ['cache', 'sessions']) {
    mkdirSync(path.join(home, d));
    if (process.getuid?.() === 0) chownSync(path.join(home, d), user.uid, user.uid);
  }
  chmodSync(folder, 0o755);
  chmodSync(path.join(home, 'old.json'), 0o444);
  chmodSync(path.join(home, 'closed'), 0o555);
  chmodSync(home, 0o555);
  try {
    const options = { cwd: home, env, through: user.through };
    const tune = ['tune', 'mm.tc', '--target', 'wasm', '--trials', '2'];
    const ran = await ansor(tune, options);
    assert.deepEqual([ran.status, ran.out], [1, '']);
    assert.match(ran.err, /^ansor: \S*mm\.ansor\.jsonl: cannot write beside the log: permission denied: make it .*choose another place\n$/);
    const built = await ansor(['build', 'net.onnx', '--target', 'wasm', '-o', 'closed'], options);
    assert.deepEqual([built.status, built.out], [1, '']);
    assert.match(built.err, /^ansor: closed: cannot write the result: permission denied.*\n$/);
    chmodSync(home, 0o777);
    const closed = await ansor([...tune, '--log', 'old.json'], options);
    assert.match(closed.err, /^ansor: old\.json: cannot write the log: permission denied.*\n$/);
    const noCache = await ansor(tune, { ...options, env: { ...env, ANSOR_CACHE_DIR: path.join(home, 'closed/cache') } });
    assert.equal(noCache.status, 1);
    assert.match(noCache.err, /^ansor: cannot use the build cache .*name another with ANSOR_CACHE_DIR\.\n$/);
    assert.deepEqual(readdirSync(home).sort(), ['cache', 'closed', 'mm.tc', 'net.onnx', 'old.json', 'sessions']);
    assert.deepEqual(readdirSync(path.join(home, 'closed')), ['x']);
  } finally {
    chmodSync(home, 0o755);
    chmodSync(path.join(home, 'closed'), 0o755);
  }
});

test('damaged lines of a log spoil only themselves', async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL });
  const log = path.join(cwd, 'log.json');
  const tune = (...more: string[]): Promise<Ran> => ansor(['tune', 'mm.tc', '--target', 'wasm', '--threads', '1', '--log', 'log.json', ...more], { cwd });
  assert.equal((await tune('--trials', '4')).status, 0);
  const lines = readFileSync(log, 'utf8').split('\n');
  const last = lines.findLastIndex((l) => l.startsWith('{'));
  lines[last] = (lines[last] ?? '').replace('"SP"', '"??"');
  writeFileSync(log, ['garbage \u0000\u0001', '{"i": 3}', ...lines].join('\n'));
  appendFileSync(log, '{"i": [["[\\"46');
  const resumed = await tune('--trials', '5', '--json');
  assert.equal(resumed.status, 0, resumed.err);
  assert.equal(events(resumed.out).filter((e) => e.event === 'trial').length, 2, 'three records are left, five are asked for');
  assert.equal(recordsOf(log).length, 5);
  assert.match(readFileSync(log, 'utf8'), /^garbage/);
  truncateSync(log, 0);
  assert.equal((await tune('--trials', '1')).status, 0);
  assert.equal(recordsOf(log).length, 1);
});

test('nobody who reads: standard output closed at once', { skip: onPath('bash') === undefined && 'no bash' }, async () => {
  const cwd = placeWith({ 'net.onnx': tinyNet() });
  const ran = spawnSync('bash', ['-c', `"${process.execPath}" "${PROGRAM}" sketches net.onnx --task 0 --json | head -c 1; echo " \${PIPESTATUS[0]}"`], { cwd, encoding: 'utf8' });
  assert.deepEqual([ran.stdout, ran.stderr], ['{ 0\n', '']);
  assert.ok(existsSync(path.join(cwd, 'net.onnx')));
});
