/**
 * The parts of a program that share no loop: a stage at the root with all that is computed inside it. The features of a part's stores follow from the
 * steps of its own stages, so that programs which differ in one part have the rows of all others in common.
 *
 * A root stage of which readers need less than its whole tensor has the ranges that they give it: it belongs to their part.
 */
import { analyseSchedule } from '../../bounds/analyse.js';
import type { StageSchedule } from '../../bounds/stage-schedule.js';
import type { State } from '../../schedule/state.js';
import { ScheduleError, type TransformStep } from '../../schedule/step.js';
import { numberOffsets } from './split-rules.js';
import { numbersOf } from './step-numbers.js';

export interface StageGroup {
  /** The same for parts that differ in numbers only, whatever the rest of the program does. */
  readonly name: string;
  /** Numbers of its stages that are computed, inlined ones apart, in order. */
  readonly stages: readonly number[];
  /** Where its numbers stand among those of the state; one may stand twice. */
  readonly places: Int32Array;
}

/** By stage: who reads it, if its ranges follow from its readers. */
type PartialReaders = readonly (readonly number[])[];

export class StageGroups {
  /** By the names of the steps that make and inline stages. */
  private readonly readers = new Map<string, PartialReaders>();

  /** The parts of a state in the order of its program. `names`: of its steps, a code unit each (`Shape.name`). */
  of(state: State, names: string): readonly StageGroup[] {
    const { own, fixed, moved } = stepsOfStages(state);
    const name = String.fromCharCode(fixed.length, ...fixed.map((i) => names.charCodeAt(i)));
    let readers = this.readers.get(name);
    if (readers === undefined) this.readers.set(name, readers = partialReaders(state, new Set(fixed)));
    const offsets = numberOffsets(state.steps);
    return partsOf(state, readers).map((stages) => {
      const places: number[] = [];
      let text = name;
      const take = (i: number): void => {
        text += names.charAt(i);
        const count = numbersOf(state.steps[i] as TransformStep)?.length ?? 0;
        for (let k = 0; k < count; k++) places.push((offsets[i] ?? 0) + k);
      };
      for (const stage of stages) {
        const steps = own[stage] ?? [];
        text += String.fromCharCode(stage, steps.length);
        for (const i of steps) {
          take(i);
          const step = state.steps[i];
          if (step?.kind === 'CA') text += String.fromCharCode(moved.get(i) ?? 0);
          else if (step?.kind === 'FSP') take(step.source);
          else if (step?.kind === 'FFSP') step.sources.forEach(take);
        }
      }
      return { name: text, stages, places: Int32Array.from(places) };
    });
  }
}

interface StepsOfStages {
  /** Per stage the numbers of the steps on it since it has its axes, those that move others into it among them. */
  readonly own: readonly (readonly number[])[];
  /** Of the steps that make or inline stages, and of those that count for the making only. */
  readonly fixed: readonly number[];
  /** By number of a CA step: the stage that it moves. */
  readonly moved: ReadonlyMap<number, number>;
}

/** As `stageSchedules` hands out steps. */
function stepsOfStages({ initialDag, steps }: State): StepsOfStages {
  const own: number[][] = initialDag.ops.map(() => []);
  const fixed: number[] = [];
  const movers = new Map<number, number[]>();
  const at = (stage: number): number[] => {
    const list = own[stage];
    if (list === undefined) throw new ScheduleError('bounds', `there is no stage ${stage}`);
    return list;
  };
  steps.forEach((step, i) => {
    switch (step.kind) {
      case 'CHR':
        fixed.push(i);
        own.splice(step.stage + 1, 0, []);
        return;
      case 'CHW': case 'RF':
        fixed.push(...at(step.stage), i);
        own[step.stage] = [];
        own.splice(step.stage, 0, []);
        return;
      case 'CI': fixed.push(i); return;
      case 'CR': return;
      case 'CA':
        movers.set(i, at(step.stage));
        at(step.target).push(i);
        return;
      default: at(step.stage).push(i);
    }
  });
  return { own, fixed, moved: new Map([...movers].map(([i, list]) => [i, own.indexOf(list)])) };
}

/** Looks at the program with the stages of `state` and nothing else done to them (only its steps `fixed`). */
function partialReaders(state: State, fixed: ReadonlySet<number>): PartialReaders {
  const { stages, readers } = analyseSchedule({ ...state, steps: state.steps.filter((_, i) => fixed.has(i)) });
  const end = stages.length - 1;
  return stages.map((stage, i) => {
    if (stage.op.kind === 'placeholder') return [];
    // Inlined for a while only: the readers are others.
    if (stage.inlined !== (state.stages[i]?.computeAt === 'inlined')) return [end];
    if (stage.inlined) return [];
    return isWhole(stage) ? [] : readers[i]?.map((reader) => reader.stage.index) ?? [];
  });
}

/** All elements of its tensor are computed. */
export function isWhole(stage: StageSchedule): boolean {
  return stage.compute.axes.every((axis, d) => stage.roots[d]?.extent === axis.extent && stage.roots[d].symbolic === undefined);
}

/** Stages by part: a stage is in the part of the one that it is computed at; a root one that is not needed whole in that of its readers, with all between. */
function partsOf(state: State, readers: PartialReaders): number[][] {
  const target = new Map(state.attachments.map((a) => [a.stage, a.target]));
  const rootOf = (stage: number): number => {
    let at = stage;
    for (let to = target.get(at); to !== undefined; to = target.get(at)) at = to;
    return at;
  };
  const computed = state.stages.flatMap(({ op, computeAt }, i) => (op.kind === 'compute' && computeAt !== 'inlined' ? [i] : []));
  const parts: number[][] = [];
  const partOf = new Map<number, number[]>();
  let until = -1;
  for (const root of computed) {
    if (rootOf(root) !== root) continue;
    let part = root <= until ? parts.at(-1) : undefined;
    if (part === undefined) parts.push(part = []);
    partOf.set(root, part);
    until = Math.max(until, ...(readers[root] ?? []).map(rootOf));
  }
  for (const stage of computed) partOf.get(rootOf(stage))?.push(stage);
  return parts;
}
