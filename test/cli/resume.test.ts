/** Tuning that is killed, cancelled, continued, doubled: no finished trial is lost, none is measured twice, no process stays behind. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { DoneEvent } from '../../server/src/protocol/session-event.js';
import { createRng } from '../../server/src/base/rng.js';
import { ansor, document, events, folder, MATMUL, noCompiler, placeWith, recordsOf, start, tinyNet, until, type Running } from './ansor.js';

const target = noCompiler === false ? 'c' : 'wasm';

/** Processes of this test file's sessions, all of which inherit the folder of compiled code. */
function processes(): { readonly pid: number; readonly parent: number; readonly program: string; readonly command: string }[] {
  const marker = `ANSOR_CACHE_DIR=${path.join(folder, 'cache')}`;
  return readdirSync('/proc').filter((n) => /^\d+$/.test(n)).flatMap((n) => {
    try {
      if (Number(n) === process.pid || !readFileSync(`/proc/${n}/environ`, 'latin1').split('\0').includes(marker)) return [];
      return [{ pid: Number(n), parent: Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${n}/stat`, 'latin1'))?.[1]), program: readlinkSync(`/proc/${n}/exe`), command: readFileSync(`/proc/${n}/cmdline`, 'latin1').replaceAll('\0', ' ') }];
    } catch {
      return [];
    }
  });
}
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

const canLook = process.platform === 'linux' ? false : 'no /proc to look for processes in';

async function allGone(): Promise<void> {
  await until('the end of all processes', () => (processes().length === 0 ? true : undefined), 10).catch((e: unknown) => {
    throw new Error(`${String(e)}: ${processes().map((p) => p.command).join('; ')}`);
  });
}

const stepsOf = (log: string): string[] => (existsSync(log) ? recordsOf(log).map((r) => JSON.stringify([r.workloadKey, r.steps])) : []);
const trialsIn = (run: Running): number => run.out().split('\n').filter((l) => l.startsWith('{"event":"trial"')).length;
const lastDone = (out: string): DoneEvent => {
  const last = events(out).at(-1);
  assert.ok(last?.event === 'done', out.slice(-300));
  return last;
};

test('SIGKILL at any moment: the same command goes on where it stopped', { skip: canLook }, async (t) => {
  const cwd = placeWith({ 'net.onnx': tinyNet() });
  const log = path.join(cwd, 'net.ansor.jsonl');
  const args = ['tune', 'net.onnx', '--target', target, '--threads', '2', '--trials', '26', '--json'];
  const seed = Date.now();
  t.diagnostic(`seed ${seed}`);
  const rng = createRng(seed);
  let known: string[] = [];
  for (let kills = 0; kills < 3; kills++) {
    const session = start(args, { cwd });
    const wanted = rng.int(4);
    await until('some trials', () => (trialsIn(session) >= wanted || session.child.exitCode !== null ? true : undefined));
    await new Promise((r) => setTimeout(r, rng.int(600)));
    session.child.kill('SIGKILL');
    await session.end;
    await allGone();
    // What was said to be in the log is there; a line begun but not ended does not count.
    const whole = (existsSync(log) ? readFileSync(log, 'utf8') : '').split('\n').slice(0, -1).filter((l) => l.startsWith('{')).length;
    const now = stepsOf(log).slice(0, whole);
    assert.ok(now.length >= known.length + trialsIn(session), `${now.length} records after ${known.length} and ${trialsIn(session)} trials`);
    assert.deepEqual(now.slice(0, known.length), known, 'no finished trial is lost');
    known = now;
  }
  const finished = await ansor(args, { cwd });
  assert.equal(finished.status, 0, finished.err);
  const all = stepsOf(log);
  assert.deepEqual(all.slice(0, known.length), known);
  assert.deepEqual([all.length, new Set(all).size], [26, 26], 'as many as asked for, none twice');
  assert.equal(lastDone(finished.out).trials, 26 - known.length);
  const again = await ansor(args, { cwd });
  assert.equal(lastDone(again.out).trials, 0, 'a complete log measures nothing');
  const more = await ansor([...args.slice(0, -3), '--more', '3', '--json'], { cwd });
  assert.equal(lastDone(more.out).trials, 3, more.err);
  assert.deepEqual([stepsOf(log).length, new Set(stepsOf(log)).size], [29, 29]);
  const { tasks, siblings = [] } = document<{ tasks: { key: string }[]; siblings?: { key: string; of: string }[] }>(await ansor(['tasks', 'net.onnx', '--json'], { cwd }));
  const tuned = new Set(recordsOf(log).map((r) => r.workloadKey));
  const got = (key: string): string[] => [key, ...siblings.filter((s) => s.of === key).map((s) => s.key)].filter((k) => tuned.delete(k));
  assert.deepEqual(tasks.filter((task) => got(task.key).length === 0), [], 'each task got some, in one form or another');
  assert.deepEqual([...tuned], [], 'nothing else did');
  await allGone();
});

test('few trials reach as many tasks; equal operators are one task', async () => {
  const def = (name: string, n: number): string => `def ${name}(float(${n}, 8) A) -> (B) { B(i) +=! A(i, j) }\n`;
  const cwd = placeWith({ 'many.tc': def('a', 8) + def('b', 9) + def('c', 10) + def('again', 8) + def('d', 11) });
  const ran = await ansor(['tune', 'many.tc', '--target', 'wasm', '--threads', '1', '--trials', '3', '--json'], { cwd });
  assert.deepEqual(lastDone(ran.out).tasks.map((t) => [t.name, t.weight, t.bestMs !== null]), [['a', 2, true], ['b', 1, true], ['c', 1, true], ['d', 1, false]]);
  assert.equal(new Set(stepsOf(path.join(cwd, 'many.ansor.jsonl'))).size, 3);
  const rest = await ansor(['tune', 'many.tc', '--target', 'wasm', '--threads', '1', '--trials', '6', '--json'], { cwd });
  assert.ok(lastDone(rest.out).tasks.every((t) => t.bestMs !== null));
  assert.equal(recordsOf(path.join(cwd, 'many.ansor.jsonl')).length, 6);
});

test('a second session on the same log is refused with the pid of the first; Ctrl-C ends that one in good order', { skip: canLook }, async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL });
  const log = path.join(cwd, 'mm.ansor.jsonl');
  const args = ['tune', 'mm.tc', '--target', target, '--threads', '2', '--trials', '5000', '--json'];
  const first = start(args, { cwd });
  await until('trials', () => (trialsIn(first) >= 3 ? true : undefined));
  const second = await ansor(args, { cwd });
  assert.equal(second.status, 1);
  assert.match(second.err, new RegExp(`^ansor: \\S*mm\\.ansor\\.jsonl is being tuned by process ${first.child.pid} .*\\n$`));
  const asked = Date.now();
  // As a terminal does: all processes of the group get it.
  process.kill(-(first.child.pid ?? 0), 'SIGINT');
  const { status, out, err } = await first.end;
  assert.ok(Date.now() - asked < 20_000, 'at once');
  assert.equal(status, 0, err);
  const done = lastDone(out);
  assert.deepEqual([done.cancelled, done.errors, done.trials], [true, 0, recordsOf(log).length]);
  assert.match(err, /cancelled after \d+ trials/);
  assert.ok(!existsSync(`${log}.lock`));
  await allGone();
});

test('a cost model that a killed session had not written to its end goes with the next session, also where no trial is left', async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL });
  const beside = path.join(cwd, 'mm.ansor.jsonl.d');
  const args = ['tune', 'mm.tc', '--target', 'wasm', '--threads', '1', '--trials', '9'];
  assert.equal((await ansor(args, { cwd })).status, 0);
  assert.deepEqual(readdirSync(beside), ['model.json']);
  writeFileSync(path.join(beside, 'model.json.draft'), '{"format":"ansor-session-model"');
  assert.equal((await ansor(args, { cwd })).status, 0);
  assert.deepEqual(readdirSync(beside), ['model.json']);
});

test('--time-limit ends a session that has trials left', async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL });
  const ran = await ansor(['tune', 'mm.tc', '--target', target, '--threads', '2', '--trials', '5000', '--round', '4', '--time-limit', '2', '--json'], { cwd });
  const done = lastDone(ran.out);
  assert.deepEqual([ran.status, done.trials > 0 && done.trials < 5000, done.cancelled], [0, true, undefined]);
});

test('a runner that dies costs no trial', { skip: canLook || noCompiler }, async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL });
  const session = start(['tune', 'mm.tc', '--target', 'c', '--threads', '2', '--trials', '24', '--json'], { cwd });
  for (const wanted of [1, 6, 13]) {
    await until('trials', () => (trialsIn(session) >= wanted || session.child.exitCode !== null ? true : undefined));
    for (const p of processes()) if (p.program.endsWith('.runner') && !p.command.includes('--launch') && p.parent === session.child.pid) kill(p.pid);
  }
  const { status, out, err } = await session.end;
  assert.equal(status, 0, err);
  // The one that ran inside the dead runner is measured again.
  assert.deepEqual([lastDone(out).trials, lastDone(out).errors], [24, 0]);
  await allGone();
});

test('a task that cannot be set up does not end the others', async () => {
  const cwd = placeWith({ 'two.tc': `def huge(float(40000, 40000) A) -> (B) { B(i, j) = A(i, j) + 1 }\n${MATMUL}` });
  const args = ['--target', 'wasm', '--threads', '1', '--trials', '5', '--json'];
  const ran = await ansor(['tune', 'two.tc', ...args], { cwd });
  assert.equal(ran.status, 0, ran.err);
  const warnings = events(ran.out).flatMap((e) => (e.event === 'warning' ? [e.message] : []));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /^task huge cannot be tuned: its tensors take 11\.9 GiB/);
  assert.deepEqual(lastDone(ran.out).tasks.map((t) => t.bestMs !== null), [false, true]);
  assert.equal(recordsOf(path.join(cwd, 'two.ansor.jsonl')).length, 5);
  const none = await ansor(['tune', 'huge.tc', ...args], { cwd: placeWith({ 'huge.tc': 'def huge(float(40000, 40000) A) -> (B) { B(i, j) = A(i, j) + 1 }\n' }) });
  assert.equal(none.status, 1);
  assert.match(none.err, /^ansor: task huge cannot be tuned: .*$/m);
});

test('equal seeds propose equal programs as long as nothing was learned, also where rounds begin beside others', async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL, 'net.onnx': tinyNet() });
  const first = async (file: string, round: string, seed: string, log: string): Promise<string[]> => {
    const ran = await ansor(['tune', file, '--target', 'wasm', '--threads', '1', '--trials', '7', '--round', round, '--seed', seed, '--log', log, '--json'], { cwd });
    assert.equal(ran.status, 0, ran.err);
    assert.ok(lastDone(ran.out).time.aheadS > 0, 'a bench is set up while the search goes on');
    return stepsOf(path.join(cwd, log));
  };
  for (const [file, round] of [['mm.tc', '7'], ['net.onnx', '2']] as const) {
    const [a, b, c] = [await first(file, round, '5', `${file}.a.json`), await first(file, round, '5', `${file}.b.json`), await first(file, round, '6', `${file}.c.json`)];
    assert.equal(a.length, 7);
    assert.deepEqual(a, b);
    assert.notDeepEqual(a, c);
  }
});

test('a log that has another operator under the same key: both are kept apart', async () => {
  const body = (type: string): string => `def r(${type}(24, 16) A) -> (B) { B(i) +=! A(i, j) }\n`;
  const cwd = placeWith({ 'float.tc': body('float'), 'int.tc': body('int32') });
  const args = ['--target', 'wasm', '--threads', '1', '--log', 'log.json'];
  const log = path.join(cwd, 'log.json');
  for (const input of ['float.tc', 'int.tc', 'int.tc', 'float.tc']) assert.equal((await ansor(['tune', input, ...args, '--trials', '3'], { cwd })).status, 0);
  const keys = recordsOf(log).map((r) => r.workloadKey);
  assert.deepEqual(keys.map((k) => /"x:[0-9a-f]{8}"\]$/.test(k)), [false, false, false, true, true, true]);
  for (const input of ['float.tc', 'int.tc']) assert.equal(document<{ coverage: number }>(await ansor(['tasks', input, '--log', 'log.json', '--json'], { cwd })).coverage, 1);
  const { records } = document<{ records: { problem?: string }[] }>(await ansor(['replay', 'log.json', '--json'], { cwd }));
  assert.deepEqual(records.map((r) => r.problem), Array.from({ length: 6 }, () => undefined));
});

test('the packed program with an empty PATH, whatever lies in the working folder', async () => {
  const cwd = placeWith({ 'net.onnx': tinyNet() });
  copyFileSync(path.join(folder, 'dist/wasm-host.cjs'), path.join(cwd, 'other.cjs'));
  const ran = await ansor(['tune', 'net.onnx', '--threads', '2', '--trials', '8', '--json'], { cwd, env: { PATH: '' } });
  assert.equal(ran.status, 0, ran.err);
  const done = lastDone(ran.out);
  assert.deepEqual([done.trials, done.errors], [8, 0]);
  assert.ok((done.latencyMs.naive ?? 0) > 0 && (done.latencyMs.after ?? 0) > 0);
  const bench = document<{ ok: boolean }>(await ansor(['bench', 'net.onnx', '--log', 'net.ansor.jsonl', '--threads', '2', '--calls', '5', '--json'], { cwd, env: { PATH: '' } }));
  assert.equal(bench.ok, true);
});
