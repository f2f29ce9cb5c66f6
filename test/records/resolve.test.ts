/** Keys of old logs: which operator they stand for, found from key and steps alone. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createRng } from '../../server/src/base/rng.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { createDag, dagTensors } from '../../server/src/dag/create.js';
import { dagHash, dagText, md5Hex, shortenedDagText, workloadKey } from '../../server/src/dag/text.js';
import { FAMILIES } from '../../server/src/records/library/families.js';
import { misfit } from '../../server/src/records/library/fits.js';
import { createResolutionIndex, resolveKey, type Resolution } from '../../server/src/records/library/resolve.js';
import { search } from '../../server/src/records/library/search.js';
import { hashedText } from '../../server/src/records/library/stage-text.js';
import { TAIL_RANGES, walkTails } from '../../server/src/records/library/tail.js';
import { readRecordLine } from '../../server/src/records/read-line.js';
import { readLog } from '../../server/src/records/read-log.js';
import type { MeasureRecord } from '../../server/src/records/record.js';

const ORACLE = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/oracle');
const HASHED = /^\["([0-9a-f]{32})"/;

interface NetworkTask { readonly workload_key: string; readonly dag_text: string }
const networkTasks: readonly NetworkTask[] = readdirSync(join(ORACLE, 'networks')).filter((name) => name.endsWith('.json'))
  .flatMap((name) => (JSON.parse(readFileSync(join(ORACLE, 'networks', name), 'utf8')) as { tasks: NetworkTask[] }).tasks);

const wildLines = readFileSync(join(ORACLE, 'wild-records.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.stringify((JSON.parse(line) as { record: unknown }).record));

/** Processor time, for other work may run beside the tests. */
function timed(record: Pick<MeasureRecord, 'workloadKey' | 'steps'>): { readonly resolution: Resolution; readonly seconds: number } {
  const before = process.cpuUsage();
  const resolution = resolveKey(record);
  const { user, system } = process.cpuUsage(before);
  return { resolution, seconds: (user + system) / 1e6 };
}

/** The property that always holds: md5 of the DAG's text is the key, and the steps are legal. */
function checkGiven(resolution: Resolution, { workloadKey: key, steps }: Pick<MeasureRecord, 'workloadKey' | 'steps'>): void {
  if (resolution.kind === 'unresolved') return;
  const hash = HASHED.exec(key)?.[1];
  const { dag } = resolution;
  assert.equal(resolution.kind === 'exact' ? md5Hex(hashedText(dag, 'old')) : dagHash(dag), hash, key);
  assert.equal(misfit(dag, steps), undefined, key);
  if (resolution.kind === 'exact') return;
  const { inputs, outputs } = dagTensors(dag);
  assert.deepEqual([...inputs, ...outputs].flatMap((tensor) => tensor.shape), (JSON.parse(key) as unknown[]).slice(1).flat(), key);
  assert.ok(resolution.assumptions.length > 0);
}

test('all tasks of the networks are found from their keys alone', () => {
  let slowest = 0;
  let sameText = 0;
  for (const task of networkTasks) {
    const record = { workloadKey: task.workload_key, steps: [] };
    const { resolution, seconds } = timed(record);
    slowest = Math.max(slowest, seconds);
    checkGiven(resolution, record);
    assert.equal(resolution.kind, 'assumed', task.workload_key);
    if (resolution.kind !== 'assumed') continue;
    assert.equal(workloadKey(resolution.dag), task.workload_key);
    if (shortenedDagText(dagText(resolution.dag)) === task.dag_text) sameText++;
  }
  assert.ok(slowest < 1, `${slowest} s`);
  // What a key leaves open (pads, arguments of calls) was chosen as the original had it, too.
  assert.equal(sameText, networkTasks.length);
});

