/** What is tuned: the tasks of an `.onnx` model or of a `.tc` file. */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, lstatSync, openSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ComputeDag } from '../dag/compute-dag.js';
import type { Sibling } from '../dag/algorithms/sibling.js';
import { winogradSiblings } from '../dag/algorithms/winograd.js';
import { dagFlops } from '../dag/flops.js';
import { distinguishedKey, workloadKey } from '../dag/text.js';
import { parseTc } from '../lang/parse.js';
import { printTc } from '../lang/print.js';
import { loadModel } from '../model/load-model.js';
import type { ExternalFile } from '../model/onnx/decode-tensor.js';
import type { NetworkPlan } from '../model/plan.js';
import { parseWeightRecipe, generatedWeights } from '../model/weights.js';
import { customOperatorsOf } from './custom-operators.js';
import { SessionError, systemProblem } from './problem.js';

export interface InputTask {
  /** The workload key; distinct among the tasks of one input. */
  readonly key: string;
  readonly name: string;
  readonly weight: number;
  readonly flops: number;
  readonly dag: ComputeDag;
  /** The operator in the `.tc` language. */
  readonly tc: string;
  /** Index in the network plan's tasks. */
  readonly planTask: number | undefined;
}

/** Another algorithm for the task with the key `of`, as a task of its own. */
export interface TaskSibling { readonly of: string; readonly task: InputTask; readonly sibling: Sibling }

export interface TuningInput {
  /** Absolute path. */
  readonly file: string;
  /** Hash of the file's bytes. */
  readonly hash: string;
  /** Tasks to tune; simple ones (no reduction) are left out. */
  readonly tasks: readonly InputTask[];
  /** Other algorithms for tasks; none for a task whose algorithm is chosen. */
  readonly siblings?: readonly TaskSibling[];
  readonly plan: NetworkPlan | undefined;
}

export interface InputOptions {
  /** `--size M=512` for `.tc` files. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Extents of a model's symbolic dimensions, by name. */
  readonly dims?: ReadonlyMap<string, number>;
  /** Elements of a model's inputs that decide shapes. */
  readonly values?: ReadonlyMap<string, readonly number[]>;
  /** `direct`: each task is computed as its DAG says, no other algorithm is looked at. Default: all. */
  readonly algorithms?: 'direct' | 'all';
}

/** Reads the file. @throws SessionError with one clear message */
export function readInput(given: string, options: InputOptions = {}): TuningInput {
  const file = path.resolve(given);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (e) {
    throw systemProblem(e, 'cannot read the model', given);
  }
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (/\.tc$/i.test(file)) return withAlgorithms({ file, hash, plan: undefined, tasks: withKeys(tcTasks(bytes.toString('utf8'), given, options)) }, options);
  if (!/\.onnx$/i.test(file)) throw new SessionError('this is neither an .onnx model nor a .tc file', { file: given }, true);
  const model = loadModel(bytes, externalData(path.dirname(file)), options.values, options.dims, customOperatorsOf(path.dirname(file)));
  if (!model.ok) {
    const { message, needs } = model.error;
    throw new SessionError(needs === undefined ? message : `${message}. Bind what decides it: ${needs.map((name) => `--value ${name}=...`).join(' ')}`, { file: given });
  }
  return withAlgorithms({ file, hash, plan: model.value, tasks: tasksOfPlan(model.value) }, options);
}

/** The tasks of a network that are tuned. */
export function tasksOfPlan(plan: NetworkPlan): InputTask[] {
  return withKeys(plan.tasks.flatMap((t, i) => (t.simple ? [] : [{ name: t.name, weight: t.weight, dag: t.dag, planTask: i }])));
}

/** With the other algorithms for its tasks. */
function withAlgorithms(input: TuningInput, { algorithms }: InputOptions): TuningInput {
  return algorithms === 'direct' ? input : { ...input, siblings: siblingsOfTasks(input.tasks) };
}

/** The other algorithms for these tasks. */
export function siblingsOfTasks(tasks: readonly InputTask[]): TaskSibling[] {
  const found = tasks.flatMap((task) => winogradSiblings(task.dag).map((sibling) => ({ of: task.key, sibling, task: { ...task, dag: sibling.dag, name: `${task.name}_${sibling.suffix}` } })));
  const keyed = withKeys([...tasks, ...found.map(({ task }) => task)]).slice(tasks.length);
  return found.flatMap(({ of, sibling, task }) => keyed.filter(({ dag }) => dag === task.dag).map((own) => ({ of, sibling, task: own })));
}

