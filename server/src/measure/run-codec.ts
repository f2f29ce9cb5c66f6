/** The payloads of RUN, OPEN and CALL (read by runner/job.c) and RUN's reply (written by runner/isolate.c). */
import { err, ok } from '../base/result.js';
import { dtypeBytes } from '../ir/dtype.js';
import { cutMessage, type MeasureError } from './errors.js';
import type { Comparison, Fill, RunOutcome, RunReport, RunRequest, RunnerInfo, TensorSpec, Timing } from './interface.js';
import { dtypeCode, PayloadReader, WireError, WIRE_VERSION, type PayloadWriter } from './wire.js';

const FILL_CODE: Readonly<Record<Fill['kind'], number>> = { poison: 0, random: 1, stored: 2, zero: 3 };
const DEFAULT_MEMORY = 2 ** 30;
const FLUSH_KINDS = ['none', 'slow', 'fast'] as const;

export function writeRun(w: PayloadWriter, r: RunRequest): void {
  w.f64(r.timeoutSeconds).u64(r.memoryBytes ?? DEFAULT_MEMORY);
  writeTiming(w, r.timing);
  writeFunction(w, r);
}

export function writeTiming(w: PayloadWriter, t: Timing): void {
  // Only the first call after a flush would be cold.
  const { number, minSeconds } = t.flush ? { number: 1, minSeconds: 0 } : t;
  w.u32(t.repeats).u32(number).f64(minSeconds).f64(t.stopSeconds).u8(t.flush ? 1 : 0);
}

export function writeFunction(w: PayloadWriter, r: Pick<RunRequest, 'artifact' | 'tensors' | 'threads' | 'pin'>): void {
  w.text(r.artifact.file).text(r.artifact.symbol).u32(r.threads);
  w.u64(r.artifact.workspace.sharedBytes).u64(r.artifact.workspace.threadBytes).u8(r.pin === false ? 0 : 1);
  w.u32(r.tensors.length);
  r.tensors.forEach((t, i) => { writeTensor(w, t, t.flush ?? i > 0); });
}

function writeTensor(w: PayloadWriter, t: TensorSpec, flush: boolean): void {
  const { fill } = t;
  w.u64(t.bytes).u8(t.role === 'output' ? 1 : 0).u8(dtypeCode(t.dtype)).u8(FILL_CODE[fill.kind]).u8(flush ? 1 : 0);
  w.u32(fill.kind === 'stored' ? fill.buffer : 0).u32(fill.kind === 'random' ? fill.seed >>> 0 : 0);
  w.f64(fill.kind === 'random' ? fill.low : 0).f64(fill.kind === 'random' ? fill.high : 0);
  w.u32(t.compare?.buffer ?? 0).u32(t.keep ?? 0).f64(t.compare?.atol ?? 0).f64(t.compare?.rtol ?? 0);
  const samples = t.samples ?? [];
  w.u32(samples.length);
  for (const s of samples) w.u64(s);
  const order = fill.kind === 'random' ? fill.order ?? [] : [];
  w.u32(order.length);
  for (const { extent, step } of order) w.u64(extent).u64(step);
}

/** Throws `WireError` on a malformed reply. */
export function readRun(payload: Uint8Array, request: RunRequest): RunOutcome {
  const r = new PayloadReader(payload);
  const status = r.u8();
  const stage = r.text();
  const signal = r.text();
  const message = cutMessage(r.text());
  const wallSeconds = r.f64();
  r.f64(); // Seconds for allocating and filling.
  const stealTicks = r.u64();
  const number = r.u32();
  const stoppedEarly = r.u8() !== 0;
  const seconds = r.list(8, () => r.f64());
  const comparisons = r.list(36, (): Comparison => {
    const tensor = r.u32();
    const mismatches = r.u64();
    const index = r.u64();
    const maxAbs = r.f64();
    const got = r.f64();
    const expected = r.f64();
    return { tensor, mismatches, maxAbs, first: mismatches === 0 ? undefined : { index, got, expected } };
  });
  const sampled = r.list(8, () => r.f64());
  let at = 0;
  const samples = request.tensors.map((t) => sampled.slice(at, (at += t.samples?.length ?? 0)));
  const report: RunReport = { seconds, stoppedEarly, number, comparisons, samples };
  const failed = (error: MeasureError, withReport = false): RunOutcome =>
    ({ result: err(error), report: withReport ? report : undefined, wallSeconds, stealTicks });
  switch (status) {
    case 0: return { result: ok(report), report, wallSeconds, stealTicks };
    case 3: return failed({ kind: 'load', message });
    case 4: return failed({ kind: 'crash', signal, stage, message });
    case 5: return failed({ kind: 'wrong-result', message: describeMismatch(comparisons, request) }, true);
    case 7: return failed({ kind: 'run-timeout', seconds: request.timeoutSeconds, message });
    default: throw new WireError(`the runner sent an unknown status (${status})`);
  }
}

function describeMismatch(comparisons: readonly Comparison[], request: RunRequest): string {
  const bad = comparisons.find((c) => c.mismatches > 0);
  const tensor = bad === undefined ? undefined : request.tensors[bad.tensor];
  if (bad?.first === undefined || tensor === undefined) return 'the output differs from the reference';
  const elements = tensor.bytes / dtypeBytes(tensor.dtype);
  return `${bad.mismatches} of ${elements} elements of tensor ${bad.tensor} differ from the reference, first ${bad.first.index}: ${bad.first.got} instead of ${bad.first.expected}`;
}

/** HELLO's reply, or the runner's version if it is not ours. */
export function readHello(payload: Uint8Array): RunnerInfo | number {
  const r = new PayloadReader(payload);
  const version = r.u32();
  if (version !== WIRE_VERSION) return version;
  const cores = r.u32();
  const physicalCores = r.u32();
  const cacheFlush = FLUSH_KINDS[r.u32()] ?? 'none';
  const cacheLineBytes = r.u32();
  const memoryBytes = r.u64();
  const os = r.text();
  const arch = r.text();
  const cpu = r.text();
  return { cores, physicalCores, cacheFlush, cacheLineBytes, memoryBytes, os, arch, cpu, features: r.text().split(' ').filter((f) => f !== '') };
}
