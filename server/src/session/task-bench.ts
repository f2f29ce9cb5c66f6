/**
 * A task set up for measuring: seeded inputs, a plain program's output as reference, and the checks that a candidate must pass before its
 * time counts (design of checking: 256 elements straight from the DAG, the whole output against that of the plain program).
 */
import { err, ok, type Result } from '../base/result.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import { dagFlops } from '../dag/flops.js';
import { elementCount, type Buffer } from '../ir/buffer.js';
import { dtypeBytes } from '../ir/dtype.js';
import { packedOrder, packWeights, type LayoutRewrite } from '../lower/layout-rewrite.js';
import { planCheck, verifySamples, type CheckOptions, type CheckPlan } from '../measure/check.js';
import { cutMessage, type MeasureError } from '../measure/errors.js';
import { randomTensor } from '../measure/fill.js';
import type { Artifact, BufferId, Fill, RunOutcome, TensorSpec, Timing } from '../measure/interface.js';
import { ScheduleError } from '../schedule/step.js';
import { CodegenError } from '../target/kernel/build.js';
import type { Backend } from './backend.js';
import { elementBytes } from '../ir/element-bytes.js';
import { hardInputs, uniformSet, type InputSet } from './hard-inputs.js';
import { compileNaive, compilePlain, placeholders, symbolFor, type CompiledState } from './compile.js';

/** Inputs lie in [-1, 1): large enough to show errors, small enough for exponentials. */
const LOW = -1;
const HIGH = 1;
const TIMEOUT_SECONDS = 10;
/** Sections per candidate, and how much slower than the best the first may be for the rest to be worth the time. */
const REPEATS = 8;
const HOPELESS = 1.5;

/** One call, no times. */
const NOT_TIMED: Timing = { repeats: 0, number: 1, minSeconds: 0, flush: false, stopSeconds: 0 };
const ONCE: Timing = { repeats: 1, number: 1, minSeconds: 0, flush: true, stopSeconds: 0 };
/** Of the plain program: if it takes longer, the naive one, which takes several times as long, is timed beside others. */
const SHORT_SECONDS = 0.02;
/** A naive program with so few operations ends soon, however long the plain one took on a busy machine. */
const FEW_FLOPS = 3e8;
const HARD_CHECK = (seed: number): CheckOptions => ({ seed, samples: 48, budgetSeconds: 1 });
/** Without a plain program's output the definition is asked for more elements. */
const HARD_ALONE = (seed: number): CheckOptions => ({ seed, samples: 256, budgetSeconds: 2 });
/**
 * Seconds for a run of the plain program: `naive`: if it took longer, the naive one is not run, unless it has few operations; `again`: if it took longer, it does not run on hard
 * inputs as well; `once`: if it takes longer, it is ended, and the definition is asked alone.
 */
export interface PlainPatience { readonly naive: number; readonly again: number; readonly once: number }
const PATIENCE: PlainPatience = Object.freeze({ naive: 0.5, again: 2, once: 120 });

/** `references`: what a plain program made; undefined: it takes too long. `stored`: its inputs that the runner keeps, to make the references again if it has to be started again. */
interface HardReference { readonly references: readonly BufferId[] | undefined; readonly check: CheckPlan; readonly stored: readonly BufferId[] }

/** What is measured, where, and with which inputs. */
interface BenchTask {
  readonly backend: Backend; readonly dag: ComputeDag; readonly inputs: readonly Buffer[]; readonly outputs: readonly Buffer[];
  readonly seed: number; readonly ids: BufferIds; readonly patience: PlainPatience;
}

/** What the plain programs showed. */
interface PlainResult {
  readonly reference: Artifact; readonly check: CheckPlan;
  /** What the quick one made; undefined: it takes too long. */
  readonly references: readonly BufferId[] | undefined;
  /** Seconds of the naive one; undefined: it takes too long to find out. */
  readonly naiveSeconds: number | undefined;
  /** The quick one runs on hard inputs as well. */
  readonly byProgram: boolean;
}

export class TaskBench {
  private readonly ordinary: InputSet;
  /** By name of the set. */
  private readonly hard = new Map<string, HardReference | 'unsure'>();
  private preparing: Promise<void> | undefined;

  private constructor(private readonly task: BenchTask, private readonly plain: PlainResult) {
    this.ordinary = uniformSet('ordinary values', task.inputs, task.seed, LOW, HIGH);
  }

