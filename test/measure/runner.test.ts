/** The C runner and its client with real kernels: right answers, times, and every way in which a candidate can go wrong. */
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CSource } from '../../server/src/measure/builder.js';
import { errorNumber } from '../../server/src/measure/errors.js';
import { randomElement } from '../../server/src/measure/fill.js';
import { DEFAULT_TIMING, type OpenFunction, type TensorSpec } from '../../server/src/measure/interface.js';
import type { DType } from '../../server/src/ir/dtype.js';
import type { ElementOrder } from '../../server/src/ir/element-order.js';
import { dtypeBytes } from '../../server/src/ir/dtype.js';
import { HOST_STRUCT_C } from '../../server/src/target/abi.js';
import { buildOne, doubling, kernel, NO_COMPILER, pair, request, RUNNER_SOURCES, startNative, type Native } from './native.js';

let native: Native | undefined;
before(async () => { native = await startNative(); });
after(() => native?.close());

/** A test that needs a compiler. */
function nativeTest(name: string, body: (n: Native) => Promise<void>): void {
  test(name, async (t: TestContext) => {
    if (native === undefined) t.skip(NO_COMPILER);
    else await body(native);
  });
}

test('the runner\'s header and the documented ABI are the same text', () => {
  assert.ok(readFileSync(join(RUNNER_SOURCES, 'abi.h'), 'utf8').includes(HOST_STRUCT_C));
});

nativeTest('introduces itself', async ({ runner }) => {
  const info = await runner.info();
  assert.ok(info.ok);
  assert.ok(info.value.cores >= 1 && info.value.physicalCores >= 1 && info.value.physicalCores <= info.value.cores);
  assert.ok(info.value.memoryBytes > 2 ** 26);
});

for (const threads of [1, 2, 5]) {
  nativeTest(`runs a parallel kernel on ${threads} threads and reports times and elements`, async (n) => {
    const size = 1003;
    const samples = [0, 1, 500, size - 1];
    const artifact = await buildOne(n, doubling('k_double', size));
    const outcome = await n.runner.run(request(artifact, pair(size, { samples }), { threads }));
    assert.ok(outcome.result.ok, JSON.stringify(outcome.result));
    const { seconds, samples: got, stoppedEarly } = outcome.result.value;
    assert.equal(seconds.length, 3);
    assert.ok(seconds.every((s) => s > 0 && s < 1));
    assert.equal(stoppedEarly, false);
    assert.deepEqual(got, [[], samples.map((i) => 2 * randomElement('float32', 7, -1, 1, i))]);
  });
}

const RANGES: readonly (readonly [DType, number, number])[] = [
  ['float32', -1, 1], ['float16', -1, 1], ['float16', 0, 70000], ['float16', 0, 0.0001], ['bfloat16', -3, 5], ['float64', 1, 2],
  ['int8', -8, 7], ['uint8', 0, 255], ['int16', -1000, 1000], ['int32', 0, 1000000], ['int64', -5, 5], ['bool', 0, 1],
];
nativeTest('random elements here equal those of the runner, for every type', async (n) => {
  const count = 400;
  const artifact = await buildOne(n, kernel('k_nothing', ''));
  const samples = Array.from({ length: count }, (_, i) => i);
  const tensors = RANGES.map(([dtype, low, high], i): TensorSpec =>
    ({ role: 'input', dtype, bytes: count * dtypeBytes(dtype), fill: { kind: 'random', seed: 0xfffffff0 + i, low, high }, samples }));
  const outcome = await n.runner.run(request(artifact, tensors));
  assert.ok(outcome.result.ok);
  RANGES.forEach(([dtype, low, high], k) => {
    const expected = samples.map((i) => randomElement(dtype, 0xfffffff0 + k, low, high, i));
    assert.deepEqual(outcome.result.ok && outcome.result.value.samples[k], expected, `${dtype} ${low}..${high}`);
    assert.ok(new Set(expected).size >= 2);
  });
});

