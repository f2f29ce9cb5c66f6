/**
 * The programs of a round on their way through the compilers, a group at a time: while one group runs, the next is built. What is added early,
 * before all of the round is known, is built early.
 */
import { err, type Result } from '../../base/result.js';
import { cutMessage, type MeasureError } from '../../measure/errors.js';
import type { BuildOutcome } from '../../measure/interface.js';
import type { State } from '../../schedule/state.js';
import { ScheduleError } from '../../schedule/step.js';
import { CodegenError } from '../../target/kernel/build.js';
import type { Kernel } from '../../target/kernel/ir.js';
import type { Backend } from '../backend.js';
import { compileState, symbolFor, type CompiledState } from '../compile.js';
import { SessionError } from '../problem.js';
import type { Stall } from './stall.js';

/** Candidates of a group, per compiler: whoever cancels does not wait for more. */
const GROUP = 6;

/** A candidate that went through the compilers. */
export interface BuiltProgram {
  readonly state: State;
  /** Undefined: no code could be made of it. */
  readonly compiled: CompiledState | undefined;
  readonly built: BuildOutcome;
}

interface Group {
  readonly states: readonly State[];
  /** There once the compilers are at work. Undefined outcomes: the place to build in failed, which says nothing about a candidate. */
  work?: { readonly compiled: readonly Result<CompiledState, MeasureError>[]; readonly outcomes: Promise<readonly BuildOutcome[] | undefined> };
}

export class BuildQueue {
  private readonly groups: Group[] = [];

  /** `key`: of the task. */
  constructor(private readonly backend: Backend, private readonly key: string) {}

  add(states: readonly State[]): void {
    const most = GROUP * Math.max(2, this.backend.threads);
    for (let from = 0; from < states.length; from += most) this.groups.push({ states: states.slice(from, from + most) });
  }

  /** Lets the compilers begin with what comes next. */
  begin(): void {
    const [next] = this.groups;
    if (next === undefined || next.work !== undefined) return;
    const compiled = next.states.map((state) => this.compile(state));
    const outcomes = buildAll(this.backend, kernelsOf(compiled)).catch((e: unknown) => {
      if (e instanceof SessionError) return undefined;
      throw e;
    });
    // Whoever takes the group hears of it.
    outcomes.catch(() => undefined);
    next.work = { compiled, outcomes };
  }

  /** The next group; the compilers go on to the one behind it. Undefined: that was all. @throws SessionError if it is cancelled where nothing can be built */
  async next(stall: Stall): Promise<readonly BuiltProgram[] | undefined> {
    this.begin();
    const group = this.groups.shift();
    if (group?.work === undefined) return undefined;
    const { compiled, outcomes } = group.work;
    const built = await outcomes ?? await stall.until(() => buildAll(this.backend, kernelsOf(compiled)));
    this.begin();
    let at = 0;
    return group.states.map((state, i): BuiltProgram => {
      const code = compiled[i];
      if (code?.ok !== true) return { state, compiled: undefined, built: { result: code ?? missing(), seconds: 0, cached: false } };
      return { state, compiled: code.value, built: built[at++] ?? missing() };
    });
  }

  /** Of a program that somebody removed. */
  async again({ compiled, built }: BuiltProgram, stall: Stall): Promise<BuildOutcome> {
    return compiled === undefined ? built : (await stall.until(() => buildAll(this.backend, [compiled.kernel])))[0] ?? missing();
  }

  private compile(state: State): Result<CompiledState, MeasureError> {
    try {
      return { ok: true, value: compileState(state, symbolFor(this.key + JSON.stringify(state.steps)), this.backend.unit) };
    } catch (e) {
      if (e instanceof ScheduleError) return err({ kind: 'instantiation', message: cutMessage(e.message) });
      if (e instanceof CodegenError) return err({ kind: 'compile', message: cutMessage(e.message) });
      throw e;
    }
  }
}

function kernelsOf(compiled: readonly Result<CompiledState, MeasureError>[]): readonly Kernel[] {
  return compiled.flatMap((c) => (c.ok ? [c.value.kernel] : []));
}

/** @throws SessionError (perhaps mendable) where the place to build in fails, which says nothing about a candidate */
async function buildAll(backend: Backend, kernels: readonly Kernel[]): Promise<readonly BuildOutcome[]> {
  const outcomes = await backend.build(kernels);
  for (const { result } of outcomes) {
    if (!result.ok && result.error.kind === 'runner') throw new SessionError(`programs cannot be built: ${result.error.message}`, {}, false, result.error.mendable === true);
  }
  return outcomes;
}

function missing(): never {
  throw new Error('assertion failed: a build has one outcome per kernel');
}
