/** Programs that we start: a clean environment, an end with us, nothing left of them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cleanEnvironment } from '../../server/src/target/clean-environment.js';
import { runProcess } from '../../server/src/target/c/process.js';
import { testProgram } from '../harness/program.js';

const posix = process.platform === 'win32' ? 'POSIX only' : false;

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 100 && lives(pid); i++) await new Promise((r) => setTimeout(r, 20));
  return !lives(pid);
}

test('the environment of compilers and runners has nothing that makes them load or read something else', () => {
  const bad = ['LD_PRELOAD', 'LD_LIBRARY_PATH', 'LD_AUDIT', 'DYLD_INSERT_LIBRARIES', 'NODE_OPTIONS', 'CPATH', 'C_INCLUDE_PATH', 'LIBRARY_PATH', 'GCC_EXEC_PREFIX', 'COMPILER_PATH', 'DEPENDENCIES_OUTPUT', 'SUNPRO_DEPENDENCIES', 'CCC_OVERRIDE_OPTIONS', 'BASH_ENV', 'ENV', 'IFS', 'LC_MESSAGES'];
  const clean = cleanEnvironment({ PATH: '/bin', HOME: '/h', ...Object.fromEntries(bad.map((n) => [n, 'x'])) });
  assert.deepEqual(Object.keys(clean).sort(), ['HOME', 'LC_ALL', 'PATH']);
});

test('a program sees that environment, its arguments as they are, and no input', { skip: posix }, async () => {
  process.env['LD_PRELOAD_TEST'] = 'x';
  const odd = ['$(echo no)', '`echo no`', '"; echo no; "', "it's", '-n', '*', 'a b\nc', ''];
  for (const endWithParent of [false, true]) {
    const end = await runProcess([process.execPath, '-e', 'process.stdin.on("data", () => {}).on("end", () => console.log(JSON.stringify([process.argv.slice(1), process.env.LD_PRELOAD_TEST ?? null])))', '--', ...odd], { timeoutMs: 20_000, endWithParent });
    assert.equal(end.code, 0, end.stderr);
    assert.deepEqual(JSON.parse(end.stdout), [odd, null]);
  }
  delete process.env['LD_PRELOAD_TEST'];
  assert.equal((await runProcess(['/bin/sh', '-c', 'exit 7'], { timeoutMs: 5000, endWithParent: true })).code, 7);
});

test('what a program leaves running ends with it; a time limit ends all of it', { skip: posix }, async () => {
  const left = await runProcess(['/bin/sh', '-c', 'sleep 60 >/dev/null 2>&1 & echo $!'], { timeoutMs: 5000 });
  assert.ok(await gone(Number(left.stdout)));
  const slow = await runProcess(['/bin/sh', '-c', 'sleep 60 & echo $!; wait'], { timeoutMs: 300, endWithParent: true });
  assert.equal(slow.timedOut, true);
  assert.ok(await gone(Number(slow.stdout)));
});

test('flooded output is bounded', { skip: posix }, async () => {
  const end = await runProcess(['/bin/sh', '-c', 'head -c 50000000 /dev/zero; head -c 50000000 /dev/zero >&2'], { timeoutMs: 30_000 });
  assert.ok(end.stdout.length <= 2 << 20 && end.stderr.length <= 2 << 20, `${end.stdout.length} ${end.stderr.length}`);
});

test('a program ends when we are killed', { skip: posix }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ansor-process-'));
  t.after(() => { rmSync(folder, { recursive: true }); });
  const program = testProgram('measure/programs/sleeping-group');
  const us = spawn(process.execPath, [...program.options, program.file, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  const file = join(folder, 'group');
  while (!existsSync(file)) await new Promise((r) => setTimeout(r, 20));
  const group = Number(readFileSync(file, 'utf8'));
  assert.ok(lives(-group));
  us.kill('SIGKILL');
  assert.ok(await gone(-group));
});
