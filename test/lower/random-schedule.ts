/** Random sequences of legal steps on a state, imperfect splits included. */
import type { Rng } from '../../server/src/base/rng.js';
import { shuffled } from '../../server/src/base/rng.js';
import { applyStep } from '../../server/src/schedule/apply.js';
import type { Annotation, Stage, State } from '../../server/src/schedule/state.js';
import { ScheduleError, type TransformStep } from '../../server/src/schedule/step.js';

const CPU: readonly Annotation[] = ['unroll', 'vectorize', 'parallel'];

function randomStep(state: State, rng: Rng): TransformStep | undefined {
  const computed = state.stages.map((stage, id) => ({ stage, id })).filter(({ stage }) => stage.op.kind === 'compute' && stage.computeAt !== 'inlined');
  const pick = computed[rng.int(computed.length)] as { stage: Stage; id: number };
  const { stage, id } = pick;
  const n = stage.iters.length;
  const iter = rng.int(Math.max(1, n));
  switch (rng.int(12)) {
    case 0: case 1: case 2: {
      const range = stage.iters[iter]?.range;
      const extent = range !== undefined && typeof range.extent === 'number' ? range.extent : 0;
      const lengths = Array.from({ length: 1 + rng.int(2) }, () => 1 + rng.int(4));
      return { kind: 'SP', stage: id, iter, extent, lengths, innerToOuter: rng.int(4) > 0 };
    }
    case 3: return { kind: 'RE', stage: id, order: shuffled(stage.iters.map((_, i) => i), rng) };
    case 4: case 5: {
      if (n < 2) return undefined;
      const first = rng.int(n - 1);
      return { kind: 'FU', stage: id, iters: Array.from({ length: 2 + rng.int(Math.min(2, n - first - 1)) }, (_, i) => first + i).filter((i) => i < n) };
    }
    case 6: case 7: {
      const later = computed.filter((c) => c.id > id);
      const target = later[rng.int(Math.max(1, later.length))];
      if (target === undefined || target.stage.iters.length === 0) return undefined;
      return { kind: 'CA', stage: id, target: target.id, targetIter: rng.int(target.stage.iters.length) };
    }
    case 8: return stage.op.kind === 'compute' && stage.op.body.kind === 'expr' ? { kind: 'CI', stage: id } : { kind: 'CHW', stage: id, scope: 'local' };
    case 9: {
      const annotation = CPU[rng.int(CPU.length)] as Annotation;
      if (stage.iters.some((it) => it.annotation === annotation)) return undefined;
      return { kind: 'AN', stage: id, iter, annotation };
    }
    case 10: {
      const reads = state.stages.findIndex((s, i) => s.op.kind === 'placeholder' && i < id);
      return rng.int(2) === 0 && reads >= 0 ? { kind: 'CHR', stage: reads, scope: 'global', readers: [id] } : { kind: 'RF', stage: id, iter, factorIter: rng.int(stage.iters.length) };
    }
    default: return { kind: 'PR', stage: id, iter: 0, pragma: 'auto_unroll_max_step$16' };
  }
}

export function randomSchedule(start: State, rng: Rng): State {
  let state = start;
  for (let tries = 6 + rng.int(14); tries > 0; tries--) {
    const step = randomStep(state, rng);
    if (step === undefined) continue;
    try {
      state = applyStep(state, step);
    } catch (e) {
      if (!(e instanceof ScheduleError)) throw e;
    }
  }
  return state;
}