test('at least nine tenths of hashed public records are found, each within a second', () => {
  const records = wildLines.flatMap((line) => {
    const read = readRecordLine(line);
    assert.ok(read.ok, line.slice(0, 80));
    return read.value.kind === 'record' && HASHED.test(read.value.record.workloadKey) ? [read.value.record] : [];
  });
  const results = records.map((record) => {
    const { resolution, seconds } = timed(record);
    checkGiven(resolution, record);
    assert.ok(seconds < 1, `${record.workloadKey}: ${seconds} s`);
    return resolution;
  });
  assert.ok(records.length > 40);
  assert.ok(results.filter((r) => r.kind !== 'unresolved').length >= 0.9 * records.length);
  // Read as one log, whose keys help each other: no fewer.
  const index = createResolutionIndex();
  for (const [i, record] of records.entries()) assert.equal(resolveKey(record, index).kind, results[i]?.kind, record.workloadKey);
});

test("the RFC's record is the classifier of MobileNet-V2; its other one is AutoTVM's and is read", () => {
  const { lines, problems } = readLog(readFileSync(join(ORACLE, 'rfc-records.json'), 'utf8'));
  assert.deepEqual(problems, []);
  assert.deepEqual(lines.map((line) => line.kind), ['record', 'autotvm']);
  const [first] = lines;
  assert.ok(first?.kind === 'record');
  const resolution = resolveKey(first.record);
  checkGiven(resolution, first.record);
  assert.ok(resolution.kind === 'exact');
  assert.equal(resolution.name, 'dense + add');
  assert.deepEqual(resolution.assumptions, []);
  assert.deepEqual(dagTensors(resolution.dag).inputs.map((tensor) => tensor.shape), [[1, 1280], [1000, 1280], [1000]]);
});

/** Old keys whose texts are known (md5, stages, shapes of the anchor's inputs, its output). */
const OLD_TEXTS: readonly (readonly [hash: string, stages: number, name: string, inputs: readonly (readonly number[])[], out: readonly number[]])[] = [
  ['a9e632e5167afb60fbe29e7aeef1d152', 7, 'conv2d NHWC 3x3 + add + relu', [[1, 56, 56, 64], [3, 3, 64, 64]], [1, 56, 56, 64]],
  ['dcf6fcf5f56fa614bf9aef0c82382caf', 11, 'conv2d NHWC 1x1 + add + multiply + add + relu', [[1, 7, 7, 512], [1, 1, 512, 2048]], [1, 7, 7, 2048]],
  ['a169cd0053d3a7ca82998fcb62e42c58', 13, 'winograd conv2d NHWC 3x3, tiles of 2 + add + relu', [[1, 14, 14, 256], [4, 4, 256, 256]], [1, 14, 14, 256]],
  ['d09dc1a6bb90d59c91b68989ad3492ff', 5, 'dense + add', [[1, 512], [1000, 512]], [1, 1000]],
  ['6129df1a3d5f6326c8393a8d17160199', 6, 'dense in vectors of 16 + add', [[1, 2048], [1000, 2048]], [1, 1000]],
  ['a9f02db6b0d4cdb4a2bd845da8921359', 3, 'batch matmul NT', [[12, 128, 64], [12, 128, 64]], [12, 128, 128]],
  ['8b390e08878f28c44c6e71b1e658063c', 3, 'mean', [[128, 1, 768]], [128, 1, 1]],
  ['d6778340abfcd0a289f65d4feb91e871', 6, 'variance', [[128, 1, 768], [128, 1, 1]], [128, 1, 1]],
  ['7de313da0ca29a8c63f647791692430d', 3, 'global average pool', [[1, 7, 7, 512]], [1, 1, 1, 512]],
  ['ba2026d923536b75e9b4faed89287d5f', 6, 'max pool 3x3 stride 2x2 + add + relu', [[1, 112, 112, 64]], [1, 56, 56, 64]],
  ['944921d3fd999ba7aa9ffe5a592a9241', 6, 'max pool 3x3 stride 2x2 + add + relu', [[1, 112, 112, 64]], [1, 56, 56, 64]],
];

test('known texts of the old scheme come out of the generators', () => {
  for (const [hash, stages, name, inputs, out] of OLD_TEXTS) {
    function* starts() {
      for (const family of FAMILIES) {
        for (const anchor of family({ inputs, out, era: 'old', dtype: 'float32' })) {
          if (anchor.inputs === inputs.length) yield { anchor, era: 'old' as const, operands: undefined, out };
        }
      }
    }
    assert.equal(search(hash, starts(), { stages, mostWork: 2_000_000 }, () => true)?.name, name, hash);
  }
});

