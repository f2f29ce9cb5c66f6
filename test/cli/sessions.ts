/** Sessions as processes: what they measured, what of them is left, and what kills do to them. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { createRng } from '../../server/src/base/rng.js';
import type { DoneEvent } from '../../server/src/protocol/session-event.js';
import { ansor, document, events, folder, placeWith, recordsOf, start, tinyNet, until, type Running } from './ansor.js';

/** Processes of this test file's sessions, all of which inherit the folder of compiled code. */
export function processes(): { readonly pid: number; readonly parent: number; readonly program: string; readonly command: string }[] {
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
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

export const canLook = process.platform === 'linux' ? false : 'no /proc to look for processes in';

export async function allGone(): Promise<void> {
  await until('the end of all processes', () => (processes().length === 0 ? true : undefined), 10).catch((e: unknown) => {
    throw new Error(`${String(e)}: ${processes().map((p) => p.command).join('; ')}`);
  });
}

export const stepsOf = (log: string): string[] => (existsSync(log) ? recordsOf(log).map((r) => JSON.stringify([r.workloadKey, r.steps])) : []);
export const trialsIn = (run: Running): number => run.out().split('\n').filter((l) => l.startsWith('{"event":"trial"')).length;
export const lastDone = (out: string): DoneEvent => {
  const last = events(out).at(-1);
  assert.ok(last?.event === 'done', out.slice(-300));
  return last;
};

/** Kills a session at random moments, `kills` times, and lets it go on to its end. */
export async function killedAndResumed({ target, trials, kills, seed }: { readonly target: string; readonly trials: number; readonly kills: number; readonly seed: number }): Promise<void> {
  const cwd = placeWith({ 'net.onnx': tinyNet() });
  const log = path.join(cwd, 'net.ansor.jsonl');
  const args = ['tune', 'net.onnx', '--target', target, '--threads', '2', '--trials', String(trials), '--json'];
  const rng = createRng(seed);
  let known: string[] = [];
  for (let killed = 0; killed < kills; killed++) {
    const session = start(args, { cwd });
    const wanted = rng.int(Math.ceil(trials / kills / 2));
    await until('some trials', () => (trialsIn(session) >= wanted || session.child.exitCode !== null ? true : undefined));
    await new Promise((r) => setTimeout(r, rng.int(600)));
    session.child.kill('SIGKILL');
    await session.end;
    await allGone();
    // What was said to be in the log is there; a line begun but not ended does not count.
    const whole = readFileSync(log, 'utf8').split('\n').slice(0, -1).filter((l) => l.startsWith('{')).length;
    const now = stepsOf(log).slice(0, whole);
    assert.ok(now.length >= known.length + trialsIn(session), `${now.length} records after ${known.length} and ${trialsIn(session)} trials`);
    assert.deepEqual(now.slice(0, known.length), known, 'no finished trial is lost');
    known = now;
  }
  const finished = await ansor(args, { cwd });
  assert.equal(finished.status, 0, finished.err);
  const all = stepsOf(log);
  assert.deepEqual(all.slice(0, known.length), known);
  assert.deepEqual([all.length, new Set(all).size], [trials, trials], 'as many as asked for, none twice');
  assert.equal(lastDone(finished.out).trials, trials - known.length);
  const again = await ansor(args, { cwd });
  assert.equal(lastDone(again.out).trials, 0, 'a complete log measures nothing');
  const more = await ansor([...args.slice(0, -3), '--more', '3', '--json'], { cwd });
  assert.equal(lastDone(more.out).trials, 3, more.err);
  assert.deepEqual([stepsOf(log).length, new Set(stepsOf(log)).size], [trials + 3, trials + 3]);
  const { tasks } = document<{ tasks: { key: string }[] }>(await ansor(['tasks', 'net.onnx', '--json'], { cwd }));
  assert.deepEqual(new Set(recordsOf(log).map((r) => r.workloadKey)), new Set(tasks.map((t) => t.key)), 'each task got some');
  await allGone();
}
