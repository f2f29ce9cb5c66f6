/**
 * What logs know about the tasks of a model: its own records, those of other models and machines for equal operators, those of smaller
 * sizes that divide the wanted ones, and those whose operator is only assumed (docs/log-format.md, "Reuse"). Pure.
 */
import type { ComputeDag } from '../../dag/compute-dag.js';
import { dagTensors } from '../../dag/create.js';
import { sameComputation } from '../../dag/same-dag.js';
import { plainKey } from '../../dag/text.js';
import { parseTc } from '../../lang/parse.js';
import { meanCost, targetKind } from '../best.js';
import type { SessionNote, TrialNote } from '../comments.js';
import { taskNotes } from '../format-log.js';
import { decodeWorkloadKey, distanceFactor, sameWorkload } from '../keys.js';
import { keyKind } from '../library/key.js';
import { createResolutionIndex, resolveKey } from '../library/resolve.js';
import type { LogLine } from '../read-log.js';
import type { MeasureRecord } from '../record.js';

/** A log. `name`: as messages and notes call it; undefined for the log that is written to. */
export interface SourceLog { readonly name: string | undefined; readonly lines: readonly LogLine[] }

/** Whose records are wanted. `target` undefined: any. */
export interface Seeker { readonly modelHash: string; readonly cpu: string; readonly target: string | undefined }

/**
 * `own`: of this model on this machine and target. `model`: of another model. `machine`: of another machine, or one that is not known.
 * `target`: of this machine, for another target.
 */
export type Origin = 'own' | 'model' | 'machine' | 'target';

export interface KnownProgram {
  readonly log: string | undefined;
  /** Physical line. */
  readonly line: number;
  readonly record: MeasureRecord;
  readonly trial: TrialNote | undefined;
  readonly origin: Origin;
  /** False: that it is for this operator was concluded from a key that does not say everything. */
  readonly verified: boolean;
  readonly assumptions: readonly string[];
  /** 1: for an equal operator; more: for one of sizes that divide this one's (quotient of the work, as the original counts it). */
  readonly factor: number;
}

/** Seconds, as estimated for the wanted sizes; 1e10 for failed ones. */
export function estimatedCost({ record, factor }: KnownProgram): number {
  return meanCost(record.result) * factor;
}

export interface WantedTask { readonly key: string; readonly dag: ComputeDag }

/** All records of `logs` that say something about a task, by task key, in the order of the logs. Sizes that do not fit are left out. */
export function knownPrograms(tasks: readonly WantedTask[], logs: readonly SourceLog[], seeker: Seeker): ReadonlyMap<string, readonly KnownProgram[]> {
  const found = new Map<string, KnownProgram[]>(tasks.map((t) => [t.key, []]));
  const tensors = new Set(tasks.map((t) => tensorSizes(dagShapes(t.dag))));
  for (const log of logs) {
    const notes = taskNotes(log.lines);
    const trials = new Map(log.lines.flatMap((l) => (l.kind === 'trial' ? [[l.note.line, l.note] as const] : [])));
    const operators = new Map<string, Operator>();
    const index = createResolutionIndex();
    let session: SessionNote | undefined;
    for (const line of log.lines) {
      if (line.kind === 'session') session = line.note;
      if (line.kind !== 'record') continue;
      const { record } = line;
      if (seeker.target !== undefined && !sameFamily(record.target, seeker.target)) continue;
      const origin = originOf(record, session, seeker);
      const key = record.workloadKey;
      let operator = operators.get(key);
      if (operator === undefined) {
        const tc = notes.get(key)?.tc;
        operator = tc === undefined ? resolved(record, index, tensors) : written(tc);
        operators.set(key, operator);
      }
      for (const task of tasks) {
        const match = matchOf(task, key, operator, origin);
        if (match !== undefined) found.get(task.key)?.push({ log: log.name, line: line.line, record, trial: trials.get(line.line), origin, ...match });
      }
    }
  }
  return found;
}

