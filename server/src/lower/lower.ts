/** From loop states to loop-nest programs. */
import { analyseSchedule, type Analysis } from '../bounds/analyse.js';
import type { StageSchedule } from '../bounds/stage-schedule.js';
import type { ComputeDag } from '../dag/compute-dag.js';
import { zeroGrids } from '../dag/zero-grid.js';
import type { Program, Stmt } from '../ir/program.js';
import { initialState } from '../schedule/initial.js';
import type { State } from '../schedule/state.js';
import { ScheduleError } from '../schedule/step.js';
import type { BodyOptions } from './environment.js';
import { StageNests } from './stage-nest.js';
import { sequence } from './statements.js';

export interface LowerOptions extends Partial<BodyOptions> {
  /** 'one': inlined constant matrices count as 1, as features want it; default 'computed', the program that can be run. */
  readonly constantMatrices?: BodyOptions['constantMatrices'];
  /** Only root stages that it takes, and what is computed inside of them. */
  readonly only?: (root: StageSchedule) => boolean;
}

/** The program of a state; bounds are inferred from its steps. Throws ScheduleError for states that cannot be computed. */
export function lower(state: State, options: LowerOptions = {}): Program {
  return lowerAnalysis(analyseSchedule(state), options);
}

/** The program of a state that was analysed already. The analysis is used up: its iterators get the ranges of the loop nest. */
export function lowerAnalysis(analysis: Analysis, options: LowerOptions = {}): Program {
  const { state, stages } = analysis;
  for (const stage of stages) {
    for (const v of stage.vars) {
      v.lo = 0;
      v.hi = v.extent - 1;
    }
  }
  const nests = new StageNests(analysis, { constantMatrices: options.constantMatrices ?? 'computed' });
  let body: Stmt | undefined;
  for (let i = stages.length - 1; i >= 0; i--) {
    const stage = stages[i];
    if (stage === undefined || stage.op.kind === 'placeholder' || stage.inlined || stage.attachStage !== undefined || options.only?.(stage) === false) continue;
    body = nests.realize(stage, sequence(nests.provide(stage), body));
  }
  if (body === undefined) throw new ScheduleError('lower', 'nothing is computed');
  const inputs = state.dag.ops.filter((op) => op.kind === 'placeholder').map((op) => op.output);
  const zeros = zeroGrids(state.dag);
  return Object.freeze({ inputs: Object.freeze(inputs), outputs: state.dag.outputs, body, ...(zeros.size === 0 ? {} : { zeros }) });
}

/** One loop nest for each stage, nothing scheduled. */
export function lowerNaive(dag: ComputeDag): Program {
  return lower(initialState(dag));
}