  get dag(): ComputeDag {
    return this.task.dag;
  }

  get naiveSeconds(): number | undefined {
    return this.plain.naiveSeconds;
  }

  /**
   * Builds and runs a plain program of the same sums as the naive one, whose output is the reference; checks both against the DAG and each other, where the naive one
   * does not take long.
   */
  static async create(backend: Backend, dag: ComputeDag, seed: number, ids: BufferIds, patience = PATIENCE): Promise<Result<TaskBench, MeasureError>> {
    const inputs = placeholders(dag);
    const { outputs } = dag;
    const info = await backend.runner.info();
    if (!info.ok) return info;
    const bytes = dag.ops.reduce((sum, op) => sum + byteCount(op.output), 0);
    if (bytes > info.value.memoryBytes / 2) return err({ kind: 'load', message: `its tensors take ${gib(bytes)} GiB, more than half of the ${gib(info.value.memoryBytes)} GiB of memory` });
    const programs = plainPrograms(dag);
    if (!programs.ok) return programs;
    const build = (): ReturnType<Backend['build']> => backend.build(programs.value.map((p) => p.kernel));
    const [naive, quick] = await build();
    if (naive === undefined || quick === undefined) throw new Error('assertion failed: a build has one outcome per kernel');
    if (!naive.result.ok) return naive.result;
    if (!quick.result.ok) return quick.result;
    const reference: Artifact = { ...quick.result.value, restore: async () => { await build(); } };
    // Another task's programs may be timed meanwhile.
    const check = await backend.gate.work(() => planCheck(dag, new Map(inputs.map((b, i) => [b, randomTensor(b.dtype, seed + i, LOW, HIGH, elementCount(b.shape))])), { seed }));
    const references = outputs.map(() => ids.next());
    const given = inputs.map((b, i): TensorSpec => ({ role: 'input', dtype: b.dtype, bytes: byteCount(b), fill: random(seed + i) }));
    const run = async (name: string, artifact: Artifact, timing: Timing, wanted: (output: number) => Partial<TensorSpec>): Promise<Result<number, MeasureError>> => {
      const tensors = [...given, ...outputs.map((b, i): TensorSpec => ({ role: 'output', dtype: b.dtype, bytes: byteCount(b), fill: { kind: 'poison' }, samples: check[i]?.samples ?? [], ...wanted(i) }))];
      const { result, wallSeconds } = await backend.runner.run({ artifact, tensors, threads: backend.threads, timing, timeoutSeconds: patience.once });
      if (!result.ok) return result;
      const verified = verifySamples(check, result.value.samples.slice(inputs.length));
      return verified.ok ? ok(result.value.seconds[0] ?? wallSeconds) : err({ kind: 'wrong-result', message: `${name}: ${verified.error.message}` });
    };
    const plain = await run('a plain program', reference, NOT_TIMED, (i) => ({ keep: references[i] ?? 0 }));
    const made = (shown: Pick<PlainResult, 'references' | 'naiveSeconds' | 'byProgram'>): Result<TaskBench, MeasureError> =>
      ok(new TaskBench({ backend, dag, inputs, outputs, seed, ids, patience }, { reference, check, ...shown }));
    if (!plain.ok) return plain.error.kind === 'run-timeout' ? made({ references: undefined, naiveSeconds: undefined, byProgram: false }) : plain;
    const slow = plain.value > patience.naive && dagFlops(dag) > FEW_FLOPS ? undefined : await run('the naive program', naive.result.value, plain.value > SHORT_SECONDS ? NOT_TIMED : ONCE, (i) => ({
      compare: { buffer: references[i] ?? 0, atol: check[i]?.atol ?? 0, rtol: check[i]?.rtol ?? 0 },
    }));
    if (slow?.ok === false) return slow;
    return made({ references, naiveSeconds: slow?.value, byProgram: plain.value <= patience.again });
  }

