/** The wall clock jumps while a session runs, a day ahead and then a year back: nothing hangs, nothing is lost, and durations stay durations. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { DoneEvent } from '../../server/src/protocol/session-event.js';
import { ansor, events, MATMUL, noCompiler, onPath, placeWith, recordsOf, start, until } from './ansor.js';

/** The clocks of the C library, moved by the seconds that a file names at the moment of asking. */
const MOVED = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long moved(void) {
  long seconds = 0;
  FILE *f = fopen(getenv("MOVED_CLOCK"), "r");
  if (f) { if (fscanf(f, "%ld", &seconds) != 1) seconds = 0; fclose(f); }
  return seconds;
}
int clock_gettime(clockid_t id, struct timespec *t) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int r = real(id, t);
  if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) t->tv_sec += moved();
  return r;
}
int gettimeofday(struct timeval *t, void *zone) {
  static int (*real)(struct timeval *, void *);
  if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
  int r = real(t, zone);
  if (t) t->tv_sec += moved();
  return r;
}
time_t time(time_t *out) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  if (out) *out = t.tv_sec;
  return t.tv_sec;
}
`;
const DAY = 86_400;
const compiler = onPath('gcc') ?? onPath('clang');
const skip = noCompiler !== false || compiler === undefined ? 'no gcc or clang' : process.platform === 'linux' ? false : 'the clock is moved through the C library of Linux';

test('a session through clocks that jump', { skip }, async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL, 'moved.c': MOVED, clock: '0' });
  const made = spawnSync(compiler ?? '', ['-shared', '-fPIC', 'moved.c', '-o', 'moved.so', '-ldl'], { cwd, encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const env = { LD_PRELOAD: path.join(cwd, 'moved.so'), MOVED_CLOCK: path.join(cwd, 'clock') };
  const now = spawnSync(process.execPath, ['-p', 'Date.now()'], { env: { ...process.env, ...env, MOVED_CLOCK: path.join(cwd, 'ahead') }, encoding: 'utf8' });
  assert.ok(Math.abs(Number(now.stdout) - Date.now()) < 60_000, now.stderr);
  writeFileSync(path.join(cwd, 'ahead'), String(DAY));
  const ahead = spawnSync(process.execPath, ['-p', 'Date.now()'], { env: { ...process.env, ...env, MOVED_CLOCK: path.join(cwd, 'ahead') }, encoding: 'utf8' });
  assert.ok(Number(ahead.stdout) - Date.now() > 0.9 * DAY * 1000, 'the clock of node is moved');

  const args = ['tune', 'mm.tc', '--target', 'c', '--threads', '1', '--log', 'log.json', '--json'];
  const begun = performance.now();
  const session = start([...args, '--trials', '24'], { cwd, env });
  const trials = (): number => events(session.out()).filter((e) => e.event === 'trial').length;
  await until('the first trials', () => (trials() >= 4 ? true : undefined), 120);
  writeFileSync(path.join(cwd, 'clock'), String(DAY));
  await until('more trials', () => (trials() >= 10 ? true : undefined), 120);
  // The lock of a session that runs is not taken for a stale one.
  const second = await ansor([...args, '--trials', '30'], { cwd, env });
  assert.notEqual(second.status, 0);
  assert.match(second.err, /is being tuned by process/);
  writeFileSync(path.join(cwd, 'clock'), String(-365 * DAY));
  const ended = await session.end;
  const took = (performance.now() - begun) / 1000;
  assert.equal(ended.status, 0, ended.err);
  const done = events(ended.out).at(-1) as DoneEvent;
  assert.deepEqual([done.event, done.trials, done.errors], ['done', 24, 0]);
  assert.ok(done.seconds > 0 && done.seconds <= took, `${done.seconds} s of ${took} s`);
  assert.ok(Object.values(done.time).every((s) => s >= 0 && s <= 2 * took), JSON.stringify(done.time));
  const { searchS, buildS, runS, waitS, otherS } = done.time;
  assert.ok(Math.abs(searchS + buildS + runS + waitS + otherS - done.seconds) < 0.01, `${JSON.stringify(done.time)} are not ${done.seconds} s`);
  const records = recordsOf(path.join(cwd, 'log.json'));
  assert.equal(records.length, 24);
  for (const { result } of records) assert.ok(result.allCost >= 0 && result.allCost < took && result.costs.every((s) => s > 0 && s < took));

  // Its log is gone on with, by a clock that is right again.
  writeFileSync(path.join(cwd, 'clock'), '0');
  const before = readFileSync(path.join(cwd, 'log.json'), 'utf8');
  const more = await ansor([...args, '--trials', '28'], { cwd, env });
  assert.equal(more.status, 0, more.err);
  assert.equal((events(more.out).at(-1) as DoneEvent).trials, 4);
  assert.ok(readFileSync(path.join(cwd, 'log.json'), 'utf8').startsWith(before));
});
