import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { SessionEvent } from '../../server/src/protocol/session-event.js';
import type { SessionInfo } from '../../server/src/protocol/session-info.js';
import type { SessionState } from '../../server/src/protocol/session-state.js';
import { attachSession, findSessions, launchSession, lockFileOf } from '../../server/src/session/host/index.js';
import { readSessionInfo } from '../../server/src/session/host/read-info.js';
import { testProgram } from '../harness/program.js';

const program = testProgram('session/programs/counting-session');
const folder = mkdtempSync(path.join(tmpdir(), 'ansor-host-'));
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function place(name: string): { log: string; dir: string } {
  const home = mkdtempSync(path.join(folder, `${name}-`));
  return { log: path.join(home, 'count.json'), dir: path.join(home, 'sessions') };
}

const tune = (log: string, trials: string): string[] => ['tune', 'count.tc', '--log', log, '--trials', trials];

function start({ log, dir }: { log: string; dir: string }, trials: string, pause: string, fail = ''): ChildProcess & { said: () => string } {
  const env = { ...process.env, ANSOR_SESSION_DIR: dir, COUNT_PAUSE: pause, COUNT_FAIL: fail };
  const child = spawn(process.execPath, [...program.options, program.file, ...tune(log, trials)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
  return Object.assign(child, { said: () => text });
}

const exited = (child: ChildProcess): Promise<number | NodeJS.Signals | null> =>
  new Promise((resolve) => (child.exitCode ?? child.signalCode) !== null ? resolve(child.exitCode ?? child.signalCode) : child.once('close', (code, signal) => resolve(code ?? signal)));

async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  for (const end = Date.now() + 15_000; Date.now() < end; await new Promise((r) => setTimeout(r, 20))) {
    const found = look();
    if (found !== undefined) return found;
  }
  throw new Error(`timed out: ${what}`);
}

const session = (log: string): Promise<SessionInfo> => until('the session', () => {
  const info = readSessionInfo(lockFileOf(log));
  return typeof info === 'string' ? undefined : info;
});

async function watch(info: SessionInfo): Promise<{ snapshot: SessionState; events: SessionEvent[]; end: Promise<SessionState>; cancel: () => void; detach: () => void }> {
  const events: SessionEvent[] = [];
  let finish: (state: SessionState) => void = () => undefined;
  const end = new Promise<SessionState>((resolve) => (finish = resolve));
  const attached = await attachSession(info.socket, { onEvent: (event) => events.push(event), onEnd: finish });
  return { snapshot: attached.state(), events, end, cancel: attached.cancel, detach: attached.detach };
}

test('viewers attach at any time, see the same session, and the orphan ends by itself', async () => {
  const at = place('watch');
  const child = start(at, '10', '60');
  const info = await session(at.log);
  assert.equal(info.pid, child.pid);
  const first = await watch(info);
  await until('three trials', () => (first.events.filter((e) => e.event === 'trial').length >= 3 ? true : undefined));
  const second = await watch(info);
  assert.equal(second.snapshot.phase, 'running');
  assert.ok(second.snapshot.trials >= 3, `snapshot has ${second.snapshot.trials} trials`);
  assert.equal(second.snapshot.tasks[0]?.trials, second.snapshot.trials);
  first.detach();
  const state = await second.end;
  assert.equal(state.phase, 'done');
  assert.equal(state.trials, 10);
  assert.equal(state.tasks[0]?.bestMs, 1);
  assert.equal(state.result?.trials, 10);
  assert.equal(await exited(child), 0);
  assert.deepEqual(child.said().trim().split('\n').map((line) => (JSON.parse(line) as SessionEvent).event).filter((e) => e === 'started' || e === 'done'), ['started', 'done']);
  assert.equal(existsSync(lockFileOf(at.log)), false);
  assert.deepEqual(readdirSync(at.dir).filter((n) => !n.endsWith('.ended.json')), []);
});

test('socket, entry and folder are for their owner only', { skip: process.platform === 'win32' }, async () => {
  const at = place('modes');
  const child = start(at, '1000', '20');
  const info = await session(at.log);
  await until('the entry', () => (existsSync(path.join(at.dir, `${info.id}.json`)) ? true : undefined));
  const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);
  assert.deepEqual([mode(at.dir), mode(info.socket), mode(path.join(at.dir, `${info.id}.json`))], ['700', '600', '600']);
  child.kill('SIGKILL');
  await exited(child);
});

