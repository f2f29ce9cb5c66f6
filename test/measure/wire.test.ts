/** The protocol: frames in any cut, and a runner that is fed garbage. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { FrameSplitter, frameBytes, MESSAGE, PayloadReader, PayloadWriter, WireError, WIRE_LIMIT, WIRE_MAGIC, type Frame } from '../../server/src/measure/wire.js';
import { RunnerConnection } from '../../server/src/measure/runner-connection.js';
import { RunnerClient } from '../../server/src/measure/runner-client.js';
import { DeviceGate } from '../../server/src/measure/gate.js';
import { NO_COMPILER, startNative, type Native } from './native.js';

let native: Native | undefined;
before(async () => { native = await startNative(); });
after(() => native?.close());

const frame = fc.record({ type: fc.nat(255), id: fc.nat(), payload: fc.uint8Array({ maxLength: 100 }) });

test('frames survive any cut of the stream', () => {
  fc.assert(fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }), (frames, cuts) => {
    const bytes = Buffer.concat(frames.map(frameBytes));
    const splitter = new FrameSplitter();
    const got: Frame[] = [];
    for (let at = 0, k = 0; at < bytes.length; k++) {
      const n = cuts[k % cuts.length] ?? 1;
      got.push(...splitter.push(bytes.subarray(at, at + n)));
      at += n;
    }
    assert.deepEqual(got.map((f) => ({ ...f, payload: [...f.payload] })), frames.map((f) => ({ ...f, payload: [...f.payload] })));
  }), { numRuns: 100 });
});

test('payload values survive; reading past the end is an error, never a wrong value', () => {
  const w = new PayloadWriter().u8(200).u32(0xfffffffe).u64(2 ** 52 + 1).f64(-0.1).text('größer').bytes(new Uint8Array(600));
  const r = new PayloadReader(w.finish());
  assert.deepEqual([r.u8(), r.u32(), r.u64(), r.f64(), r.text()], [200, 0xfffffffe, 2 ** 52 + 1, -0.1, 'größer']);
  assert.throws(() => new PayloadReader(new Uint8Array(3)).u32(), WireError);
  assert.throws(() => new PayloadReader(new PayloadWriter().u32(1e9).finish()).list(8, () => 0), WireError);
  assert.throws(() => new FrameSplitter().push(new Uint8Array(16)), WireError);
});

/** The head of a frame with a payload of `length` bytes. */
function head(length: number): Uint8Array {
  const bytes = frameBytes({ type: MESSAGE.hello, id: 1, payload: new Uint8Array(0) });
  new DataView(bytes.buffer).setUint32(12, length, true);
  return bytes;
}

test('the limit of a frame, on our side: at it the payload is waited for, one byte more is refused before anything is taken in', async () => {
  assert.deepEqual(new FrameSplitter().push(head(WIRE_LIMIT)), []);
  assert.throws(() => new FrameSplitter().push(head(WIRE_LIMIT + 1)), WireError);
  const whole = new FrameSplitter().push(Buffer.concat([head(WIRE_LIMIT), new Uint8Array(WIRE_LIMIT)]));
  assert.deepEqual(whole.map((f) => f.payload.length), [WIRE_LIMIT]);
  // What is too long is not sent: the other side would end.
  const cat = new RunnerConnection(['/bin/cat']);
  const sent = await cat.request(MESSAGE.store, new Uint8Array(WIRE_LIMIT + 1), 5000);
  assert.ok(!sent.ok && sent.error.kind === 'refused' && /limit/.test(sent.error.message), JSON.stringify(sent));
  assert.ok(cat.alive);
  await cat.close();
});

test('the limit of a frame, on the runner: at it the payload is waited for, one byte more ends it', async (t) => {
  if (native === undefined) { t.skip(NO_COMPILER); return; }
  assert.equal(await feed(native.program, Buffer.concat([head(WIRE_LIMIT), new Uint8Array(WIRE_LIMIT)])), 0);
  assert.equal(await feed(native.program, head(WIRE_LIMIT + 1)), 2);
});

