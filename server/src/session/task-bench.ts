/**
 * A task set up for measuring: seeded inputs, the naive program's output as reference, and the checks that a candidate must pass before its
 * time counts (design of checking: 256 elements straight from the DAG, the whole output against the naive program).
 */
import { defined } from '../base/assert.js';
import { err, ok, type Result } from '../base/result.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import { elementCount, type Buffer } from '../ir/buffer.js';
import { dtypeBytes } from '../ir/dtype.js';
import { packWeights } from '../lower/layout-rewrite.js';
import { planCheck, verifySamples, type CheckPlan } from '../measure/check.js';
import { cutMessage, type MeasureError } from '../measure/errors.js';
import { randomTensor } from '../measure/fill.js';
import type { Artifact, BufferId, RunOutcome, TensorSpec, Timing } from '../measure/interface.js';
import { ScheduleError } from '../schedule/step.js';
import { CodegenError } from '../target/kernel/build.js';
import type { Backend } from './backend.js';
import { elementBytes } from './element-bytes.js';
import { compileNaive, placeholders, symbolFor, type CompiledState } from './compile.js';

/** Inputs lie in [-1, 1): large enough to show errors, small enough for exponentials. */
const LOW = -1;
const HIGH = 1;
const NAIVE_TIMEOUT_SECONDS = 120;
const TIMEOUT_SECONDS = 10;
/** Sections per candidate, and how much slower than the best the first may be for the rest to be worth the time. */
const REPEATS = 8;
const HOPELESS = 1.5;

export class TaskBench {
  private constructor(
    private readonly backend: Backend, readonly dag: ComputeDag, private readonly inputs: readonly Buffer[], private readonly outputs: readonly Buffer[],
    private readonly seed: number, private readonly data: ReadonlyMap<Buffer, Float32Array | Float64Array>, private readonly ids: BufferIds, private readonly references: readonly BufferId[], private readonly check: CheckPlan,
    /** Seconds of the naive program. */
    readonly naiveSeconds: number) {}

  /** Builds and runs the naive program once, and checks it against the DAG. */
  static async create(backend: Backend, dag: ComputeDag, seed: number, ids: BufferIds): Promise<Result<TaskBench, MeasureError>> {
    const inputs = placeholders(dag);
    const { outputs } = dag;
    const info = await backend.runner.info();
    if (!info.ok) return info;
    const bytes = dag.ops.reduce((sum, op) => sum + byteCount(op.output), 0);
    if (bytes > info.value.memoryBytes / 2) return err({ kind: 'load', message: `its tensors take ${gib(bytes)} GiB, more than half of the ${gib(info.value.memoryBytes)} GiB of memory` });
    const naive = naiveOf(dag);
    if (!naive.ok) return naive;
    const [built] = await backend.build([naive.value.kernel]);
    if (built === undefined) throw new Error('assertion failed: a build has one outcome per kernel');
    if (!built.result.ok) return built.result;
    const data = new Map(inputs.map((b, i) => [b, randomTensor(b.dtype, seed + i, LOW, HIGH, elementCount(b.shape))]));
    const check = planCheck(dag, data, { seed });
    const references = outputs.map(() => ids.next());
    const tensors: TensorSpec[] = [
      ...inputs.map((b, i): TensorSpec => ({ role: 'input', dtype: b.dtype, bytes: byteCount(b), fill: random(seed + i) })),
      ...outputs.map((b, i): TensorSpec => ({ role: 'output', dtype: b.dtype, bytes: byteCount(b), fill: { kind: 'poison' }, keep: references[i] ?? 0, samples: check[i]?.samples ?? [] })),
    ];
    const timing: Timing = { repeats: 1, number: 1, minSeconds: 0, flush: true, stopSeconds: 0 };
    const outcome = await backend.runner.run({ artifact: built.result.value, tensors, threads: backend.threads, timing, timeoutSeconds: NAIVE_TIMEOUT_SECONDS });
    if (!outcome.result.ok) return outcome.result;
    const verified = verifySamples(check, outcome.result.value.samples.slice(inputs.length));
    if (!verified.ok) return err({ kind: 'wrong-result', message: `the naive program: ${verified.error.message}` });
    return ok(new TaskBench(backend, dag, inputs, outputs, seed, data, ids, references, check, outcome.result.value.seconds[0] ?? 0));
  }

  /** Times a built candidate and compares its outputs. `best`: seconds of the fastest so far. */
  async run(artifact: Artifact, compiled: CompiledState, best: number | undefined): Promise<RunOutcome> {
    const packedIds: BufferId[] = [];
    const tensors: TensorSpec[] = [];
    for (const [i, buffer] of this.inputs.entries()) {
      const rewrite = compiled.packed.get(buffer);
      if (rewrite === undefined) {
        tensors.push({ role: 'input', dtype: buffer.dtype, bytes: byteCount(buffer), fill: random(this.seed + i) });
        continue;
      }
      const id = this.ids.next();
      packedIds.push(id);
      const packed = elementBytes(packWeights(rewrite, defined(this.data.get(buffer), 'the data of an input')), buffer.dtype);
      const stored = await this.backend.runner.store(id, packed);
      if (!stored.ok) {
        for (const kept of packedIds) await this.backend.runner.drop(kept);
        return { result: stored, report: undefined, wallSeconds: 0, stealTicks: 0 };
      }
      tensors.push({ role: 'input', dtype: buffer.dtype, bytes: packed.length, fill: { kind: 'stored', buffer: id } });
    }
    this.outputs.forEach((b, i) => tensors.push({
      role: 'output', dtype: b.dtype, bytes: byteCount(b), fill: { kind: 'poison' }, samples: this.check[i]?.samples ?? [],
      compare: { buffer: this.references[i] ?? 0, atol: this.check[i]?.atol ?? 0, rtol: this.check[i]?.rtol ?? 0 },
    }));
    const timing: Timing = { repeats: REPEATS, number: 1, minSeconds: 0, flush: true, stopSeconds: best === undefined ? 0 : best * HOPELESS };
    const outcome = await this.backend.runner.run({ artifact, tensors, threads: this.backend.threads, timing, timeoutSeconds: TIMEOUT_SECONDS });
    for (const id of packedIds) await this.backend.runner.drop(id);
    if (!outcome.result.ok) return outcome;
    const verified = verifySamples(this.check, outcome.result.value.samples.slice(this.inputs.length));
    return verified.ok ? outcome : { ...outcome, result: verified };
  }

  async close(): Promise<void> {
    for (const id of this.references) await this.backend.runner.drop(id);
  }
}

function naiveOf(dag: ComputeDag): Result<CompiledState, MeasureError> {
  try {
    return ok(compileNaive(dag, symbolFor(`naive ${dag.ops.map((o) => `${o.name}${o.output.shape.join('x')}`).join(' ')}`)));
  } catch (e) {
    if (e instanceof CodegenError || e instanceof ScheduleError) return err({ kind: 'compile', message: cutMessage(e.message) });
    throw e;
  }
}

/** Numbers for buffers kept by one runner. */
export class BufferIds {
  private last = 0;

  next(): BufferId {
    return ++this.last;
  }
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(1);
}

function random(seed: number): TensorSpec['fill'] {
  return { kind: 'random', seed, low: LOW, high: HIGH };
}

export function byteCount(b: Buffer): number {
  return elementCount(b.shape) * dtypeBytes(b.dtype);
}
