/** The small process that starts compilers: what they get and say, their ends, the gate, and the deaths of launcher and session. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { DeviceGate } from '../../server/src/measure/gate.js';
import { ProcessLauncher, type LaunchOptions } from '../../server/src/measure/process-launcher.js';
import type { ProcessEnd } from '../../server/src/target/c/process.js';
import { testProgram } from '../harness/program.js';
import { NO_COMPILER, startNative, type Native } from './native.js';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const LIMITS = { memory: 8 * 2 ** 30, file: 2 ** 30, files: 256, processorSeconds: 60 };
/** Nobody hears of a start meanwhile. */
const block = (ms: number): void => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms); };
const SPINS = 'while :; do :; done';

interface Ground { readonly native: Native; readonly folder: string; readonly launcher: ProcessLauncher; readonly gate: DeviceGate; run(script: string, more?: Partial<LaunchOptions>): Promise<ProcessEnd> }

let native: Native | undefined;
before(async () => { native = await startNative(); });
after(() => native?.close());

function launcherTest(name: string, body: (g: Ground) => Promise<void>, program = (n: Native): string => n.program): void {
  test(name, async (t: TestContext) => {
    if (native === undefined) { t.skip(NO_COMPILER); return; }
    const known = native;
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ansor-launcher-')));
    const gate = new DeviceGate();
    const launcher = new ProcessLauncher({ program: () => Promise.resolve(program(known)), gate });
    try {
      await body({ native, folder, launcher, gate, run: (script, more) => launcher.run(['/bin/sh', '-c', script], { cwd: folder, temporary: folder, timeoutMs: 20_000, limits: LIMITS, ...more }) });
    } finally {
      await launcher.close();
      rmSync(folder, { recursive: true });
    }
  });
}

/** False for what is a zombie, too: nobody may collect a killed orphan. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 250 && lives(pid); i++) await sleep(20);
  return !lives(pid);
}

/** A section waits for the answers to all that is being started. */
const startsAreKnown = (g: Ground): Promise<void> => g.gate.timed(() => Promise.resolve());

/** What a script wrote with `echo ... > part; mv part NAME`. */
async function written(folder: string, name: string): Promise<string> {
  const file = join(folder, name);
  while (!existsSync(file)) await sleep(5);
  return readFileSync(file, 'utf8').trim();
}

const tell = (what: string, name: string): string => `echo ${what} > ${name}.part; mv ${name}.part ${name}`;

launcherTest('a program gets its arguments as they are, folder, temporary folder, a clean environment, no input and the usual signals', async (g) => {
  process.env['LD_PRELOAD_TEST'] = 'x';
  const odd = ['$(echo no)', '"; echo no; "', "it's", '-n', '*', 'a b\nc', '', 'größer'];
  const script = 'process.stdin.on("data", () => {}).on("end", () => console.log(JSON.stringify([process.argv.slice(1), process.cwd(), process.env.TMPDIR, process.env.LC_ALL, process.env.LD_PRELOAD_TEST ?? null])))';
  // No limit of its address space: JavaScript engines reserve a lot.
  const end = await g.launcher.run([process.execPath, '-e', script, '--', ...odd], { cwd: g.folder, temporary: g.folder, timeoutMs: 20_000, limits: { ...LIMITS, memory: 2 ** 46 } });
  delete process.env['LD_PRELOAD_TEST'];
  assert.equal(end.code, 0, end.stderr);
  assert.deepEqual(JSON.parse(end.stdout), [odd, g.folder, g.folder, 'C', null]);
  for (const signal of ['TERM', 'INT', 'HUP', 'PIPE']) assert.deepEqual((await g.run(`kill -${signal} $$; sleep 60`)).signal, `SIG${signal}`);
});

launcherTest('exit codes and both outputs, many at a time', async (g) => {
  const ends = await Promise.all(Array.from({ length: 40 }, (_, i) => g.run(`echo out ${i}; echo err ${i} >&2; exit ${i}`)));
  assert.deepEqual(ends, ends.map((_, i) => ({ code: i, stdout: `out ${i}\n`, stderr: `err ${i}\n`, timedOut: false, signal: undefined, failure: undefined })));
});

launcherTest('flooded output is bounded', async (g) => {
  const end = await g.run('head -c 50000000 /dev/zero; head -c 50000000 /dev/zero >&2');
  assert.deepEqual([end.code, end.stdout.length, end.stderr.length], [0, 1 << 20, 1 << 20]);
});

launcherTest('what cannot be started says why', async (g) => {
  const options = { cwd: g.folder, timeoutMs: 5000, limits: LIMITS };
  assert.match((await g.launcher.run(['/no/such/compiler'], options)).failure ?? '', /^\/no\/such\/compiler: No such file/);
  assert.match((await g.run('exit 0', { cwd: join(g.folder, 'none') })).failure ?? '', /^its folder: No such file/);
  assert.match((await g.launcher.run([], options)).failure ?? '', /bad start request/);
  assert.match((await g.launcher.run(['/bin/echo', 'a\0b'], options)).failure ?? '', /bad start request/);
  assert.equal((await g.run('exit 3')).code, 3);
});

launcherTest('limits hold for it and for what it starts', async (g) => {
  const end = await g.run('/bin/sh -c "ulimit -f; ulimit -n; ulimit -t"', { limits: { ...LIMITS, file: 512 * 100, files: 33, processorSeconds: 7 } });
  const [blocks, ...rest] = end.stdout.trim().split('\n').map(Number);
  assert.ok(blocks === 100 || blocks === 50, `${blocks} blocks of 512 or 1024 bytes`);
  assert.deepEqual(rest, [33, 7]);
  assert.equal((await g.run(SPINS, { limits: { ...LIMITS, processorSeconds: 1 } })).code, undefined);
});

