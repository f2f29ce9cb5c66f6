/** Records of AutoTVM, the template-based predecessor: v0.2, and v0.1 with its short keys (spec log-format, section 6). */
import { asArray, asInt, asList, asNumber, asString, isObject, WrongValue, type JsonValue } from './json-value.js';
import type { JsonPath } from './json-locate.js';
import { MEASURE_ERRORS, type MeasureErrorNo, type MeasureResult } from './record.js';

/** A choice of the template: sizes (`sp`, outer to inner, -1: inferred), order (`re`), annotations (`an`) or another value (`ot`). */
export interface AutoTvmKnob { readonly name: string; readonly kind: 'sp' | 're' | 'an' | 'ot'; readonly value: JsonValue }

export interface AutoTvmRecord {
  readonly version: 'v0.1' | 'v0.2';
  readonly target: string;
  /** E.g. `conv2d_nchw.cuda`. */
  readonly taskName: string;
  readonly args: readonly JsonValue[];
  readonly kwargs: JsonValue;
  /** v0.1 only: the workload tuple and the kind of template (`direct`, `winograd`, ...). */
  readonly workload: JsonValue | undefined;
  readonly template: string | undefined;
  /** Number of the choice in the template's space. */
  readonly index: number;
  readonly codeHash: string | undefined;
  readonly knobs: readonly AutoTvmKnob[];
  readonly result: MeasureResult;
  readonly tvmVersion: string | undefined;
}

/** `[costs, error_no, all_cost, timestamp]`, which both tuners share. */
export function readResult(value: unknown, path: JsonPath): MeasureResult {
  const list = asArray(value, path, 'the result');
  if (list.length !== 4) throw new WrongValue(path, `the result has 4 items (costs, error number, all_cost, timestamp), not ${list.length}`);
  const costs = asList(list[0], [...path, 0], 'costs', asNumber);
  if (costs.length === 0) throw new WrongValue([...path, 0], 'costs must not be empty');
  const errorNo = asInt(list[1], [...path, 1], 'the error number');
  if (errorNo < 0 || errorNo >= MEASURE_ERRORS.length) throw new WrongValue([...path, 1], `error number ${errorNo} is unknown: it is 0 to ${MEASURE_ERRORS.length - 1}`);
  return {
    costs, errorNo: errorNo as MeasureErrorNo, allCost: asNumber(list[2], [...path, 2], 'all_cost'), timestamp: asNumber(list[3], [...path, 3], 'the timestamp'),
  };
}

function readKnob(value: unknown, path: JsonPath, what: string): AutoTvmKnob {
  const list = asArray(value, path, what);
  const kind = list[1];
  if (list.length !== 3) throw new WrongValue(path, `${what} has 3 items (name, kind, value), not ${list.length}`);
  if (kind !== 'sp' && kind !== 're' && kind !== 'an' && kind !== 'ot') throw new WrongValue([...path, 1], `kind of ${what} must be sp, re, an or ot`);
  return { name: asString(list[0], [...path, 0], `name of ${what}`), kind, value: list[2] ?? null };
}

/** Throws WrongValue. `json` has the keys `input`, `config` and `result`. */
export function readAutoTvmV02(json: Readonly<Record<string, JsonValue>>): AutoTvmRecord {
  const input = asArray(json['input'], ['input'], 'input');
  const config = json['config'];
  if (input.length < 3) throw new WrongValue(['input'], 'input has 4 items (target, task, arguments, keyword arguments)');
  if (!isObject(config)) throw new WrongValue(['config'], 'config must be an object');
  const hash = config['code_hash'];
  const tvmVersion = json['tvm_version'];
  return {
    version: 'v0.2',
    target: asString(input[0], ['input', 0], 'the target'),
    taskName: asString(input[1], ['input', 1], 'the task name'),
    args: asArray(input[2], ['input', 2], 'the arguments'),
    kwargs: input[3] ?? {},
    workload: undefined, template: undefined,
    index: asInt(config['index'], ['config', 'index'], 'the index'),
    codeHash: typeof hash === 'string' ? hash : undefined,
    knobs: asList(config['entity'], ['config', 'entity'], 'entity', readKnob),
    result: readResult(json['result'], ['result']),
    tvmVersion: typeof tvmVersion === 'string' ? tvmVersion : undefined,
  };
}

/** Throws WrongValue. `json` has the keys `i` (a list that starts with the target), `r` and `v`. */
export function readAutoTvmV01(json: Readonly<Record<string, JsonValue>>): AutoTvmRecord {
  const input = asArray(json['i'], ['i'], 'the input');
  if (input.length !== 6) throw new WrongValue(['i'], `the input has 6 items (target, task, arguments, keyword arguments, workload, configuration), not ${input.length}`);
  const config = input[5];
  if (!isObject(config)) throw new WrongValue(['i', 5], 'the configuration must be an object');
  const hash = config['c'];
  const template = config['t'];
  return {
    version: 'v0.1',
    target: asString(input[0], ['i', 0], 'the target'),
    taskName: asString(input[1], ['i', 1], 'the task name'),
    args: asArray(input[2], ['i', 2], 'the arguments'),
    kwargs: input[3] ?? {},
    workload: input[4],
    template: typeof template === 'string' ? template : undefined,
    index: asInt(config['i'], ['i', 5, 'i'], 'the index'),
    codeHash: typeof hash === 'string' ? hash : undefined,
    knobs: asList(config['e'], ['i', 5, 'e'], 'entities', readKnob),
    result: readResult(json['r'], ['r']),
    tvmVersion: undefined,
  };
}