  /** Times a built candidate and compares its outputs. `best`: seconds of the fastest so far. */
  async run(artifact: Artifact, compiled: CompiledState, best: number | undefined): Promise<RunOutcome> {
    const { backend, inputs, outputs } = this.task;
    const { check, references } = this.plain;
    const given = await this.give(this.ordinary, compiled.packed);
    if (!given.ok) return { result: given, report: undefined, wallSeconds: 0, stealTicks: 0 };
    const { tensors, stored: packedIds } = given.value;
    const timing: Timing = { repeats: REPEATS, number: 1, minSeconds: 0, flush: true, stopSeconds: best === undefined ? 0 : best * HOPELESS };
    const outcome = await backend.runner.run({ artifact, tensors: [...tensors, ...compared(outputs, check, references)], threads: backend.threads, timing, timeoutSeconds: TIMEOUT_SECONDS });
    for (const id of packedIds) await backend.runner.drop(id);
    if (!outcome.result.ok) return outcome;
    const verified = verifySamples(check, outcome.result.value.samples.slice(inputs.length));
    return verified.ok ? outcome : { ...outcome, result: verified };
  }

  /** Begins to make what `verify` compares with. Nothing of it is timed: it goes on while programs are searched for and built. */
  prepare(): void {
    this.preparing ??= this.hardReferences();
    // Whoever verifies hears of a failure.
    this.preparing.catch(() => undefined);
  }

  private async hardReferences(): Promise<void> {
    const { dag, inputs, seed } = this.task;
    for (const set of hardInputs(dag, inputs, seed)) {
      const made = await this.hardSet(set, this.plain.byProgram);
      if (!made.ok) return;
    }
  }

  /**
   * Runs a program on hard inputs and compares it with a plain program of the same sums (`compilePlain`), or with the definition where that takes too long. The value: names of the sets on which there is nothing to compare with,
   * since that program and the definition differ there.
   */
  async verify(artifact: Artifact, compiled: CompiledState): Promise<Result<readonly string[], MeasureError>> {
    const { dag, inputs, seed } = this.task;
    await this.preparing;
    const unsure: string[] = [];
    for (const set of hardInputs(dag, inputs, seed)) {
      const quick = await this.hardSet(set, this.plain.byProgram);
      if (!quick.ok) return quick;
      let verified = await this.verifyOn(set, artifact, compiled, quick.value);
      // Where the definition alone objects, the plain program is asked after all: it may differ from the definition, too.
      if (!verified.ok && verified.error.kind === 'wrong-result' && this.plain.references !== undefined && quick.value !== undefined && quick.value.references === undefined) {
        const sure = await this.hardSet(set, true);
        if (!sure.ok) return sure;
        verified = await this.verifyOn(set, artifact, compiled, sure.value);
      }
      if (!verified.ok) return verified;
      if (this.hard.get(set.name) === 'unsure') unsure.push(set.name);
    }
    return ok(unsure);
  }

  private async verifyOn(set: InputSet, artifact: Artifact, compiled: CompiledState, hard: HardReference | undefined): Promise<Result<void, MeasureError>> {
    const { backend, inputs, outputs } = this.task;
    if (hard === undefined) return ok(undefined);
    const { references, check } = hard;
    const given = await this.give(set, compiled.packed);
    if (!given.ok) return given;
    const outcome = await backend.runner.run({ artifact, tensors: [...given.value.tensors, ...compared(outputs, check, references)], threads: backend.threads, timing: NOT_TIMED, timeoutSeconds: TIMEOUT_SECONDS });
    for (const id of given.value.stored) await backend.runner.drop(id);
    if (!outcome.result.ok) return err(onSet(outcome.result.error, set));
    const verified = verifySamples(check, outcome.result.value.samples.slice(inputs.length));
    return verified.ok ? verified : err(onSet(verified.error, set));
  }

