/**
 * The `#` lines with which our logs explain themselves (docs/log-format.md); the original's reader skips them. Each is `# ` and
 * an object with one key. Readers take what they know and leave the rest, so that later versions may add fields.
 */
import { isObject, type JsonValue } from './json-value.js';

/** Written at each start of a session. No absolute paths. */
export interface SessionNote {
  readonly version: string;
  /** The target with its true back end (`c`, `wasm`, ...) and compiler flags. */
  readonly target: string;
  readonly backend?: string;
  readonly flags?: readonly string[];
  readonly host?: { readonly cpu: string; readonly cores: number };
  readonly compiler?: string;
  readonly seed?: number;
  readonly options?: Readonly<Record<string, JsonValue>>;
  /** What was known from other models and machines when it began: tasks, different programs, and the further logs that were read. */
  readonly reuse?: { readonly tasks: number; readonly programs: number; readonly logs: readonly string[] };
  readonly model?: { readonly hash: string; readonly tasks: readonly { readonly key: string; readonly weight: number; /** Key of the task for which this one is another algorithm. */ readonly of?: string }[] };
}

/** Written before a task's first record. `tc`: the operator in the `.tc` language; `flops`: floating-point operations. */
export interface TaskNote { readonly key: string; readonly name: string; readonly flops: number; readonly tc: string }

/** Where a program that was not searched for is from. */
export interface TrialSource {
  /** The log's name; absent: this log. */
  readonly log?: string;
  readonly line: number;
  /** Of another model; of another machine, or one that is not known; for another target of this machine; for sizes that divide these. */
  readonly from: 'model' | 'machine' | 'target' | 'compatible';
  /** Of compatible ones: how many times more work this task is. */
  readonly factor?: number;
  /** That it is for this operator was concluded from a key that does not say everything. */
  readonly unverified?: boolean;
}

/** Written after the record at physical line `line` where there is more to say. */
export interface TrialNote {
  readonly line: number;
  /** The cost model's score. */
  readonly predicted?: number;
  readonly verdict?: string;
  /** The sketch or mutation rule that the program came from. */
  readonly rule?: string;
  readonly error?: string;
  /** Name of the file in `LOG.d/` with the whole output, where `error` is cut. */
  readonly output?: string;
  /** Name of the file in `LOG.d/` with the program that failed, as it was built. */
  readonly program?: string;
  readonly source?: TrialSource;
  /** This run confirmed the borrowed records of its task: so many programs count because of it, this one included. */
  readonly confirms?: number;
}

/** What a session found to be the fastest program of each task in the whole network. */
export interface NetworkNote {
  /** The model's hash, and the target as records name it. */
  readonly model: string;
  readonly target: string;
  /** `program`: `default` for that of the default rules, else the first 16 digits of the md5 sum of its steps. `ms`: all calls of the task together. */
  readonly tasks: readonly { readonly key: string; readonly program: string; readonly ms: number }[];
}

export type LogNote =
  | { readonly kind: 'session'; readonly note: SessionNote }
  | { readonly kind: 'task'; readonly note: TaskNote }
  | { readonly kind: 'trial'; readonly note: TrialNote }
  | { readonly kind: 'network'; readonly note: NetworkNote }
  /** A schedule with steps that v0.6 has not; kept as it is. */
  | { readonly kind: 'extended'; readonly note: JsonValue };

const KEYS = { session: 'session', task: 'task', trial: 'trial', network: 'network', extended: 'record' } as const;

/** The line, without the newline. */
export function formatNote(note: LogNote): string {
  return `# ${JSON.stringify({ [KEYS[note.kind]]: note.note })}`;
}

/** The note of a `#` line; undefined for any other comment; a message for a note that lacks what it must have. */
export function readNote(line: string): LogNote | string | undefined {
  if (!line.startsWith('# {')) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(line.slice(2));
  } catch {
    return /^# \{"(session|task|trial|network|record)":/.test(line) ? 'this note is not JSON' : undefined;
  }
  if (!isObject(json)) return undefined;
  if ('record' in json) return { kind: 'extended', note: json['record'] ?? null };
  if ('session' in json) return readSession(json['session']);
  if ('task' in json) return readTaskNote(json['task']);
  if ('trial' in json) return readTrial(json['trial']);
  if ('network' in json) return readNetwork(json['network']);
  return undefined;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** Leaves out what is undefined, so that notes compare equal after a round trip. */