test('a wrong sum gives no DAG, and says so within a second', () => {
  const rng = createRng(11);
  for (let round = 0; round < 6; round++) {
    const task = networkTasks[rng.int(networkTasks.length)];
    const record = { workloadKey: (task?.workload_key ?? '').replace(HASHED, `["${md5Hex(`nothing ${round}`)}"`), steps: [] };
    const { resolution, seconds } = timed(record);
    assert.equal(resolution.kind, 'unresolved');
    assert.ok(seconds < 1.5, `${record.workloadKey}: ${seconds} s`);
  }
  for (const key of ['["matmul_add", 1, 2, 3]', 'no key', '[1]', '["0abeaf8a7df88ad015de76910b5779a1", [0]]']) assert.equal(resolveKey({ workloadKey: key, steps: [] }).kind, 'unresolved');
});

test("steps of another operator do not get a key's DAG", () => {
  const read = readRecordLine(wildLines.find((line) => line.includes('00a059b856ac30ac172b6252254479a6')) ?? '');
  assert.ok(read.ok && read.value.kind === 'record');
  const { record } = read.value;
  const index = createResolutionIndex();
  assert.equal(resolveKey(record, index).kind, 'assumed');
  const steps = record.steps.map((step) => (step.kind === 'SP' && step.extent === 1000 ? { ...step, extent: 999 } : step));
  const other = resolveKey({ ...record, steps }, index);
  assert.ok(other.kind === 'unresolved');
  assert.match(other.reason, /the steps do not fit: step \d+ splits 999 where the operator has 1000/);
  assert.equal(resolveKey(record, index), index.resolved.get(record.workloadKey), 'an index gives what it knows');
});

/** Shapes of operators of families that the logs above lack, with a bias and an activation behind. */
const OTHERS: readonly (readonly [family: RegExp, inputs: readonly (readonly number[])[], out: readonly number[]])[] = [
  [/^conv2d_transpose NCHW 4x4 \+ add \+ tanh$/, [[1, 128, 16, 16], [128, 64, 4, 4], [1, 64, 1, 1]], [1, 64, 32, 32]],
  [/^conv1d NWC 3 \+ add \+ relu$/, [[1, 64, 32], [3, 32, 48], [1, 1, 48]], [1, 64, 48]],
  [/^conv3d NCDHW 3x3x3 stride 2 \+ add \+ sigmoid$/, [[1, 8, 16, 28, 28], [16, 8, 3, 3, 3], [1, 16, 1, 1, 1]], [1, 16, 8, 14, 14]],
  [/^group conv2d NHWC 3x3 \+ add \+ leaky relu$/, [[1, 14, 14, 64], [3, 3, 8, 64], [1, 1, 1, 64]], [1, 14, 14, 64]],
  [/^depthwise conv2d NCHW16c 5x5 stride 2 \+ add \+ clip$/, [[1, 4, 28, 28, 16], [4, 1, 5, 5, 1, 16], [1, 4, 1, 1, 16]], [1, 4, 14, 14, 16]],
  [/^batch matmul NN \+ add$/, [[12, 128, 128], [12, 128, 64], [12, 128, 64]], [12, 128, 64]],
  [/^conv2d NHWC 1x1 \+ add \+ hard swish$/, [[1, 7, 7, 96], [1, 1, 96, 576], [1, 1, 1, 576]], [1, 7, 7, 576]],
  [/^average pool 3x3 stride 2x2 \+ multiply$/, [[1, 35, 35, 32], [1, 1, 1, 32]], [1, 17, 17, 32]],
  // Line by line: the residual is met first and is the last parameter.
  [/^residual \+ conv2d NHWC 3x3 \+ relu$/, [[1, 14, 14, 64], [1, 14, 14, 32], [3, 3, 32, 64]], [1, 14, 14, 64]],
  [/^residual \+ conv2d NHWC 1x1 \+ add \+ relu$/, [[1, 7, 7, 96], [1, 7, 7, 576], [1, 1, 576, 96], [1, 1, 1, 96]], [1, 7, 7, 96]],
  [/^transpose 0213$/, [[1, 128, 12, 64]], [1, 12, 128, 64]],
  [/^batch matmul NT \+ transpose 102 \+ multiply$/, [[12, 128, 64], [12, 32, 64], [128, 12, 32]], [128, 12, 32]],
  [/^winograd weights$/, [[3, 3, 64, 128]], [6, 6, 128, 64]],
  [/^dense \+ add \+ tanh$/, [[1, 768], [768, 768], [1, 768]], [1, 768]],
];