launcherTest('what a program leaves running ends with it; a time limit ends all of it', async (g) => {
  const left = await g.run('sleep 60 & echo $!');
  assert.deepEqual([left.code, await gone(Number(left.stdout))], [0, true]);
  const slow = await g.run('sleep 60 & echo $!; wait', { timeoutMs: 300 });
  assert.deepEqual([slow.timedOut, slow.code, await gone(Number(slow.stdout))], [true, undefined, true]);
});

launcherTest('a launcher that is killed: what it ran has ended by a signal, with all of it, and the next program runs', async (g) => {
  const running = g.run(`sleep 60 & ${tell('$! $PPID', 'pids')}; wait`);
  const [child, launcher] = (await written(g.folder, 'pids')).split(' ').map(Number);
  await startsAreKnown(g);
  process.kill(launcher ?? 0, 'SIGKILL');
  assert.deepEqual(await running, { code: undefined, stdout: '', stderr: '', timedOut: false, signal: 'SIGKILL', failure: undefined });
  assert.ok(await gone(child ?? 0));
  const next = await g.run('echo $PPID');
  assert.deepEqual([next.code, Number(next.stdout) === launcher], [0, false]);
});

launcherTest('closing ends what runs, and nothing starts any more', async (g) => {
  const running = g.run(`sleep 60 & ${tell('$!', 'pid')}; wait`);
  const child = Number(await written(g.folder, 'pid'));
  await startsAreKnown(g);
  await g.launcher.close();
  assert.equal((await running).signal, 'SIGKILL');
  assert.ok(await gone(child));
  assert.match((await g.run('exit 0')).failure ?? '', /over/);
});

for (const program of ['/no/such/runner', '/bin/false', '/bin/cat']) {
  launcherTest(`no launcher to be had (${program}): programs run all the same, and sections wait for their end`, async (g) => {
    const running = g.run(`${tell('', 'begun')}; sleep 0.2; ${tell('', 'ended')}; exit 5`);
    await written(g.folder, 'begun');
    assert.ok(await g.gate.timed(() => Promise.resolve(existsSync(join(g.folder, 'ended')))));
    assert.equal((await running).code, 5);
  }, () => program);
}

launcherTest('a program is paused during sections: it gets no processor time', async (g) => {
  const script = 'const start = Date.now(); let worst = 0, last = start; while (Date.now() - start < 700) { const now = Date.now(); worst = Math.max(worst, now - last); last = now; } console.log(worst);';
  const ended = g.launcher.run([process.execPath, '-e', script], { cwd: g.folder, timeoutMs: 10_000, limits: { ...LIMITS, memory: 2 ** 46 } });
  await sleep(300);
  await g.gate.timed(() => sleep(250));
  const end = await ended;
  assert.equal(end.code, 0, end.stderr);
  assert.ok(Number(end.stdout) >= 200, `the longest pause was ${end.stdout.trim()} ms`);
  assert.ok(g.gate.report().lostSeconds >= 0.2);
});

launcherTest('a program is not started during a section; one that is just being started is paused by it', async (g) => {
  let during: Promise<ProcessEnd> | undefined;
  await g.gate.timed(async () => {
    during = g.run(tell('', 'during'));
    await sleep(2);
    block(100);
    assert.ok(!existsSync(join(g.folder, 'during')));
  });
  assert.equal((await during)?.code, 0);
  // Whenever a section begins after the request, not a line is written while it is timed.
  for (let i = 0; i < 20; i++) {
    const running = g.run(`i=0; while [ $i -lt 400 ]; do echo $i >> lines${i}; i=$((i + 1)); done`);
    await sleep(i / 4);
    const lines = (): number => (existsSync(join(g.folder, `lines${i}`)) ? readFileSync(join(g.folder, `lines${i}`)).length : 0);
    const [from, to] = await g.gate.timed(async () => {
      await sleep(1); // a signal may need a moment to reach another core
      const first = lines();
      block(10);
      return [first, lines()];
    });
    assert.equal(to, from, `round ${i}`);
    assert.equal((await running).code, 0);
  }
});

launcherTest('paused or not, programs end when the session is killed', async (g) => {
  const program = testProgram('measure/programs/launching');
  const script = `sleep 60 & ${tell('$! $PPID', 'pids')}; wait`;
  for (const paused of [false, true]) {
    rmSync(join(g.folder, 'pids'), { force: true });
    const session = spawn(process.execPath, [...program.options, program.file, g.native.program, g.folder, script, JSON.stringify(LIMITS)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const pids = (await written(g.folder, 'pids')).split(' ').map(Number);
    if (paused) {
      session.stdin.write('pause\n');
      await new Promise((resolve) => session.stdout.once('data', resolve));
    }
    session.kill('SIGKILL');
    for (const pid of pids) assert.ok(await gone(pid), `paused: ${paused}`);
  }
});

launcherTest('a launcher that is fed garbage ends', async (g) => {
  for (const bytes of ['garbage that is no frame of this protocol', 'x', '']) {
    const child = spawn(g.native.program, ['--launch'], { stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin.on('error', () => undefined);
    child.stdin.end(bytes);
    assert.equal(await new Promise((resolve) => child.on('exit', resolve)), 0);
  }
});
