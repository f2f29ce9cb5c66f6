/** The device gate: nothing of ours runs while a section is timed, and nothing waits for ever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { DeviceGate } from '../../server/src/measure/gate.js';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('sections run one after the other, in order, also after one that failed', async () => {
  const gate = new DeviceGate();
  const events: string[] = [];
  const section = (name: string, fails = false) => gate.timed(async () => {
    events.push(`${name} in`);
    await sleep(3);
    events.push(`${name} out`);
    if (fails) throw new Error(name);
    return name;
  });
  const results = await Promise.allSettled([section('a'), section('b', true), section('c')]);
  assert.deepEqual(results.map((r) => r.status), ['fulfilled', 'rejected', 'fulfilled']);
  assert.deepEqual(events, ['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  assert.equal(gate.report().sections, 3);
  assert.equal(gate.pending, 0);
});

test('cooperative work never overlaps a section, and both make progress', async () => {
  const gate = new DeviceGate();
  let working = 0;
  let timed = false;
  let units = 0;
  let stop = false;
  const worker = async (): Promise<void> => {
    while (!stop) {
      await gate.work(async () => {
        working++;
        assert.ok(!timed, 'work during a timed section');
        await sleep(1);
        working--;
        units++;
      });
      await sleep(0);
    }
  };
  const workers = [worker(), worker()];
  for (let i = 0; i < 10; i++) {
    await gate.timed(async () => {
      timed = true;
      assert.equal(working, 0);
      await sleep(2);
      timed = false;
    });
    await sleep(3);
  }
  stop = true;
  await Promise.all(workers);
  assert.ok(units >= 10);
  const report = gate.report();
  assert.ok(report.lostSeconds > 0 && report.timedSeconds >= 0.01, JSON.stringify(report));
});

test('worker threads stand still during sections, and one that died inside is not waited for', async (t) => {
  const gate = new DeviceGate();
  // The protocol of GatePort, in plain JavaScript: a worker cannot load TypeScript.
  const counters = new Int32Array(new SharedArrayBuffer(8));
  const count = `const { workerData: { seat: { memory, word }, counters, at } } = require('node:worker_threads'); const w = new Int32Array(memory);
    for (;;) { Atomics.wait(w, 0, 1); Atomics.store(w, word, 1); if (Atomics.load(w, 0) !== 0) { Atomics.store(w, word, 0); continue; } Atomics.add(counters, at, 1); Atomics.store(w, word, 0); }`;
  const seats = [gate.join(), gate.join()];
  const workers = seats.map((seat, at) => new Worker(count, { eval: true, workerData: { seat, counters, at } }));
  t.after(() => Promise.all(workers.map((worker) => worker.terminate())));
  const counted = (): number[] => [0, 1].map((at) => Atomics.load(counters, at));
  /** A busy machine may need a while to give them a core. */
  const goOn = async (from: readonly number[]): Promise<void> => {
    for (const end = performance.now() + 10_000; counted().some((n, at) => n === from[at]) && performance.now() < end;) await sleep(1);
    counted().forEach((n, at) => { assert.ok(n > (from[at] ?? 0)); });
  };
  await goOn([0, 0]);
  for (let i = 0; i < 5; i++) {
    const [from, to] = await gate.timed(async () => {
      const before = counted();
      await sleep(5);
      return [before, counted()];
    });
    assert.deepEqual(from, to);
    await goOn(to ?? []);
  }
  const dying = gate.join();
  assert.equal(new Set([...seats, dying].map(({ word }) => word)).size, 3);
  const worker = new Worker(`const { workerData: { memory, word } } = require('node:worker_threads'); Atomics.store(new Int32Array(memory), word, 1); process.exit(1);`, { eval: true, workerData: dying });
  await new Promise((resolve) => { worker.once('exit', resolve); });
  let began = false;
  const section = gate.timed(async () => { began = true; });
  await sleep(20);
  assert.ok(!began);
  gate.leave(dying);
  await section;
});

test('a device with its own cores: sections queue, nothing else waits', async () => {
  const gate = new DeviceGate(false);
  let worked = false;
  await gate.timed(async () => { await gate.work(() => { worked = true; }); });
  assert.ok(worked);
  assert.equal(gate.report().lostSeconds, 0);
});