/** Elements 0 to 399 of a tensor of 20 x 20, in tiles of 4 x 5, transposed. */
const TILED: ElementOrder = [{ extent: 5, step: 80 }, { extent: 4, step: 5 }, { extent: 5, step: 1 }, { extent: 4, step: 20 }];
nativeTest('random elements in another order, for every type', async (n) => {
  const artifact = await buildOne(n, kernel('k_nothing', ''));
  const samples = Array.from({ length: 400 }, (_, i) => i);
  const tensors = RANGES.map(([dtype, low, high], i): TensorSpec => ({ role: 'input', dtype, bytes: 400 * dtypeBytes(dtype), fill: { kind: 'random', seed: 5 + i, low, high, order: TILED }, samples }));
  const outcome = await n.runner.run(request(artifact, tensors));
  assert.ok(outcome.result.ok);
  const order = samples.map((k) => Math.floor(k / 80) * 80 + (Math.floor(k / 20) % 4) * 5 + (Math.floor(k / 4) % 5) + (k % 4) * 20);
  assert.deepEqual([...order].sort((a, b) => a - b), samples);
  RANGES.forEach(([dtype, low, high], k) => {
    assert.deepEqual(outcome.result.ok && outcome.result.value.samples[k], order.map((i) => randomElement(dtype, 5 + k, low, high, i)), dtype);
  });
});

nativeTest('kept buffers: contents, comparison within tolerance, an output kept as the reference of the next run', async (n) => {
  const size = 5000;
  const data = new Float32Array(size).map((_, i) => i / 8);
  assert.ok((await n.runner.store(1, new Uint8Array(data.buffer))).ok);
  const x: TensorSpec = { role: 'input', dtype: 'float32', bytes: 4 * size, fill: { kind: 'stored', buffer: 1 } };
  const y: TensorSpec = { role: 'output', dtype: 'float32', bytes: 4 * size, fill: { kind: 'poison' } };
  const right = await buildOne(n, doubling('k_double', size));
  assert.ok((await n.runner.run(request(right, [x, { ...y, keep: 2 }]))).result.ok);
  const kept = await n.runner.read(2, 0, 4 * size);
  assert.ok(kept.ok);
  assert.deepEqual(new Float32Array(kept.value.slice().buffer), data.map((v) => 2 * v));
  const compare = { buffer: 2, atol: 1e-4, rtol: 1e-4 };
  const again = await n.runner.run(request(right, [x, { ...y, compare }]));
  assert.deepEqual(again.result.ok && again.result.value.comparisons, [{ tensor: 1, mismatches: 0, maxAbs: 0, first: undefined }]);
  const off = await buildOne(n, kernel('k_off', `const float *x = tensors[0]; float *y = tensors[1]; for (int i = 0; i < ${size}; i++) y[i] = x[i] * (i == 4321 ? 2.01f : 2.00001f);`));
  const wrong = await n.runner.run(request(off, [x, { ...y, compare }]));
  assert.ok(!wrong.result.ok);
  assert.equal(wrong.result.error.kind, 'wrong-result');
  assert.match(wrong.result.error.message, /^1 of 5000 elements of tensor 1 .* first 4321:/);
  assert.equal(wrong.report?.seconds.length, 3);
});

nativeTest('an element that was never written is a wrong result', async (n) => {
  const artifact = await buildOne(n, kernel('k_hole', 'float *y = tensors[1]; for (int i = 0; i < 63; i++) y[i] = 0;'));
  assert.ok((await n.runner.store(3, new Uint8Array(256))).ok);
  const outcome = await n.runner.run(request(artifact, pair(64, { compare: { buffer: 3, atol: 1e9, rtol: 0 } })));
  assert.equal(outcome.result.ok ? 'ok' : outcome.result.error.kind, 'wrong-result');
});