/** What is known about the operator of a key. */
interface Operator { readonly dag: ComputeDag | undefined; readonly source: 'note' | 'exact' | 'assumed' | 'none'; readonly assumptions: readonly string[]; readonly matches: Map<string, Match | undefined> }
type Match = Pick<KnownProgram, 'verified' | 'assumptions' | 'factor'>;

function written(tc: string): Operator {
  const { defs, problems } = parseTc(tc);
  const dag = problems.some((p) => p.severity === 'error') ? undefined : defs[0]?.dag;
  return { dag, source: dag === undefined ? 'none' : 'note', assumptions: [], matches: new Map() };
}

/** Found by its key; keys whose shapes are no task's are passed over at once. */
function resolved(record: MeasureRecord, index: ReturnType<typeof createResolutionIndex>, tensors: ReadonlySet<string>): Operator {
  const none: Operator = { dag: undefined, source: 'none', assumptions: [], matches: new Map() };
  const kind = keyKind(record.workloadKey);
  if (kind.kind === 'shaped' && !kind.shapes.some((shapes) => tensors.has(tensorSizes(shapes)))) return none;
  const found = resolveKey(record, index);
  return found.kind === 'unresolved' ? none : { dag: found.dag, source: found.kind, assumptions: found.assumptions, matches: new Map() };
}

function dagShapes(dag: ComputeDag): readonly (readonly number[])[] {
  const { inputs, outputs } = dagTensors(dag);
  return [...inputs, ...outputs].map((b) => b.shape);
}

/** Equal for shapes that differ only in dimensions of 1. */
function tensorSizes(shapes: readonly (readonly number[])[]): string {
  return JSON.stringify(shapes.flat().filter((n) => n !== 1).sort((a, b) => a - b));
}

function matchOf(task: WantedTask, key: string, operator: Operator, origin: Origin): Match | undefined {
  // What this model measured here was measured for this operator, whatever became of the note.
  if (origin === 'own' && key === task.key) return { verified: true, assumptions: [], factor: 1 };
  const { matches } = operator;
  if (!matches.has(task.key)) matches.set(task.key, compare(task, key, operator));
  return matches.get(task.key);
}

function compare(task: WantedTask, key: string, { dag, source, assumptions }: Operator): Match | undefined {
  if (dag !== undefined && sameComputation(dag, task.dag, { constants: source === 'note' })) {
    return { verified: source !== 'assumed', assumptions: source === 'assumed' ? assumptions : [], factor: 1 };
  }
  // The same key, and nothing else is known. With a note the operators were compared: they differ.
  if (sameWorkload(plainKey(task.key), plainKey(key)) && source !== 'note' && source !== 'exact') {
    return { verified: false, assumptions: ['the operator is this one: only the workload key says so'], factor: 1 };
  }
  const [wanted, known] = [decodeWorkloadKey(task.key), decodeWorkloadKey(key)];
  const factor = wanted === undefined || known === undefined ? Infinity : distanceFactor(wanted, known);
  if (factor === Infinity || factor === 1) return undefined;
  return { verified: source === 'note' || source === 'exact', assumptions: source === 'note' || source === 'exact' ? [] : ['the operator differs in sizes only: only the workload key says so'], factor };
}

function originOf(record: MeasureRecord, session: SessionNote | undefined, seeker: Seeker): Origin {
  if (session?.host?.cpu !== seeker.cpu) return 'machine';
  if (seeker.target !== undefined && record.target !== seeker.target) return 'target';
  return session.model?.hash === seeker.modelHash ? 'own' : 'model';
}

/** Programs for one target can be built for the other: the same kind, and both WebAssembly or both not. */
function sameFamily(a: string, b: string): boolean {
  const wasm = (target: string): boolean => /-mtriple=wasm/.test(target);
  return targetKind(a) === targetKind(b) && wasm(a) === wasm(b);
}