type Unkeyed = Pick<InputTask, 'name' | 'weight' | 'dag' | 'planTask'>;

function tcTasks(text: string, file: string, options: InputOptions): Unkeyed[] {
  const { defs, problems } = parseTc(text, { sizes: options.sizes ?? {} });
  const first = problems.find((p) => p.severity === 'error') ?? (defs.length > 0 ? undefined : problems.find((p) => p.hint?.kind === 'unbound-size'));
  if (first !== undefined) throw new SessionError(first.message, { file, line: first.line, column: first.column });
  if (defs.length === 0) throw new SessionError('there is no "def" in this file', { file });
  return defs.map((d) => ({ name: d.name, weight: 1, dag: d.dag, planTask: undefined }));
}

/** Equal operators are one task. Two different ones may have one key: the later one gets a distinguishing element. */
function withKeys(tasks: readonly Unkeyed[]): InputTask[] {
  const taken = new Map<string, string>();
  const found = new Map<string, InputTask>();
  for (const t of tasks) {
    // The name is no part of the operator: equal DAGs have equal keys.
    const operator = printTc(t.dag, 'task');
    const plain = workloadKey(t.dag);
    const owner = taken.get(plain);
    const key = owner === undefined || owner === operator ? plain : distinguishedKey(plain, operator);
    taken.set(key, operator);
    const same = found.get(key);
    found.set(key, same === undefined ? { ...t, key, tc: printTc(t.dag, identifier(t.name)), flops: dagFlops(t.dag) } : { ...same, weight: same.weight + t.weight });
  }
  return [...found.values()];
}

function identifier(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_]/g, '_');
  return /^[A-Za-z_]/.test(clean) ? clean : `_${clean}`;
}

/** Weights files beside the model; `NAME.weights.json` stands in for one that is missing. Nothing outside of the folder is read. */
function externalData(folder: string): (location: string) => ExternalFile | undefined {
  const open = new Map<string, ExternalFile | undefined>();
  return (location) => {
    if (!open.has(location)) open.set(location, openExternal(folder, location));
    return open.get(location);
  };
}

/** @throws SessionError where the place is not a plain file below the model's folder */
function openExternal(folder: string, location: string): ExternalFile | undefined {
  const refuse = (why: string): never => {
    throw new SessionError(`the model's weights file "${location}" ${why}: it must be a plain file in the model's folder`, { file: path.join(folder, path.basename(location)) });
  };
  if (path.isAbsolute(location) || path.win32.isAbsolute(location)) refuse('is an absolute path');
  if (location.includes('\0') || location.split(/[/\\]/).includes('..')) refuse("leads out of the model's folder");
  const file = path.resolve(folder, location);
  const home = realpathSync(folder);
  let real: string | undefined;
  try {
    real = realpathSync(file);
  } catch {
    if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true) refuse('is a link that leads nowhere');
  }
  if (real !== undefined) {
    const inside = path.relative(home, real);
    if (inside.startsWith('..') || path.isAbsolute(inside)) refuse("is a link that leads out of the model's folder");
    if (!statSync(real).isFile()) refuse('is a folder or a device');
    return fileSlices(real);
  }
  const recipe = `${file}.json`;
  if (!existsSync(recipe)) return undefined;
  const parsed = parseWeightRecipe(readFileSync(recipe, 'utf8'));
  if (!parsed.ok) throw new SessionError(parsed.error.message, { file: recipe });
  return generatedWeights(parsed.value);
}

function fileSlices(file: string): ExternalFile {
  return {
    byteLength: statSync(file).size,
    read: (offset: number, length: number) => {
      const fd = openSync(file, 'r');
      try {
        const out = new Uint8Array(length);
        for (let at = 0; at < length;) {
          const n = readSync(fd, out, at, length - at, offset + at);
          if (n === 0) throw new SessionError('the weights file became shorter while it was read', { file });
          at += n;
        }
        return out;
      } finally {
        closeSync(fd);
      }
    },
  };
}