nativeTest('the workspace has a part for each worker', async (n) => {
  const source = kernel('k_parts', 'host->parallel_for(host, k_parts_body, (void *[]){(void *)tensors, workspace}, 400);',
    `static void k_parts_body(void *c, int begin, int end, int worker) { void **p = c; void *const *t = p[0]; const float *x = t[0]; float *y = t[1];
  float *mine = (float *)((unsigned char *)p[1] + 64 + worker * 4096);
  for (int i = begin; i < end; i++) mine[i % 1024] = x[i];
  for (int i = begin; i < end; i++) y[i] = 2 * mine[i % 1024]; }`, { sharedBytes: 64, threadBytes: 4096 });
  const outcome = await n.runner.run(request(await buildOne(n, source), pair(400, { samples: [0, 399] }), { threads: 3 }));
  assert.ok(outcome.result.ok);
  assert.deepEqual(outcome.result.value.samples[1], [0, 399].map((i) => 2 * randomElement('float32', 7, -1, 1, i)));
});

nativeTest('stops early on a slow candidate; lengthens short sections', async (n) => {
  const artifact = await buildOne(n, doubling('k_double', 1000));
  const slow = await n.runner.run(request(artifact, pair(1000), { timing: { ...DEFAULT_TIMING, repeats: 50, stopSeconds: 1e-9 } }));
  assert.ok(slow.result.ok);
  assert.deepEqual([slow.result.value.seconds.length, slow.result.value.stoppedEarly], [1, true]);
  const long = await n.runner.run(request(artifact, pair(1000), { timing: { repeats: 2, number: 1, minSeconds: 0.01, flush: false, stopSeconds: 0 } }));
  assert.ok(long.result.ok);
  assert.ok(long.result.value.number > 10);
});

nativeTest('what is timed waits for its turn at the gate, what is not does not', async (n) => {
  const artifact = await buildOne(n, doubling('k_gate', 8));
  let open = (): void => undefined;
  const section = n.gate.timed(() => new Promise<void>((resolve) => { open = resolve; }));
  const untimed = await n.runner.run(request(artifact, pair(8, { samples: [7] }), { timing: { ...DEFAULT_TIMING, repeats: 0 } }));
  assert.ok(untimed.result.ok && untimed.result.value.seconds.length === 0);
  let done = false;
  const timed = n.runner.run(request(artifact, pair(8, {}))).finally(() => { done = true; });
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(done, false);
  open();
  await section;
  assert.ok((await timed).result.ok);
});

nativeTest('a candidate whose first call is hopeless is called once, any other once before it is timed', async (n) => {
  const source = kernel('k_calls', '((float *)tensors[1])[0] = ++k_calls_made; for (volatile long i = 0; i < 30000000; i++);', 'static int k_calls_made;');
  const artifact = await buildOne(n, source);
  for (const [stopSeconds, calls] of [[1e-9, 1], [60, 4], [0, 4]] as const) {
    const { result } = await n.runner.run(request(artifact, pair(1, { samples: [0] }), { timing: { ...DEFAULT_TIMING, repeats: 3, stopSeconds } }));
    assert.ok(result.ok);
    assert.deepEqual([result.value.samples[1], result.value.seconds.length, result.value.stoppedEarly], [[calls], Math.max(1, calls - 1), calls === 1]);
  }
});

