/** From a loop state to a kernel: pack the constant weights, lower, choose registers. */
import type { ComputeDag } from '../dag/compute-dag.js';
import { md5Hex } from '../dag/text.js';
import type { Buffer } from '../ir/buffer.js';
import type { LayoutRewrite } from '../lower/layout-rewrite.js';
import { rewriteLayouts, type LayoutOption } from '../lower/layout-transform.js';
import { lower, lowerNaive } from '../lower/lower.js';
import { replay } from '../schedule/apply.js';
import type { State } from '../schedule/state.js';
import { defaultSchedule, defaultVariants, type DefaultScheduleOptions } from '../sketch/default-schedule.js';
import { buildKernel } from '../target/kernel/build.js';
import type { Kernel, VectorUnit } from '../target/kernel/ir.js';
import type { Backend } from './backend.js';
import { plainSteps } from './plain-steps.js';

/** A block of weights stays in the second-level cache of common CPUs. */
const CACHE_BYTES = 256 * 1024;

export interface CompiledState {
  readonly kernel: Kernel;
  /** Which placeholders of the task the kernel wants packed, by their buffer. */
  readonly packed: ReadonlyMap<Buffer, LayoutRewrite>;
  /** The task's placeholders in the order of the kernel's inputs. */
  readonly inputs: readonly Buffer[];
}

function machineOf(backend: Backend): DefaultScheduleOptions {
  return { vectorBytes: backend.unit.bytes, registers: backend.unit.registers, cacheBytes: CACHE_BYTES };
}

/** The -O0 schedule of a task on a back end. */
export function defaultState(dag: ComputeDag, backend: Backend): State {
  return defaultSchedule({ dag, target: backend.target, hardware: backend.hardware }, machineOf(backend));
}

/** Further schedules by the same rules, with other sizes. */
export function variantsOfDefault(dag: ComputeDag, backend: Backend, most: number): State[] {
  return defaultVariants({ dag, target: backend.target, hardware: backend.hardware }, machineOf(backend), most);
}

/** A name for code made from `text`, usable as a C symbol. */
export function symbolFor(text: string): string {
  return `k${md5Hex(text).slice(0, 16)}`;
}

/** `layout`: what becomes of constant weights; default: the caller packs them. @throws ScheduleError, CodegenError */
export function compileState(state: State, symbol: string, unit: VectorUnit, layout: LayoutOption = 2): CompiledState {
  const { state: rewritten, rewrites } = rewriteLayouts(state, layout);
  const program = lower(rewritten);
  return {
    kernel: buildKernel(program, { symbol, unit }),
    packed: new Map(rewrites.map((r) => [r.placeholder, r])),
    inputs: placeholders(state.initialDag),
  };
}

/** The program without any schedule, scalar. */
export function compileNaive(dag: ComputeDag, symbol: string): CompiledState {
  return { kernel: buildKernel(lowerNaive(dag), { symbol, unit: undefined }), packed: new Map(), inputs: placeholders(dag) };
}

/** The naive program with its loops in another order (`plainSteps`): several times as fast. */
export function compilePlain(dag: ComputeDag, symbol: string, cacheBytes = CACHE_BYTES): CompiledState {
  return { kernel: buildKernel(lower(replay(dag, plainSteps(dag, cacheBytes))), { symbol, unit: undefined }), packed: new Map(), inputs: placeholders(dag) };
}

export function placeholders(dag: ComputeDag): Buffer[] {
  return dag.ops.flatMap((op) => (op.kind === 'placeholder' ? [op.output] : []));
}