  /** What is known of a set, if need be from the plain program, whose output the runner keeps; undefined: that is not what the definition says. */
  private async hardSet(set: InputSet, byProgram: boolean): Promise<Result<HardReference | undefined, MeasureError>> {
    const { backend, inputs, outputs, seed, ids, patience } = this.task;
    const known = this.hard.get(set.name);
    if (known === 'unsure') return ok(undefined);
    if (known !== undefined && (known.references !== undefined || !byProgram)) return ok(known);
    if (!byProgram) {
      const alone: HardReference = { references: undefined, check: await this.definitionOn(set, HARD_ALONE(seed)), stored: [] };
      this.hard.set(set.name, alone);
      return ok(alone);
    }
    const given = await this.give(set, new Map());
    if (!given.ok) return given;
    const check = await this.definitionOn(set, HARD_CHECK(seed));
    const references = outputs.map(() => ids.next());
    const kept = outputs.map((b, i): TensorSpec => ({ role: 'output', dtype: b.dtype, bytes: byteCount(b), fill: { kind: 'poison' }, keep: references[i] ?? 0, samples: check[i]?.samples ?? [] }));
    const outcome = await backend.runner.run({ artifact: this.plain.reference, tensors: [...given.value.tensors, ...kept], threads: backend.threads, timing: NOT_TIMED, timeoutSeconds: patience.once });
    if (!outcome.result.ok) return outcome.result;
    const agrees = verifySamples(check, outcome.result.value.samples.slice(inputs.length)).ok;
    this.hard.set(set.name, agrees ? { references, check, stored: given.value.stored } : 'unsure');
    return ok(agrees ? { references, check, stored: given.value.stored } : undefined);
  }

  private definitionOn(set: InputSet, options: CheckOptions): Promise<CheckPlan> {
    const { backend, dag, inputs } = this.task;
    return backend.gate.work(() => planCheck(dag, new Map(inputs.map((b, i) => [b, set.values(i)])), options));
  }

  /** The inputs of a set as tensors, packed as a program wants them; `stored`: buffers that are to be dropped afterwards. */
  private async give(set: InputSet, packed: CompiledState['packed']): Promise<Result<{ readonly tensors: TensorSpec[]; readonly stored: readonly BufferId[] }, MeasureError>> {
    const { backend, inputs, ids } = this.task;
    const stored: BufferId[] = [];
    const tensors: TensorSpec[] = [];
    for (const [i, buffer] of inputs.entries()) {
      const rewrite = packed.get(buffer);
      const fill = inOrder(set.fill(i), rewrite);
      if (fill !== undefined) {
        tensors.push({ role: 'input', dtype: buffer.dtype, bytes: byteCount(buffer), fill });
        continue;
      }
      const id = ids.next();
      stored.push(id);
      const data = await backend.gate.work(() => elementBytes(rewrite === undefined ? set.values(i) : packWeights(rewrite, set.values(i)), buffer.dtype));
      const put = await backend.runner.store(id, data);
      if (!put.ok) {
        for (const kept of stored) await backend.runner.drop(kept);
        return put;
      }
      tensors.push({ role: 'input', dtype: buffer.dtype, bytes: data.length, fill: { kind: 'stored', buffer: id } });
    }
    return ok({ tensors, stored });
  }

  async close(): Promise<void> {
    const { backend } = this.task;
    await this.preparing;
    for (const known of this.hard.values()) if (known !== 'unsure') for (const id of [...known.references ?? [], ...known.stored]) await backend.runner.drop(id);
    for (const id of this.plain.references ?? []) await backend.runner.drop(id);
  }
}

/** What a runner fills a packed input with by itself; undefined: it must be packed and stored. */
function inOrder(fill: Fill | undefined, rewrite: LayoutRewrite | undefined): Fill | undefined {
  return rewrite === undefined || fill?.kind !== 'random' ? fill : { ...fill, order: packedOrder(rewrite) };
}

/** Outputs of a run that are compared with what the runner keeps, if it does, and with elements of the definition. */
function compared(outputs: readonly Buffer[], check: CheckPlan, references: readonly BufferId[] | undefined): TensorSpec[] {
  return outputs.map((b, i) => ({
    role: 'output', dtype: b.dtype, bytes: byteCount(b), fill: { kind: 'poison' }, samples: check[i]?.samples ?? [],
    ...(references === undefined ? {} : { compare: { buffer: references[i] ?? 0, atol: check[i]?.atol ?? 0, rtol: check[i]?.rtol ?? 0 } }),
  }));
}

/** The naive program, and the quick one of the same sums. */
function plainPrograms(dag: ComputeDag): Result<readonly [CompiledState, CompiledState], MeasureError> {
  const symbol = (of: string): string => symbolFor(`${of} ${dag.ops.map((o) => `${o.name}${o.output.shape.join('x')}`).join(' ')}`);
  try {
    return ok([compileNaive(dag, symbol('naive')), compilePlain(dag, symbol('plain'))]);
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

function onSet(error: MeasureError, set: InputSet): MeasureError {
  return { ...error, message: cutMessage(`with ${set.name} as inputs: ${error.message}`) };
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