/**
 * Feeds the runner; its exit code. The end of input must end it whatever came before. It may have 1 GiB: what asks for tensors of 4 GiB is refused then, not filled for
 * seconds.
 */
function feed(program: string, bytes: Uint8Array): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', 'ulimit -v 1048576 && exec "$0"', program], { stdio: ['pipe', 'ignore', 'inherit'] });
    const timer = setTimeout(() => { child.kill('SIGKILL'); reject(new Error(`hangs on ${Buffer.from(bytes).toString('hex').slice(0, 200)}`)); }, 5000);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (signal === null) resolve(code);
      else reject(new Error(`${signal} on ${Buffer.from(bytes).toString('hex').slice(0, 400)}`));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(bytes);
  });
}

test('garbage ends the runner with code 2; cut frames too', async (t) => {
  if (native === undefined) { t.skip(NO_COMPILER); return; }
  const { program } = native;
  const hello = frameBytes({ type: MESSAGE.hello, id: 1, payload: new Uint8Array(0) });
  const huge = new Uint8Array(16);
  new DataView(huge.buffer).setUint32(0, WIRE_MAGIC, true);
  huge.fill(0xff, 4);
  const cases: readonly (readonly [Uint8Array, number])[] = [
    [new Uint8Array(0), 0], [hello, 0], [Buffer.concat([hello, hello]), 0],
    [Buffer.from('hello\n'), 2], [Buffer.from('x'), 2], [hello.subarray(0, 9), 2], [huge, 2], [Buffer.concat([hello, Buffer.from('junk')]), 2],
    [frameBytes({ type: 77, id: 1, payload: new Uint8Array(9) }), 0],
  ];
  for (const [bytes, code] of cases) assert.equal(await feed(program, bytes), code, Buffer.from(bytes).toString('hex'));
});

test('garbage that does not end: the runner refuses it at once', async (t) => {
  if (native === undefined) { t.skip(NO_COMPILER); return; }
  const child = spawn(native.program, [], { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.on('error', () => undefined);
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  child.stdin.write('GET / HTTP/1.1');
  assert.equal(await ended, 2);
  clearTimeout(timer);
});

test('random requests with well-formed frames never crash or hang the runner', async (t) => {
  if (native === undefined) { t.skip(NO_COMPILER); return; }
  const { program } = native;
  const number = fc.oneof(fc.constantFrom(0, 1, 2, 0x7fffffff, 0xffffffff), fc.nat(70000));
  const payload = fc.array(fc.oneof(
    number.map((v) => new PayloadWriter().u32(v).finish()), fc.double().map((v) => new PayloadWriter().f64(v).finish()),
    fc.string({ maxLength: 9 }).map((v) => new PayloadWriter().text(v).finish()), fc.uint8Array({ maxLength: 30 }),
  ), { maxLength: 30 }).map((parts) => Buffer.concat(parts));
  const request = fc.record({ type: fc.integer({ min: 1, max: 11 }), id: fc.nat(), payload });
  await fc.assert(fc.asyncProperty(fc.array(request, { maxLength: 40 }), async (requests) => {
    assert.equal(await feed(program, Buffer.concat(requests.map(frameBytes))), 0);
  }), { numRuns: 60, endOnFailure: true });
});

for (const [name, command] of [['that says nothing we know', ['/bin/echo', 'hello']], ['that ends at once', ['/bin/false']], ['that does not exist', ['/nowhere/runner']]] as const) {
  test(`a program ${name} is no runner: a typed error`, async (t) => {
    if (process.platform === 'win32') { t.skip('POSIX programs'); return; }
    const client = new RunnerClient({ command, gate: new DeviceGate() });
    const info = await client.info();
    assert.equal(info.ok ? 'ok' : info.error.kind, 'runner');
    await client.close();
  });
}
