/** `model`: the page of an `.onnx` file; `tuneEstimate`: what tuning it will cost. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { graphFacts, modelTasks, modelTotals, NO_FACTS } from '../../ide/model/model-view.js';
import { loadModel } from '../../model/load-model.js';
import { outlineOnnx } from '../../model/onnx/outline.js';
import { readOnnx } from '../../model/onnx/read-onnx.js';
import type { ModelView } from '../../protocol/model-view.js';
import type { TuneEstimate } from '../../protocol/dashboard-requests.js';
import { readInput, siblingsOfTasks, tasksOfPlan, type InputTask } from '../../session/input.js';
import { customOperatorsOf } from '../../session/custom-operators.js';
import { describeProblem, SessionError } from '../../session/problem.js';
import { field, fileOf, stringField, type Json } from '../params.js';
import type { OpenLogs } from '../records/open-logs.js';

interface Context { readonly indexes: OpenLogs }

/** `uri`: of the model; `log`: absolute path of its log, default: beside it. */
export async function modelRequest(params: Json, { indexes }: Context): Promise<ModelView> {
  const file = fileOf(stringField(params, 'uri'));
  const log = logOf(file, params);
  const index = indexes.get(log);
  await index.refresh();
  const hasLog = index.problem === undefined;
  const none: ModelView = {
    file, name: path.basename(file), bytes: 0, ...NO_FACTS, simpleCalls: 0, tasks: [], flops: 0, coverage: 0, latencyMs: null, log: hasLog ? log : null, problem: null,
  };
  const outline = await readOutline(file);
  if (typeof outline === 'string') return { ...none, problem: outline };
  const { bytes, size } = outline;
  const graph = readOnnx(bytes);
  if (!graph.ok) return { ...none, bytes: size, problem: graph.error.message };
  const custom = customOperatorsOf(path.dirname(file));
  const facts = told(() => graphFacts(graph.value, custom));
  if (typeof facts === 'string') return { ...none, bytes: size, problem: facts };
  await new Promise((resolve) => setImmediate(resolve));
  const plan = loadModel(bytes, undefined, undefined, undefined, custom);
  if (!plan.ok) return { ...none, bytes: size, ...facts, problem: plan.error.message };
  const found = tasksOfPlan(plan.value);
  const tasks = modelTasks(found, siblingsOfTasks(found), hasLog ? index.index : undefined);
  return { ...none, bytes: size, ...facts, tasks, simpleCalls: plan.value.tasks.reduce((n, t) => n + (t.simple ? t.weight : 0), 0), ...modelTotals(tasks) };
}

function logOf(file: string, params: Json): string {
  const given = field(params, 'log');
  if (typeof given === 'string' && path.isAbsolute(given)) return given;
  return path.join(path.dirname(file), `${path.basename(file).replace(/\.(onnx|tc)$/i, '')}.ansor.jsonl`);
}

/** What is needed of a model's file; a message where it cannot be read. */
async function readOutline(file: string): Promise<{ readonly bytes: Uint8Array; readonly size: number } | string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const read = async (at: number, length: number): Promise<Uint8Array> => {
        const buffer = new Uint8Array(length);
        const { bytesRead } = await handle.read(buffer, 0, length, at);
        return buffer.subarray(0, bytesRead);
      };
      const outline = await outlineOnnx(size, read);
      if (outline !== undefined) return { bytes: outline.bytes, size };
      return 'this is no ONNX model, or it is cut off: its protobuf data cannot be decoded';
    } finally {
      await handle.close();
    }
  } catch (e) {
    const code = e instanceof Error && 'code' in e ? e.code : undefined;
    return code === 'ENOENT' ? 'there is no such file' : e instanceof Error ? e.message : String(e);
  }
}

/** Seconds that a trial of a common operator takes, with its share of the search. */
const USUAL_SECONDS = 0.6;
const RECORD_BYTES = 1200;
/** Compiled code in the cache, for each trial. */
const CODE_BYTES = { c: 20_000, wasm: 4000 } as const;
const TRIALS_PER_TASK = 64;

/** `uri` of a model or `.tc` file, `log`, `trials`, `target`. */
export async function tuneEstimateRequest(params: Json, { indexes }: Context): Promise<TuneEstimate> {
  const file = fileOf(stringField(params, 'uri'));
  const log = logOf(file, params);
  const index = indexes.get(log);
  await index.refresh();
  const given = field(params, 'trials');
  const empty: TuneEstimate = { log, records: 0, trials: 0, tasks: 0, secondsPerTrial: USUAL_SECONDS, basis: 'usual', seconds: 0, bytes: 0 };
  const tasks = await tasksOf(file);
  if (typeof tasks === 'string') return { ...empty, problem: tasks };
  const keys = new Set(tasks.map((t) => t.key));
  const records = index.index.tasks.reduce((n, t) => n + (keys.has(t.key) ? t.records : 0), 0);
  const trials = typeof given === 'number' && given >= 1 ? given : TRIALS_PER_TASK * tasks.length;
  const seen = secondsPerTrial(index.index.columns.time.subarray(0, index.index.columns.length));
  const secondsEach = seen ?? USUAL_SECONDS;
  const left = Math.max(0, trials - records);
  const target = field(params, 'target');
  const code = typeof target === 'string' && target.includes('wasm') ? CODE_BYTES.wasm : CODE_BYTES.c;
  return {
    log, records, trials, tasks: tasks.length, secondsPerTrial: secondsEach, basis: seen === undefined ? 'usual' : 'log', seconds: left * secondsEach, bytes: left * (RECORD_BYTES + code),
  };
}

async function tasksOf(file: string): Promise<readonly InputTask[] | string> {
  if (/\.tc$/i.test(file)) return told(() => readInput(file).tasks);
  const outline = await readOutline(file);
  if (typeof outline === 'string') return outline;
  const plan = told(() => loadModel(outline.bytes, undefined, undefined, undefined, customOperatorsOf(path.dirname(file))));
  if (typeof plan === 'string') return plan;
  return plan.ok ? tasksOfPlan(plan.value) : plan.error.message;
}

/** The value, or what a person is told instead. */
function told<T>(make: () => T): T | string {
  try {
    return make();
  } catch (e) {
    if (e instanceof SessionError) return describeProblem(e);
    throw e;
  }
}

const FEWEST = 20;

/** Median seconds between records that follow each other; undefined where there are too few. */
function secondsPerTrial(times: Float64Array): number | undefined {
  if (times.length < FEWEST) return undefined;
  const steps = [...times.subarray(1)].map((t, i) => t - (times[i] ?? 0)).filter((s) => s >= 0 && s < 60);
  return steps.length < FEWEST / 2 ? undefined : Math.max(0.02, steps.reduce((a, b) => a + b, 0) / steps.length);
}
