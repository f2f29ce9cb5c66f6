/** A case as compiled code: dimensions come from its data, and so do the elements of inputs that decide shapes. */
import type { Rng } from '../../../server/src/base/rng.js';
import { importGraph } from '../../../server/src/model/graph/import.js';
import { readOnnx } from '../../../server/src/model/onnx/read-onnx.js';
import { planNetwork, type NetworkPlan } from '../../../server/src/model/plan.js';
import type { HostTensor } from '../../../server/src/model/tensor.js';
import type { ComputeDag } from '../../../server/src/dag/compute-dag.js';
import { cpuHardware } from '../../../server/src/hardware/params.js';
import { parseTarget } from '../../../server/src/hardware/parse.js';
import { compileNaive, compileState, type CompiledState } from '../../../server/src/session/compile.js';
import type { State } from '../../../server/src/schedule/state.js';
import type { SketchTask } from '../../../server/src/sketch/task.js';
import { ScheduleError } from '../../../server/src/schedule/step.js';
import { sampleState } from '../../../server/src/sketch/annotate.js';
import { createSketchContext } from '../../../server/src/sketch/context.js';
import { DEFAULT_MACHINE, defaultSchedule } from '../../../server/src/sketch/default-schedule.js';
import { sketchesOf } from '../../../server/src/sketch/generate.js';
import { settle } from '../../../server/src/sketch/settle.js';
import type { VectorUnit } from '../../../server/src/target/kernel/ir.js';
import { readTensor, type BackendCase, type CaseTensor } from './case.js';

export interface PlannedCase {
  readonly plan: NetworkPlan;
  readonly inputs: readonly CaseTensor[];
}

/** Throws with the reason why the model cannot be compiled. */
export function planCase(test: BackendCase): PlannedCase {
  const onnx = readOnnx(test.model);
  if (!onnx.ok) throw new Error(onnx.error.message);
  const inputs = test.inputs.map(readTensor);
  const withShapes = { ...onnx.value, inputs: onnx.value.inputs.map((input, i) => ({ ...input, shape: inputs[i]?.host.shape ?? input.shape })) };
  const bound = new Map<string, HostTensor>();
  for (;;) {
    const graph = importGraph(withShapes, bound);
    if (graph.ok) {
      const plan = planNetwork(graph.value);
      if (!plan.ok) throw new Error(plan.error.message);
      return { plan: plan.value, inputs };
    }
    const needs = (graph.error.needs ?? []).filter((name) => !bound.has(name));
    if (needs.length === 0) throw new Error(graph.error.message);
    for (const name of needs) {
      const value = inputs[withShapes.inputs.findIndex((input) => input.name === name)];
      if (value === undefined) throw new Error(`no data for ${name}`);
      bound.set(name, value.host);
    }
  }
}

const target = parseTarget('llvm -keys=cpu -num-cores=2');
if (!target.ok) throw new Error(target.error.message);
const TARGET = target.value;
const HARDWARE = cpuHardware(2);

/** No schedule, in scalar code; the schedule that -O0 takes, in vectors; or one's own. */
export type Schedule = 'naive' | 'default' | ((task: SketchTask) => State);

export function compileTask(dag: ComputeDag, symbol: string, schedule: Schedule, unit: VectorUnit): CompiledState {
  if (schedule === 'naive') return compileNaive(dag, symbol);
  const task = { dag, target: TARGET, hardware: HARDWARE };
  const state = schedule !== 'default' ? schedule(task) : defaultSchedule(task, { vectorBytes: unit.bytes, registers: unit.registers, cacheBytes: 256 * 1024 });
  return compileState(state, symbol, unit);
}

/** Random programs, as the search draws them; the schedule of -O0 where none is legal. */
export function randomSchedules(rng: Rng): (task: SketchTask) => State {
  return (task) => {
    const ctx = createSketchContext(task);
    const sketches = sketchesOf(ctx);
    for (let i = 0; i < 10; i++) {
      const sketch = sketches[rng.int(sketches.length)];
      const state = sketch === undefined ? undefined : sampleState(ctx, sketch, rng);
      if (state === undefined) continue;
      try {
        return settle(state);
      } catch (e) {
        if (!(e instanceof ScheduleError)) throw e;
      }
    }
    return defaultSchedule(task, DEFAULT_MACHINE);
  };
}