/** What a candidate meets where system calls are filtered, and elsewhere. */
const confined = <T>(filtered: T, elsewhere: T): T => (process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64') ? filtered : elsewhere);

const SPIN = 'volatile int go = 1; while (go) ;';
/** Body, record's error number, what the error says. */
const FAULTS: readonly (readonly [name: string, source: CSource, errorNo: number, says: RegExp])[] = [
  ['null pointer', kernel('k', '*(volatile int *)0 = 1;'), 4, /SIGSEGV.*warm-up/],
  ['illegal instruction', kernel('k', '__builtin_trap();'), 4, /SIGILL|SIGTRAP/],
  ['abort by a signal', kernel('k', '__builtin_abort();'), 4, /SIGABRT/],
  ['hang', kernel('k', SPIN), 7, /not done after 0\.6 s/],
  ['hang in a worker', kernel('k', 'host->parallel_for(host, k_body, 0, 2);', `static void k_body(void *c, int b, int e, int w) { (void)c; (void)b; (void)e; if (w) { ${SPIN} } }`), 7, /not done/],
  ['hang that ignores signals', kernel('k', `void *signal(int, void *); for (int i = 1; i < 32; i++) signal(i, (void *)1); ${SPIN}`), 7, /not done/],
  ['stack overflow', kernel('k', 'k_deep(1 << 30);', 'static int k_deep(volatile int n) { volatile char room[4096]; room[n % 4096] = 1; return n == 0 ? room[0] : k_deep(n - 1) + room[7]; }'), 4, /SIGSEGV/],
  ['write past the end of the output', kernel('k', 'float *y = tensors[1]; for (int i = 0; i < 80; i++) y[i] = 0;'), 4, /SIGSEGV/],
  ['write before the output', kernel('k', '((volatile char *)tensors[1])[-4096] = 0;'), 4, /SIGSEGV/],
  ['write to wild memory', kernel('k', 'for (unsigned long i = 0; i < 1ul << 40; i += 4096) ((volatile char *)tensors[1])[i] = 0x5a;'), 4, /SIGSEGV|SIGBUS/],
  ['writes all over its stack', kernel('k', 'volatile char here; for (long i = -2048; i < 1l << 26; i++) (&here)[i] = 0x5a;'), 4, /SIGSEGV|SIGBUS/],
  ['exit', kernel('k', 'void _exit(int); _exit(3);'), 4, /ended with code 3/],
  ['exit without the answer', kernel('k', 'void _exit(int); _exit(0);'), 4, /ended with code 0/],
  ['closes every file', kernel('k', 'int close(int); for (int i = 0; i < 100; i++) close(i);'), 0, /^$/],
  ['writes to standard output', kernel('k', 'long write(int, const void *, unsigned long); write(1, "junk junk junk junk junk", 24);'), 0, /^$/],
  ['asks for too much memory', kernel('k', 'void *malloc(unsigned long); *(volatile char *)malloc(3ul << 30) = 1;'), 4, /SIGSEGV/],
  ['kills its parent\'s group', kernel('k', 'int kill(int, int); int getpid(void); kill(0, 9);'), 4, confined(/SIGSYS/, /SIGKILL/)],
  ['forks without end', kernel('k', 'int fork(void); for (;;) fork();'), confined(4, 7), confined(/SIGSYS/, /not done/)],
  ['starts a program', kernel('k', 'int system(const char *); volatile int r = system("sleep 100 &"); (void)r;'), 4, /SIGSYS|ended/],
  ['leaves its group', kernel('k', 'int setsid(void); setsid();'), confined(4, 0), confined(/SIGSYS/, /^$/)],
  ['kills the runner', kernel('k', 'int kill(int, int); int getppid(void); kill(getppid(), 9);'), 4, confined(/SIGSYS/, /./)],
  ['writes a file', kernel('k', 'void *fopen(const char *, const char *); int fputs(const char *, void *); void *f = fopen("/tmp/ansor-test-escaped", "w"); if (f) for (;;) fputs("flood", f);'), 4, /SIGSYS|SIGXFSZ/],
  ['removes a file', kernel('k', 'int unlink(const char *); unlink("/tmp/ansor-test-none");'), confined(4, 0), confined(/SIGSYS/, /^$/)],
  ['opens a socket', kernel('k', 'int socket(int, int, int); socket(2, 1, 0);'), confined(4, 0), confined(/SIGSYS/, /^$/)],
  ['opens files without end', kernel('k', 'int open(const char *, int); int n = 0; while (open("/dev/null", 0) >= 0) n++; if (n < 64) return; __builtin_trap();'), 0, /^$/],
  ['divides by zero', kernel('k', 'volatile int n = 7, z = 0; volatile int q = n / z; (void)q;'), process.arch === 'x64' ? 4 : 0, process.arch === 'x64' ? /SIGFPE|signal/ : /^$/],
  ['allocates without end', kernel('k', 'void *malloc(unsigned long); for (;;) { volatile char *p = malloc(1ul << 24); if (!p) __builtin_abort(); p[0] = 1; }'), 4, /SIGABRT/],
  ['floods its output', kernel('k', 'long write(int, const void *, unsigned long); static const char junk[65536]; for (int i = 0; i < 100000; i++) { write(1, junk, 65536); write(2, junk, 65536); }'), 0, /^$/],
];
for (const [name, source, errorNo, says] of FAULTS) {
  nativeTest(`fault: ${name}`, async (n) => {
    const pid = n.runner.pid;
    const outcome = await n.runner.run(request(await buildOne(n, source), pair(64), { threads: 2, timeoutSeconds: errorNo === 7 ? 0.6 : 10 }));
    const got = outcome.result.ok ? { errorNo: 0, message: '' } : { errorNo: errorNumber(outcome.result.error), message: outcome.result.error.message };
    assert.equal(got.errorNo, errorNo, got.message);
    assert.match(got.message, says);
    assert.ok(pid === undefined || n.runner.pid === pid, 'the runner survives');
  });
}

nativeTest('fault: missing file, missing symbol, a file that is no library', async (n) => {
  const artifact = await buildOne(n, doubling('k_double', 64));
  for (const bad of [{ ...artifact, file: join(RUNNER_SOURCES, 'none.so') }, { ...artifact, symbol: 'k_none' }, { ...artifact, file: join(RUNNER_SOURCES, 'main.c') }]) {
    const outcome = await n.runner.run(request(bad, pair(64)));
    assert.equal(outcome.result.ok ? 0 : errorNumber(outcome.result.error), 3, JSON.stringify(outcome.result));
  }
});

nativeTest('a run after all faults is right', async (n) => {
  const outcome = await n.runner.run(request(await buildOne(n, doubling('k_double', 64)), pair(64, { samples: [63] }), { threads: 2 }));
  assert.deepEqual(outcome.result.ok && outcome.result.value.samples[1], [2 * randomElement('float32', 7, -1, 1, 63)]);
  assert.deepEqual(n.restarts, []);
});

nativeTest('requests that make no sense are refused, and the runner goes on', async (n) => {
  const artifact = await buildOne(n, doubling('k_double', 64));
  const bad = [
    request(artifact, pair(64, { fill: { kind: 'stored', buffer: 99 } })),
    request(artifact, pair(64, { compare: { buffer: 99, atol: 0, rtol: 0 } })),
    request(artifact, pair(64, { bytes: 255 })),
    request(artifact, pair(64, { samples: [64] })),
    ...[[{ extent: 63, step: 1 }], [{ extent: 8, step: 8 }, { extent: 9, step: 1 }], [{ extent: 64, step: 1 }, { extent: 0, step: 1 }], Array.from({ length: 65 }, () => ({ extent: 1, step: 1 }))].map((order) => request(artifact, pair(64, { fill: { kind: 'random', seed: 1, low: 0, high: 1, order } }))),
    request(artifact, pair(64), { threads: 0 }),
    request(artifact, pair(64), { timeoutSeconds: 0 }),
    request({ ...artifact, file: 'x'.repeat(5000) }, pair(64)),
    request({ ...artifact, workspace: { sharedBytes: 2 ** 50, threadBytes: 0 } }, pair(64)),
  ];
  const pid = n.runner.pid;
  for (const r of bad) {
    const outcome = await n.runner.run(r);
    assert.equal(outcome.result.ok ? 'ok' : outcome.result.error.kind, 'runner', JSON.stringify(outcome.result));
  }
  assert.equal(n.runner.pid, pid);
});

nativeTest('a function that stays open: calls, contents, new input', async (n) => {
  const size = 256;
  assert.ok((await n.runner.store(8, new Uint8Array(new Float32Array(size).fill(3).buffer))).ok);
  const x: TensorSpec = { role: 'input', dtype: 'float32', bytes: 4 * size, fill: { kind: 'stored', buffer: 8 } };
  const opened = await n.runner.open({ ...request(await buildOne(n, doubling('k_double', size)), [x, pair(size)[1] ?? x]), threads: 2 });
  assert.ok(opened.ok);
  const timing = { ...DEFAULT_TIMING, repeats: 10, flush: false };
  for (const value of [3, 4]) {
    assert.ok((await n.runner.store(8, new Uint8Array(new Float32Array(size).fill(value).buffer))).ok);
    const times = await opened.value.call(timing, 5);
    assert.equal(times.ok && times.value.length, 10);
    const y = await opened.value.tensor(1);
    assert.deepEqual(y.ok && [...new Set(new Float32Array(y.value.slice().buffer))], [2 * value]);
  }
  await opened.value.close();
  const closed = await opened.value.call(timing, 5);
  assert.ok(!closed.ok);
});

nativeTest('functions that are open side by side stay apart', async (n) => {
  const sizes = [64, 128, 32];
  const opened: OpenFunction[] = [];
  for (const size of sizes) {
    const one = await n.runner.open(request(await buildOne(n, doubling(`k_double_${size}`, size)), pair(size)));
    assert.ok(one.ok);
    opened.push(one.value);
  }
  const bytes = async (): Promise<number[]> => Promise.all(opened.map(async (one) => {
    const times = await one.call({ ...DEFAULT_TIMING, repeats: 2, flush: false }, 5);
    const y = await one.tensor(1);
    return times.ok && y.ok ? y.value.length : 0;
  }));
  assert.deepEqual(await bytes(), [256, 512, 128]);
  await opened[1]?.close();
  assert.deepEqual(await bytes(), [256, 0, 128]);
  for (const one of opened) await one.close();
});

nativeTest('an open function that crashes or hangs is a typed error, and the next run works', async (n) => {
  for (const [body, errorNo] of [['*(volatile int *)0 = 1;', 4], [SPIN, 7]] as const) {
    const opened = await n.runner.open(request(await buildOne(n, kernel('k_bad', body)), pair(64)));
    assert.ok(opened.ok);
    const times = await opened.value.call(DEFAULT_TIMING, 0.5);
    assert.equal(times.ok ? 0 : errorNumber(times.error), errorNo);
    assert.ok((await n.runner.run(request(await buildOne(n, doubling('k_double', 64)), pair(64)))).result.ok);
  }
});

nativeTest('a runner killed in mid-run: an error, then a new runner that has the buffers', async (n) => {
  const size = 64;
  assert.ok((await n.runner.storeRandom(20, { dtype: 'float32', bytes: 4 * size, seed: 5, low: 0, high: 1 })).ok);
  const x: TensorSpec = { role: 'input', dtype: 'float32', bytes: 4 * size, fill: { kind: 'stored', buffer: 20 } };
  const y: TensorSpec = { role: 'output', dtype: 'float32', bytes: 4 * size, fill: { kind: 'poison' } };
  const right = await buildOne(n, doubling('k_double', size));
  assert.ok((await n.runner.run(request(right, [x, { ...y, keep: 21 }]))).result.ok);
  const pid = n.runner.pid;
  assert.ok(pid !== undefined);
  const running = n.runner.run(request(await buildOne(n, kernel('k_bad', SPIN)), pair(64), { timeoutSeconds: 20 }));
  setTimeout(() => process.kill(pid, 'SIGKILL'), 100);
  const killed = await running;
  assert.equal(killed.result.ok ? 'ok' : killed.result.error.kind, 'runner');
  assert.match(killed.result.ok ? '' : killed.result.error.message, /SIGKILL/);
  const next = await n.runner.run(request(right, [x, { ...y, compare: { buffer: 21, atol: 0, rtol: 0 } }]));
  assert.ok(next.result.ok, JSON.stringify(next.result));
  assert.notEqual(n.runner.pid, pid);
});
