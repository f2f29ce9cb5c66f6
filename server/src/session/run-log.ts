/** Verifies the programs of a log: each is built, run and compared with the reference, on ordinary inputs and on hard ones. */
import type { ComputeDag } from '../dag/compute-dag.js';
import type { MeasureRecord } from '../records/record.js';
import { replay } from '../schedule/apply.js';
import { ScheduleError } from '../schedule/step.js';
import { CodegenError } from '../target/kernel/build.js';
import type { Backend } from './backend.js';
import { compileState, symbolFor, type CompiledState } from './compile.js';
import { BufferIds, TaskBench } from './task-bench.js';

export interface LogProgram { readonly line: number; readonly record: MeasureRecord; readonly dag: ComputeDag }

/** `wrong`: another result than the reference's. `failed`: it gave none, though the record says it did. */
export interface Verdict { readonly line: number; readonly verdict: 'right' | 'wrong' | 'failed'; readonly message: string }

const TOGETHER = 12;

/** Tells each verdict as soon as it is known, in the order of the tasks. */
export async function runLog(backend: Backend, programs: readonly LogProgram[], seed: number, onVerdict: (verdict: Verdict) => void): Promise<void> {
  const byTask = new Map<ComputeDag, LogProgram[]>();
  for (const p of programs) byTask.set(p.dag, [...(byTask.get(p.dag) ?? []), p]);
  const ids = new BufferIds();
  for (const [dag, members] of byTask) {
    const made = await TaskBench.create(backend, dag, seed, ids);
    for (let from = 0; from < members.length; from += TOGETHER) {
      const group = members.slice(from, from + TOGETHER);
      if (made.ok) await runGroup(backend, made.value, group, onVerdict);
      else for (const { line } of group) onVerdict({ line, verdict: 'failed', message: `its task cannot be set up: ${made.error.message}` });
    }
    if (made.ok) await made.value.close();
  }
}

async function runGroup(backend: Backend, bench: TaskBench, group: readonly LogProgram[], onVerdict: (verdict: Verdict) => void): Promise<void> {
  const compiled = group.map((p) => compileOne(backend, p));
  const built = await backend.build(compiled.flatMap((c) => (typeof c === 'string' ? [] : [c.kernel])));
  let next = 0;
  for (const [i, { line }] of group.entries()) {
    const c = compiled[i];
    if (c === undefined || typeof c === 'string') {
      onVerdict({ line, verdict: 'failed', message: c ?? '' });
      continue;
    }
    const outcome = built[next++];
    if (outcome?.result.ok !== true) {
      onVerdict({ line, verdict: 'failed', message: outcome?.result.error.message ?? 'not built' });
      continue;
    }
    const ran = await bench.run(outcome.result.value, c, undefined);
    const result = ran.result.ok ? await bench.verify(outcome.result.value, c) : ran.result;
    onVerdict(result.ok ? { line, verdict: 'right', message: '' } : { line, verdict: result.error.kind === 'wrong-result' ? 'wrong' : 'failed', message: result.error.message });
  }
}

/** Or why not. */
function compileOne(backend: Backend, { record, dag }: LogProgram): CompiledState | string {
  try {
    return compileState(replay(dag, record.steps), symbolFor(record.workloadKey + JSON.stringify(record.steps)), backend.unit);
  } catch (e) {
    if (e instanceof ScheduleError || e instanceof CodegenError) return e.message;
    throw e;
  }
}