test('cancel by a viewer ends the session with a result', async () => {
  const at = place('cancel');
  const child = start(at, '100000', '10');
  const viewer = await watch(await session(at.log));
  viewer.cancel();
  const state = await viewer.end;
  assert.equal(state.phase, 'done');
  assert.equal(state.result?.cancelled, true);
  assert.equal(await exited(child), 0);
});

test('SIGTERM cancels too', async () => {
  const at = place('sigterm');
  const child = start(at, '100000', '10');
  const viewer = await watch(await session(at.log));
  child.kill('SIGTERM');
  assert.equal((await viewer.end).result?.cancelled, true);
  assert.equal(await exited(child), 0);
  assert.equal(existsSync(lockFileOf(at.log)), false);
});

test('a second session on the same log is refused with the pid of the first', async () => {
  const at = place('held');
  const child = start(at, '100000', '10');
  const info = await session(at.log);
  const other = start(at, '1', '0');
  assert.equal(await exited(other), 1);
  assert.match(other.said(), new RegExp(`is being tuned by process ${info.pid} since`));
  assert.deepEqual(readSessionInfo(lockFileOf(at.log)), info);
  child.kill('SIGKILL');
});

test('the lock of a killed session is taken over, and its viewers learn that it was lost', async () => {
  const at = place('stale');
  const child = start(at, '100000', '10');
  const info = await session(at.log);
  const viewer = await watch(info);
  child.kill('SIGKILL');
  const state = await viewer.end;
  assert.equal(state.phase, 'lost');
  assert.match(state.problem ?? '', new RegExp(`process ${info.pid} ended without a result`));
  await exited(child);
  const found = await findSessions(at.dir);
  assert.deepEqual([found.live.length, found.ended.map((s) => s.phase)], [0, ['lost']]);
  assert.ok(existsSync(lockFileOf(at.log)), 'the lock is still there');
  const next = start(at, '2', '10');
  assert.equal(await exited(next), 0, next.said());
  assert.equal(existsSync(lockFileOf(at.log)), false);
});

test('a lock whose pid now is another program is stale: its socket does not answer', async () => {
  const at = place('reused');
  const info: SessionInfo = {
    id: '0123456789abcdef', pid: process.pid, host: hostname(), socket: path.join(folder, 'gone.sock'), log: at.log, model: 'x', started: '2020-01-01T00:00:00Z', version: '0',
  };
  writeFileSync(lockFileOf(at.log), JSON.stringify(info));
  const child = start(at, '1', '0');
  assert.equal(await exited(child), 0, child.said());
});

test('a damaged lock is taken over; one of another machine is respected', async () => {
  const at = place('damaged');
  writeFileSync(lockFileOf(at.log), '{"pid": 1');
  const first = start(at, '1', '0');
  assert.equal(await exited(first), 0, first.said());
  const elsewhere: SessionInfo = { id: '0123456789abcdef', pid: 1, host: 'other-machine', socket: '/x', log: at.log, model: 'x', started: '2020-01-01T00:00:00Z', version: '0' };
  writeFileSync(lockFileOf(at.log), JSON.stringify(elsewhere));
  const second = start(at, '1', '0');
  assert.equal(await exited(second), 1);
  assert.match(second.said(), /process 1 on other-machine/);
});

test('of four that find a stale lock at once, one gets it at a time', async () => {
  const at = place('race');
  writeFileSync(lockFileOf(at.log), JSON.stringify({ id: 'ffffffffffffffff', pid: 999_999_999, host: hostname(), socket: '/x', log: at.log, model: 'x', started: '', version: '' }));
  const four = [0, 1, 2, 3].map(() => start(at, '1', '4000'));
  const codes = await Promise.all(four.map(exited));
  assert.deepEqual(codes.toSorted(), [0, 1, 1, 1], four.map((c) => c.said()).join('\n'));
});

test('a failing session tells its viewers why and exits with 1', async () => {
  const at = place('fail');
  const child = start(at, '5', '300', 'the disk is full');
  const viewer = await watch(await session(at.log));
  const state = await viewer.end;
  assert.deepEqual([state.phase, state.problem], ['failed', 'the disk is full']);
  assert.equal(await exited(child), 1);
  const { ended } = await findSessions(at.dir);
  assert.deepEqual(ended.map((s) => [s.phase, s.problem]), [['failed', 'the disk is full']]);
  assert.deepEqual((await findSessions(at.dir)).ended, [], 'an end is reported once');
});

