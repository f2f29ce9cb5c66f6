/** Pausing, resuming and another budget: real sessions of `ansor tune`, steered over their sockets by two viewers. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readFileSync } from 'node:fs';
import type { SessionEvent } from '../../server/src/protocol/session-event.js';
import type { SessionState } from '../../server/src/protocol/session-state.js';
import { attachSession, lockFileOf, type AttachedSession } from '../../server/src/session/host/index.js';
import { readSessionInfo } from '../../server/src/session/host/read-info.js';
import { readLog } from '../../server/src/records/read-log.js';
import { placeWith, start, until } from './ansor.js';

const SOURCE = 'def mm(float(64, 64) a, float(64, 64) b) -> (c) {\n  c(i, j) +=! a(i, k) * b(k, j)\n}\n';

interface Viewer { readonly session: AttachedSession; readonly events: SessionEvent[]; readonly end: Promise<SessionState> }

async function watch(socket: string): Promise<Viewer> {
  const events: SessionEvent[] = [];
  let finish: (state: SessionState) => void = () => undefined;
  const end = new Promise<SessionState>((resolve) => (finish = resolve));
  return { session: await attachSession(socket, { onEvent: (e) => events.push(e), onEnd: finish }), events, end };
}

const trials = (v: Viewer): number => v.session.state().trials;
const settle = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('pause, resume, another budget and stop, from two viewers', async () => {
  const cwd = placeWith({ 'mm.tc': SOURCE });
  const log = path.join(cwd, 'mm.ansor.jsonl');
  const { end } = start(['tune', 'mm.tc', '--target', 'wasm', '--threads', '1', '--trials', '5000', '--round', '4', '--json'], { cwd });
  const info = await until('the session', () => {
    const found = readSessionInfo(lockFileOf(log));
    return typeof found === 'string' ? undefined : found;
  });
  const first = await watch(info.socket);
  await until('five trials', () => (trials(first) >= 5 ? true : undefined));
  first.session.pause();
  await until('the pause', () => (first.session.state().paused ? true : undefined));
  await settle(1500);
  const paused = trials(first);
  const written = readFileSync(log, 'utf8');

  // A second window finds it paused, and the log does not grow.
  const second = await watch(info.socket);
  assert.equal(second.session.state().paused, true);
  assert.equal(second.session.state().phase, 'running');
  await settle(1500);
  assert.equal(trials(second), paused);
  assert.equal(readFileSync(log, 'utf8'), written);

  // The first window goes away, the second one resumes.
  first.session.detach();
  second.session.setBudget({ trials: paused + 20, timeLimitSeconds: 600 });
  second.session.resume();
  const state = await second.end;
  assert.equal(state.phase, 'done');
  assert.equal(state.trials, paused + 20, 'the new number of trials is kept to');
  assert.equal(state.timeLimitSeconds, 600);
  const ran = await end;
  assert.equal(ran.status, 0, ran.err);
  const events = ran.out.trim().split('\n').map((line): SessionEvent => JSON.parse(line) as SessionEvent);
  const controls = events.flatMap((e) => (e.event === 'control' ? [[e.paused, e.planned, e.timeLimitSeconds]] : []));
  assert.deepEqual(controls, [[true, 5000, null], [true, paused + 20, 600], [false, paused + 20, 600]]);
  const done = events.at(-1);
  assert.ok(done?.event === 'done' && done.cancelled === undefined && state.result !== null);
  const read = readLog(readFileSync(log, 'utf8'));
  assert.equal(read.lines.filter((l) => l.kind === 'record').length, paused + 20);
  const predicted = events.flatMap((e) => (e.event === 'trial' && e.predicted !== undefined ? [[e.line, e.predicted]] : []));
  assert.ok(predicted.length > 0, 'a trained model predicts');
  assert.deepEqual(read.lines.flatMap((l) => (l.kind === 'trial' && l.note.predicted !== undefined ? [[l.note.line, l.note.predicted]] : [])), predicted);
});

test('a time limit set while it runs ends it; pauses are no working time; a paused session can be stopped', async () => {
  const cwd = placeWith({ 'mm.tc': SOURCE });
  const { end } = start(['tune', 'mm.tc', '--target', 'wasm', '--threads', '1', '--trials', '5000', '--round', '4', '--json'], { cwd });
  const look = (): ReturnType<typeof readSessionInfo> => readSessionInfo(lockFileOf(path.join(cwd, 'mm.ansor.jsonl')));
  const info = await until('the session', () => {
    const found = look();
    return typeof found === 'string' ? undefined : found;
  });
  const viewer = await watch(info.socket);
  await until('a trial', () => (trials(viewer) >= 1 ? true : undefined));
  viewer.session.setBudget({ timeLimitSeconds: 0.01 });
  const state = await viewer.end;
  assert.equal(state.phase, 'done');
  assert.ok(state.trials < 5000);
  assert.equal((await end).status, 0);

  const again = start(['tune', 'mm.tc', '--target', 'wasm', '--threads', '1', '--trials', '5000', '--json'], { cwd });
  const next = await until('the second session', () => {
    const found = look();
    return typeof found === 'string' || found.id === info.id ? undefined : found;
  });
  const stopper = await watch(next.socket);
  stopper.session.pause();
  await until('the pause', () => (stopper.session.state().paused ? true : undefined));
  await until('the start', () => (stopper.events.some((e) => e.event === 'started') || stopper.session.state().phase === 'running' ? true : undefined));
  await settle(2000);
  stopper.session.cancel();
  const stopped = await stopper.end;
  assert.equal(stopped.result?.cancelled, true);
  assert.ok((stopped.result?.seconds ?? 99) < 2, `worked ${stopped.result?.seconds} s, paused ones not counted`);
  assert.equal((await again.end).status, 0);
});
