/**
 * Reads one line of a tuning log: a record of the auto-scheduler (v0.1 to v0.6, told apart by their structure as in the
 * original's reader) or of AutoTVM (v0.1, v0.2).
 */
import { err, ok, type Result } from '../base/result.js';
import type { HardwareParams } from '../hardware/params.js';
import type { TransformStep } from '../schedule/step.js';
import { stepFromRecord } from '../schedule/steps/index.js';
import { readAutoTvmV01, readAutoTvmV02, readResult, type AutoTvmRecord } from './autotvm.js';
import { jsonError, jsonOffset } from './json-locate.js';
import { asArray, asInt, asList, asString, isObject, WrongValue, type JsonValue } from './json-value.js';
import type { MeasureRecord } from './record.js';

export type RecordLine = { readonly kind: 'record'; readonly record: MeasureRecord } | { readonly kind: 'autotvm'; readonly record: AutoTvmRecord };

/** What is wrong with a line; `column` counts UTF-16 units from 1. */
export interface LineError { readonly column: number; readonly message: string }

export function readRecordLine(text: string): Result<RecordLine, LineError> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    const error = jsonError(text);
    if (error === undefined) return err({ column: 1, message: 'not JSON' });
    const pickled = text.split('\t').length >= 5;
    return err({ column: error.offset + 1, message: pickled ? "AutoTVM's pickle format cannot be read; convert the log to JSON" : `not JSON: ${error.message}` });
  }
  try {
    return ok(readRecordJson(json));
  } catch (error) {
    if (error instanceof WrongValue) return err({ column: jsonOffset(text, error.path) + 1, message: error.message });
    throw error;
  }
}

function readRecordJson(json: unknown): RecordLine {
  if (!isObject(json)) throw new WrongValue([], 'a record is an object');
  if ('input' in json || 'config' in json) return { kind: 'autotvm', record: readAutoTvmV02(json) };
  for (const key of Object.keys(json)) {
    if (key !== 'i' && key !== 'r' && key !== 'v') throw new WrongValue([key], `unknown key ${JSON.stringify(key)}: a record has i, r and v`);
  }
  for (const key of ['i', 'r', 'v']) if (!(key in json)) throw new WrongValue([], `the key "${key}" is missing`);
  const input = asArray(json['i'], ['i'], 'the input');
  if (typeof input[0] === 'string') return { kind: 'autotvm', record: readAutoTvmV01(json) };
  if (input.length !== 2) throw new WrongValue(['i'], `the input has 2 items (task, state), not ${input.length}`);
  const state = asArray(input[1], ['i', 1], 'the state');
  if (state.length !== 2) throw new WrongValue(['i', 1], `the state has 2 items (stages, steps), not ${state.length}`);
  if (asArray(state[0], ['i', 1, 0], 'the stages').length > 0) throw new WrongValue(['i', 1, 0], 'the stages must be empty: they are made anew from the steps');
  return {
    kind: 'record',
    record: {
      ...readTask(asArray(input[0], ['i', 0], 'the task')),
      steps: asArray(state[1], ['i', 1, 1], 'the steps').map(readStep),
      result: readResult(json['r'], ['r']),
      version: asString(json['v'], ['v'], 'the version'),
    },
  };
}

type Task = Pick<MeasureRecord, 'workloadKey' | 'target' | 'hardware' | 'targetHost' | 'layoutRewrite' | 'taskInputs'>;

/** Two items in v0.2, three in v0.3, then target host, layout rewriting and special inputs; nothing may follow. */
function readTask(task: readonly JsonValue[]): Task {
  if (task.length < 2 || task.length > 6) throw new WrongValue(['i', 0], `the task has 2 to 6 items, not ${task.length}`);
  const layout = task.length > 4 ? asInt(task[4], ['i', 0, 4], 'the layout rewrite option') : undefined;
  if (layout !== undefined && layout !== 0 && layout !== 1 && layout !== 2) throw new WrongValue(['i', 0, 4], `layout rewrite option ${layout} is unknown: it is 0, 1 or 2`);
  return {
    workloadKey: asString(task[0], ['i', 0, 0], 'the workload key'),
    target: asString(task[1], ['i', 0, 1], 'the target'),
    hardware: task.length > 2 ? readHardware(task[2]) : undefined,
    targetHost: task.length > 3 ? asString(task[3], ['i', 0, 3], 'the target host') : undefined,
    layoutRewrite: layout,
    taskInputs: task.length > 5 ? asList(task[5], ['i', 0, 5], 'the task inputs', asString) : undefined,
  };
}

function readHardware(value: unknown): HardwareParams {
  const path = ['i', 0, 2];
  const list = asList(value, path, 'the hardware parameters', asInt);
  const [numCores, vectorUnitBytes, cacheLineBytes, maxSharedMemoryPerBlock, maxLocalMemoryPerBlock, maxThreadsPerBlock, maxVthreadExtent, warpSize] = list;
  if (
    list.length !== 8 || numCores === undefined || vectorUnitBytes === undefined || cacheLineBytes === undefined || maxSharedMemoryPerBlock === undefined ||
    maxLocalMemoryPerBlock === undefined || maxThreadsPerBlock === undefined || maxVthreadExtent === undefined || warpSize === undefined
  ) {
    throw new WrongValue(path, `there are 8 hardware parameters, not ${list.length}`);
  }
  return { numCores, vectorUnitBytes, cacheLineBytes, maxSharedMemoryPerBlock, maxLocalMemoryPerBlock, maxThreadsPerBlock, maxVthreadExtent, warpSize };
}

function readStep(value: JsonValue, index: number): TransformStep {
  const path = ['i', 1, 1, index];
  const step = stepFromRecord(asArray(value, path, `step ${index}`));
  if (!step.ok) throw new WrongValue([...path, step.error.field], `step ${index}: ${step.error.message}`);
  return step.value;
}