test('a missing folder gives one clear message', async () => {
  const child = start({ log: path.join(folder, 'no-such-folder', 'a.json'), dir: path.join(folder, 'elsewhere') }, '1', '0');
  assert.equal(await exited(child), 1);
  assert.match(child.said(), /a\.json: cannot write beside the log: there is no such folder/);
});

test('a viewer that sends rubbish disturbs nobody', async () => {
  const at = place('rubbish');
  const child = start(at, '5', '50');
  const info = await session(at.log);
  const peer = connect(info.socket);
  peer.on('error', () => undefined);
  peer.write('not json\n{"command": "explode"}\n[]\n\0\n');
  peer.write('x'.repeat(100_000));
  assert.equal((await (await watch(info)).end).phase, 'done');
  assert.equal(await exited(child), 0);
});

test('launchSession starts a process of its own that can be attached to', async () => {
  const at = place('launch');
  const env = { ...program.env, COUNT_PAUSE: '100' };
  const launched = await launchSession({ program: program.file, args: tune(at.log, '4'), log: at.log, sessionDir: at.dir, cwd: process.cwd(), env });
  assert.ok(launched.ok, launched.ok ? '' : launched.error);
  const viewer = await watch(launched.value.info);
  assert.equal((await viewer.end).trials, 4);
  const failed = await launchSession({ program: program.file, args: tune(path.join(folder, 'no', 'a.json'), '1'), log: at.log, sessionDir: at.dir, cwd: process.cwd(), env });
  assert.match(failed.ok ? '' : failed.error, /a\.json: cannot write beside the log: there is no such folder/);
  const quick = await launchSession({ program: program.file, args: tune(at.log, '0'), log: at.log, sessionDir: at.dir, cwd: process.cwd(), env });
  assert.ok(quick.ok, 'a session that ends at once is no failure');
});

test('the folder of the log is removed while its session runs: a second one is refused though there is no lock, and the first goes on', async () => {
  const home = mkdtempSync(path.join(folder, 'removed-'));
  const logs = path.join(home, 'logs');
  mkdirSync(logs);
  const at = { log: path.join(logs, 'count.json'), dir: path.join(home, 'sessions') };
  const first = start(at, '60', '50');
  await session(at.log);
  await until('its entry', () => (readdirSync(at.dir).some((n) => n.endsWith('.json')) ? true : undefined));
  // Stopped, so that it cannot make its lock again before the second one looks.
  first.kill('SIGSTOP');
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs);
  const second = start(at, '2', '0');
  assert.equal(await exited(second), 1);
  assert.match(second.said(), /is being tuned by process/);
  assert.equal(existsSync(at.log), false);
  first.kill('SIGCONT');
  assert.equal(await exited(first), 0, first.said());
});

test('what sessions left that were killed in the middle of their first lines is swept away by the next one; what belongs to a living one stays', async () => {
  const at = place('begun');
  const other = place('other');
  const living = start({ log: other.log, dir: at.dir }, '100000', '10');
  const { id: alive } = await session(other.log);
  await until('its entry', () => (existsSync(path.join(at.dir, `${alive}.json`)) ? true : undefined));
  writeFileSync(path.join(at.dir, `${alive}.ended.json.draft`), '{');
  const dead = '00000000000000';
  for (const name of [`${dead}01.json`, `${dead}02.json.draft`, `${dead}03.ended.json.draft`, `${dead}04.sock`]) writeFileSync(path.join(at.dir, name), '');
  writeFileSync(path.join(at.dir, `${dead}05.json`), '{"id": "00000000000000');
  for (const name of [`${dead}06`, `${dead}07.stale`, `${dead}08.back`, alive]) writeFileSync(`${lockFileOf(at.log)}.${name}`, '');
  const child = start(at, '1', '0');
  assert.equal(await exited(child), 0, child.said());
  const left = readdirSync(at.dir).filter((n) => !n.startsWith(alive));
  assert.deepEqual(left.filter((n) => !n.endsWith('.ended.json')), []);
  assert.deepEqual(readdirSync(at.dir).filter((n) => n.startsWith(alive)), [`${alive}.ended.json.draft`, `${alive}.json`, `${alive}.sock`]);
  assert.deepEqual(readdirSync(path.dirname(at.log)).filter((n) => n.includes('.lock')), [`${path.basename(lockFileOf(at.log))}.${alive}`]);
  living.kill('SIGKILL');
  await exited(living);
});
