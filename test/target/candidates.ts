/** Programs of a workload under several schedules, and what their outputs must be. */
import { inferBounds } from '../../server/src/bounds/infer-bounds.js';
import { createRng } from '../../server/src/base/rng.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { cpuHardware } from '../../server/src/hardware/params.js';
import type { Target } from '../../server/src/hardware/target.js';
import { elementCount, type Buffer } from '../../server/src/ir/buffer.js';
import { isFloat } from '../../server/src/ir/dtype.js';
import { interpretProgram } from '../../server/src/ir/interpret.js';
import type { Program } from '../../server/src/ir/program.js';
import { packWeights, rewriteConstantLayouts, type LayoutRewrite } from '../../server/src/lower/layout-rewrite.js';
import { lower, lowerNaive } from '../../server/src/lower/lower.js';
import { planCheck, type CheckPlan } from '../../server/src/measure/check.js';
import { randomElement, randomTensor } from '../../server/src/measure/fill.js';
import { initialState } from '../../server/src/schedule/initial.js';
import type { State } from '../../server/src/schedule/state.js';
import { ScheduleError } from '../../server/src/schedule/step.js';
import { sampleState } from '../../server/src/sketch/annotate.js';
import { createSketchContext } from '../../server/src/sketch/context.js';
import { DEFAULT_MACHINE, defaultSchedule, defaultVariants } from '../../server/src/sketch/default-schedule.js';
import { sketchesOf } from '../../server/src/sketch/generate.js';
import { settle } from '../../server/src/sketch/settle.js';
import type { SketchTask } from '../../server/src/sketch/task.js';
import { randomSchedule } from '../lower/random-schedule.js';

export interface Candidate {
  readonly name: string;
  readonly program: Program;
  /** Values of the program's inputs, packed where its layout says so. */
  readonly inputs: readonly ArrayLike<number>[];
  readonly naive: boolean;
}

export interface Case {
  readonly plan: CheckPlan;
  readonly candidates: readonly Candidate[];
}

const CPU: Target = { kind: 'llvm', keys: ['cpu'], attrs: new Map([['num-cores', '2']]) };

export function taskOf(dag: ComputeDag): SketchTask {
  return { dag, target: CPU, hardware: cpuHardware(2) };
}

export function placeholders(dag: ComputeDag): Buffer[] {
  return dag.ops.flatMap((op) => (op.kind === 'placeholder' ? [op.output] : []));
}

/** Uniform in -1..1, integers in -9..9 (0..200 for bytes). */
export function inputValues(dag: ComputeDag, seed: number): Map<Buffer, Float32Array | Float64Array> {
  return new Map(placeholders(dag).map((b, i) => {
    const [low, high] = isFloat(b.dtype) ? [-1, 1] : b.dtype === 'uint8' ? [0, 200] : b.dtype === 'bool' ? [0, 1] : [-9, 9];
    return [b, randomTensor(b.dtype, seed + i, low, high, elementCount(b.shape))];
  }));
}

/** `samples`: random programs over all sketches, and as many of random steps that no sketch has, drawn from `seed`; half of the schedules also with packed weights. */
export function casesOf(dag: ComputeDag, seed: number, samples: number): Case {
  const values = inputValues(dag, seed);
  const plan = planCheck(dag, values, { seed, samples: Infinity, budgetSeconds: 60 });
  const candidates: Candidate[] = [];
  const plain = placeholders(dag).map((b) => values.get(b) ?? []);
  const add = (name: string, state: State, packed: boolean): void => {
    const { state: rewritten, rewrites } = packed ? rewriteConstantLayouts(state) : { state, rewrites: [] };
    if (packed && rewrites.length === 0) return;
    candidates.push({ name: packed ? `${name}, packed` : name, naive: false, program: lower(rewritten), inputs: plain.map((v, i) => packedValues(v, placeholders(dag)[i], rewrites)) });
  };
  candidates.push({ name: 'naive', naive: true, program: lowerNaive(dag), inputs: plain });
  const standard = defaultSchedule(taskOf(dag), DEFAULT_MACHINE);
  add('default', standard, false);
  add('default', standard, true);
  // Small caches, so that small operators have blocks too.
  defaultVariants(taskOf(dag), { ...DEFAULT_MACHINE, cacheBytes: 1 << 14 }, Math.min(samples, 3)).forEach((state, i) => add(`variant ${i}`, state, true));
  defaultVariants(taskOf(dag), DEFAULT_MACHINE, Math.min(samples, 3)).forEach((state, i) => add(`variant ${i}`, state, false));
  const ctx = createSketchContext(taskOf(dag));
  const sketches = sketchesOf(ctx);
  const rng = createRng(seed);
  for (let i = 0, drawn = 0; drawn < samples && i < 20 * samples; i++) {
    const sketch = sketches[i % sketches.length];
    const state = sketch === undefined ? undefined : sampleState(ctx, sketch, rng);
    if (state === undefined) continue;
    try {
      add(`sample ${i}`, settle(state), i % 2 === 1);
      drawn++;
    } catch (e) {
      if (!(e instanceof ScheduleError)) throw e;
    }
  }
  for (let i = 0; i < samples; i++) {
    const state = randomSchedule(initialState(dag), rng.fork());
    // Threads may not share a sum.
    if (state.stages.some((stage) => stage.iters.some((it) => it.annotation === 'parallel' && it.kind !== 'spatial'))) continue;
    try {
      add(`random steps ${i}`, inferBounds(state), i % 2 === 1);
    } catch (e) {
      if (!(e instanceof ScheduleError)) throw e;
    }
  }
  return { plan, candidates };
}

function packedValues(values: ArrayLike<number>, buffer: Buffer | undefined, rewrites: readonly LayoutRewrite[]): ArrayLike<number> {
  const rewrite = rewrites.find((r) => r.placeholder === buffer);
  return rewrite === undefined ? values : packWeights(rewrite, Float32Array.from(values));
}

/** A program as it stands, several times (targets take other machines for each); right is what interpretation gives, up to `rounding` of each value or of 1. */
export function caseOfProgram(program: Program, rounding = 1e-5): Case {
  const inputs = program.inputs.map((b, k) => Float32Array.from({ length: elementCount(b.shape) }, (_, i) => randomElement('float32', 3 + k, -1, 1, i)));
  const values = interpretProgram(program, new Map(program.inputs.map((b, i) => [b, inputs[i] ?? []])));
  const plan = program.outputs.map((buffer) => {
    const expected = Array.from(values.get(buffer) ?? []);
    return { buffer, samples: expected.map((_, i) => i), expected, tolerances: expected.map((v) => rounding * (1 + Math.abs(v))), atol: rounding, rtol: rounding };
  });
  return { plan, candidates: Array.from({ length: 6 }, (_, i) => ({ name: 'as it stands', program, inputs, naive: i === 0 })) };
}