function present<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function readSession(json: unknown): LogNote | string {
  if (!isObject(json)) return 'the session note must be an object';
  const version = text(json['version']);
  const target = text(json['target']);
  if (version === undefined || target === undefined) return 'the session note needs a version and a target';
  const { flags, host, options, model } = json;
  const cpu = isObject(host) ? text(host['cpu']) : undefined;
  const cores = isObject(host) ? number(host['cores']) : undefined;
  const hash = isObject(model) ? text(model['hash']) : undefined;
  const tasks = isObject(model) && Array.isArray(model['tasks']) ? model['tasks'] : [];
  return {
    kind: 'session',
    note: {
      version, target,
      ...present<Omit<SessionNote, 'version' | 'target'>>({
        backend: text(json['backend']),
        flags: Array.isArray(flags) ? flags.filter((f) => typeof f === 'string') : undefined,
        host: cpu !== undefined && cores !== undefined ? { cpu, cores } : undefined,
        compiler: text(json['compiler']),
        seed: number(json['seed']),
        options: isObject(options) ? options : undefined,
        reuse: readReuse(json['reuse']),
        model: hash === undefined ? undefined : {
          hash,
          tasks: tasks.flatMap((task) => {
            const key = isObject(task) ? text(task['key']) : undefined;
            const weight = isObject(task) ? number(task['weight']) : undefined;
            const of = isObject(task) ? text(task['of']) : undefined;
            return key !== undefined && weight !== undefined ? [{ key, weight, ...(of === undefined ? {} : { of }) }] : [];
          }),
        },
      }),
    },
  };
}

function readTaskNote(json: unknown): LogNote | string {
  if (!isObject(json)) return 'the task note must be an object';
  const key = text(json['key']);
  const tc = text(json['tc']);
  if (key === undefined || tc === undefined) return 'the task note needs a key and a tc';
  return { kind: 'task', note: { key, name: text(json['name']) ?? '', flops: number(json['flops']) ?? 0, tc } };
}

function readTrial(json: unknown): LogNote | string {
  if (!isObject(json)) return 'the trial note must be an object';
  const line = number(json['line']);
  if (line === undefined) return 'the trial note needs a line';
  return {
    kind: 'trial',
    note: {
      line,
      ...present<Omit<TrialNote, 'line'>>({
        predicted: number(json['predicted']), verdict: text(json['verdict']), rule: text(json['rule']), error: text(json['error']), output: text(json['output']), program: text(json['program']),
        source: readSource(json['source']), confirms: number(json['confirms']),
      }),
    },
  };
}

function readNetwork(json: unknown): LogNote | string {
  if (!isObject(json)) return 'the network note must be an object';
  const [model, target, tasks] = [text(json['model']), text(json['target']), json['tasks']];
  if (model === undefined || target === undefined || !Array.isArray(tasks)) return 'the network note needs a model, a target and tasks';
  return {
    kind: 'network',
    note: {
      model, target,
      tasks: tasks.flatMap((task) => {
        const [key, program] = isObject(task) ? [text(task['key']), text(task['program'])] : [];
        return key === undefined || program === undefined ? [] : [{ key, program, ms: isObject(task) ? number(task['ms']) ?? NaN : NaN }];
      }),
    },
  };
}

function readSource(json: unknown): TrialSource | undefined {
  if (!isObject(json)) return undefined;
  const { line, from } = json;
  if (typeof line !== 'number' || (from !== 'model' && from !== 'machine' && from !== 'target' && from !== 'compatible')) return undefined;
  return {
    ...present<Pick<TrialSource, 'log'>>({ log: text(json['log']) }), line, from,
    ...present<Pick<TrialSource, 'factor' | 'unverified'>>({ factor: number(json['factor']), unverified: json['unverified'] === true ? true : undefined }),
  };
}

function readReuse(json: unknown): SessionNote['reuse'] {
  if (!isObject(json)) return undefined;
  const { tasks, programs, logs } = json;
  if (typeof tasks !== 'number' || typeof programs !== 'number') return undefined;
  return { tasks, programs, logs: Array.isArray(logs) ? logs.filter((l) => typeof l === 'string') : [] };
}