test('half precision shows in literals only, and is found', () => {
  const problem = { inputs: [[1, 56, 56, 64], [1, 1, 64, 64], [1, 1, 1, 64]], out: [1, 56, 56, 64], era: 'numbered', dtype: 'float16' } as const;
  const [anchor] = FAMILIES.flatMap((f) => [...f(problem)]);
  assert.ok(anchor !== undefined);
  let dag: ComputeDag | undefined;
  walkTails({ output: anchor.output, era: 'numbered', inputs: 2, operands: [[1, 1, 1, 64]], channelAxes: anchor.channelAxes, out: problem.out, stages: undefined }, TAIL_RANGES[0]!, ({ ops, words }) => {
    if (words.join() === 'add,relu') dag = createDag([...anchor.ops, ...ops]);
    return dag === undefined;
  });
  assert.ok(dag !== undefined);
  assert.match(dagText(dag), /0h\)/);
  const { resolution, seconds } = timed({ workloadKey: workloadKey(dag), steps: [] });
  assert.ok(resolution.kind === 'assumed' && seconds < 1);
  assert.equal(resolution.assumptions[0], 'all tensors are float16');
});

test('the residual on the left: the text that the original prints', () => {
  const problem = { inputs: [[1, 8, 8, 16], [1, 8, 8, 4], [1, 1, 4, 16]], out: [1, 8, 8, 16], era: 'numbered', dtype: 'float32' } as const;
  const anchor = FAMILIES.flatMap((f) => [...f(problem)]).find((a) => a.family === 'residual + conv2d NHWC 1x1');
  assert.ok(anchor !== undefined);
  assert.deepEqual(dagText(createDag(anchor.ops), 'simple').split('\n').map((line) => line.split(' ')[0]), ['p2', 'p0', 'pad_temp(i0,', 'p1', 'conv2d_nhwc(nn,', 'T_add(ax0,', '']);
  assert.match(dagText(createDag(anchor.ops), 'simple'), /= \(p2\[ax0, ax1, ax2, ax3\] \+ conv2d_nhwc\[ax0, ax1, ax2, ax3\]\)\n$/);
});

test('operators of the other families are found from keys made of them', () => {
  for (const [family, inputs, out] of OTHERS) {
    let found: { readonly dag: ComputeDag; readonly name: string } | undefined;
    const problem = { inputs, out, era: 'numbered', dtype: 'float32' } as const;
    for (const anchor of FAMILIES.flatMap((f) => [...f(problem)])) {
      if (found !== undefined || anchor.inputs > inputs.length) continue;
      const start = { output: anchor.output, era: problem.era, inputs: anchor.inputs, operands: inputs.slice(anchor.inputs), channelAxes: anchor.channelAxes, out, stages: undefined };
      for (const range of TAIL_RANGES) {
        walkTails(start, range, ({ ops, words }) => {
          const name = [anchor.family, ...words].join(' + ');
          if (found === undefined && family.test(name)) found = { dag: createDag([...anchor.ops, ...ops]), name };
          return found === undefined;
        });
      }
    }
    assert.ok(found !== undefined, String(family));
    const record = { workloadKey: workloadKey(found.dag), steps: [] };
    const { resolution, seconds } = timed(record);
    checkGiven(resolution, record);
    assert.ok(resolution.kind === 'assumed', found.name);
    assert.equal(resolution.name, found.name);
    assert.ok(seconds < 1, `${found.name}: ${seconds} s`);
  }
});
