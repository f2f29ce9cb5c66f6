/**
 * A schedule as Python text, in the words of the original's schedule language (spec measure, section 8): for people who know
 * it, and for pasting into a TVM program.
 */
import type { ComputeDag } from '../dag/compute-dag.js';
import { applyStep } from './apply.js';
import { initialState } from './initial.js';
import { cleanName, fusedName, innerName, outerName } from './names.js';
import { splitLengths } from './split-lengths.js';
import type { State } from './state.js';
import { ScheduleError, type TransformStep } from './step.js';
import { autoUnrollLimit } from './steps/pragma.js';

/** A loop while the text is written: its variable's name, which splitting extends. */
type Names = string[];

/** The text of `state`'s steps; needs all lengths. Throws ScheduleError for a state with open lengths or illegal steps. */
export function pythonText(state: State): string {
  return pythonSchedule(state.initialDag, state.steps);
}

export function pythonSchedule(dag: ComputeDag, steps: readonly TransformStep[]): string {
  let state = initialState(dag);
  const names: Names[] = state.stages.map((_, id) => axisNames(state, id));
  const lines: string[] = [];
  for (let id = 0; id < state.stages.length; id++) {
    if (state.stages[id]?.op.kind === 'compute') lines.push(axesLine(state, id, names, opName(state, id)));
  }
  for (const step of steps) {
    const before = state;
    state = applyStep(before, step);
    lines.push(...stepLines(before, state, names, step));
  }
  return lines.map((line) => `${line}\n`).join('');
}

function opName(state: State, id: number): string {
  return cleanName(state.stages[id]?.op.name ?? '');
}

function axisNames(state: State, id: number): Names {
  const op = state.stages[id]?.op;
  return op?.kind === 'compute' ? [...op.axes, ...op.reduceAxes].map((axis) => axis.var.name) : [];
}

/** `C_i, C_j, C_k = tuple(C.op.axis) + tuple(C.op.reduce_axis)`; without a comma after a single name, as in the original. */
function axesLine(state: State, id: number, names: readonly Names[], tensor: string, reduce = true): string {
  const vars = (names[id] ?? []).map((name) => loop(state, id, name)).join(', ');
  return `${vars} = tuple(${tensor}.op.axis)${reduce ? ` + tuple(${tensor}.op.reduce_axis)` : ''}`;
}

function loop(state: State, id: number, name: string): string {
  return `${opName(state, id)}_${cleanName(name)}`;
}

/** The lines of one step; `names` is brought up to date. */
function stepLines(before: State, after: State, names: Names[], step: TransformStep): string[] {
  const stage = step.stage;
  const own = names[stage] ?? [];
  const at = (id: number): string => loop(before, stage, own[id] ?? '');
  const op = opName(before, stage);
  const s = `s[${op}]`;
  switch (step.kind) {
    case 'SP': case 'FSP': case 'FFSP': {
      const { lengths, innerToOuter } = splitLengths(before.steps, step);
      return splitLines(before, stage, own, step.iter, lengths, innerToOuter);
    }
    case 'FU': {
      const first = step.iters[0];
      if (first === undefined) {
        own.push('');
        return [`${op}_ = ${s}.fuse()`];
      }
      const joined = step.iters.slice(1).reduce((fused, id) => fusedName(fused, own[id] ?? ''), own[first] ?? '');
      const line = `${loop(before, stage, joined)} = ${s}.fuse(${step.iters.map(at).join(', ')})`;
      own.splice(first, step.iters.length, joined);
      return [line];
    }
    case 'RE': {
      const line = `${s}.reorder(${step.order.map(at).join(', ')})`;
      names[stage] = step.order.map((id) => own[id] ?? '');
      return [line];
    }
    case 'AN':
      switch (step.annotation) {
        case 'none': return [];
        case 'unroll': case 'vectorize': case 'parallel': return [`${s}.${step.annotation}(${at(step.iter)})`];
        default: return [`${s}.bind(${at(step.iter)}, te.thread_axis("${step.annotation}"))`];
      }
    case 'PR': {
      const limit = autoUnrollLimit(step.pragma);
      if (limit === undefined) return [`${s}.pragma(${at(step.iter)}, "${step.pragma}")`];
      return [`${s}.pragma(${at(step.iter)}, "auto_unroll_max_step", ${limit})`, `${s}.pragma(${at(step.iter)}, "unroll_explicit", True)`];
    }
    case 'SA': return [`${s}.storage_align(${at(step.iter)}, ${step.factor}, ${step.offset})`];
    case 'CA': return [`${s}.compute_at(s[${opName(before, step.target)}], ${loop(before, step.target, names[step.target]?.[step.targetIter] ?? '')})`];
    case 'CI': return [`${s}.compute_inline()`];
    case 'CR': return [`${s}.compute_root()`];
    case 'CHR': {
      names.splice(stage + 1, 0, axisNames(after, stage + 1));
      const copy = opName(after, stage + 1);
      const readers = step.readers.map((id) => opName(before, id)).join(', ');
      return [`${copy} = s.cache_read(${op}, "${step.scope}", [${readers}])`, axesLine(after, stage + 1, names, copy, false)];
    }
    case 'CHW': {
      names.splice(stage, 1, axisNames(after, stage), axisNames(after, stage + 1));
      const cache = opName(after, stage);
      return [`${cache}, = s.cache_write([${op}], "${step.scope}")`, axesLine(after, stage, names, cache)];
    }
    case 'RF': {
      const factored = cleanName(own[step.iter] ?? '');
      names.splice(stage, 1, axisNames(after, stage), axisNames(after, stage + 1));
      const rf = opName(after, stage);
      // The iterator's name lacks the stage's in the original, too.
      return [
        `${rf} = s.rfactor(${op}, ${factored}, ${step.factorIter})`,
        axesLine(after, stage, names, rf),
        axesLine(after, stage + 1, names, `s[${opName(after, stage + 1)}]`),
      ];
    }
  }
}

/** One binary split a line; the rest that is split next borrows the name of the part it will yield. */
function splitLines(state: State, stage: number, own: Names, iter: number, lengths: readonly (number | null)[], innerToOuter: boolean): string[] {
  const whole = own[iter] ?? '';
  const n = lengths.length;
  const parts: string[] = [];
  let rest = whole;
  for (let k = 0; k < n; k++) {
    if (innerToOuter) parts.unshift(innerName(rest));
    else parts.push(outerName(rest));
    rest = innerToOuter ? outerName(rest) : innerName(rest);
  }
  if (innerToOuter) parts.unshift(rest);
  else parts.push(rest);
  const name = (k: number): string => loop(state, stage, parts[k] ?? '');
  const op = opName(state, stage);
  const lines: string[] = [];
  for (let k = 0; k < n; k++) {
    const outer = innerToOuter ? n - 1 - k : k;
    const length = lengths[outer];
    if (length === null || length === undefined) throw new ScheduleError('SP', `a length of ${whole} is open`);
    const parent = k === 0 ? loop(state, stage, whole) : innerToOuter ? name(outer + 1) : name(outer);
    lines.push(`${name(outer)}, ${name(outer + 1)} = s[${op}].split(${parent}, ${innerToOuter ? 'factor' : 'nparts'}=${length})`);
  }
  own.splice(iter, 1, ...parts);
  return lines;
}
