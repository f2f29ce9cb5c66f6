/** Each step's example is really applied. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { at, compute, createDag, placeholder, reduce } from '../../server/src/dag/create.js';
import { binary, float } from '../../server/src/ir/expr.js';
import { applyStep, replay } from '../../server/src/schedule/apply.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import type { TransformStep } from '../../server/src/schedule/step.js';
import { english } from '../../server/src/schedule/steps/definition.js';
import { MATMUL, MATMUL_RELU, ROW_SUM, SCALE_RELU } from '../../server/src/schedule/steps/example-operators.js';
import { STEPS, stepDefinition, stepFromRecord } from '../../server/src/schedule/steps/index.js';

const a = placeholder('A', [512, 512]);
const b = placeholder('B', [512, 512]);
const product = reduce('C', [512, 512], ['i', 'j'], { k: 512 }, 'add', ([i, j], [k]) => binary('mul', at(a, i!, k!), at(b, k!, j!)));
const relu = compute('D', [512, 512], ['i', 'j'], ([i, j]) => binary('max', at(product, i!, j!), float(0)));
const table = placeholder('A', [8, 4096]);
const rowSum = reduce('S', [8], ['i'], { k: 4096 }, 'add', ([i], [k]) => at(table, i!, k!));
const scaled = compute('B', [512, 512], ['i', 'j'], ([i, j]) => binary('mul', at(a, i!, j!), float(2)));
const scaledRelu = compute('C', [512, 512], ['i', 'j'], ([i, j]) => binary('max', at(scaled, i!, j!), float(0)));

const OPERATORS = new Map<string, ComputeDag>([
  [MATMUL, createDag([a, b, product])],
  [MATMUL_RELU, createDag([a, b, product, relu])],
  [ROW_SUM, createDag([table, rowSum])],
  [SCALE_RELU, createDag([a, scaled, scaledRelu])],
]);

function step(record: readonly unknown[]): TransformStep {
  const read = stepFromRecord(record);
  assert.ok(read.ok, JSON.stringify(read));
  return read.value;
}

for (const { kind, example, title, summary, fields } of Object.values(STEPS)) {
  test(`${kind} (${title})`, () => {
    const dag = OPERATORS.get(example.tc);
    assert.ok(dag !== undefined, example.tc);
    const before = replay(dag, example.prior.map(step));
    assert.equal(stateText(before), example.before);
    const one = step(example.step);
    assert.equal(one.kind, kind);
    assert.equal(stateText(applyStep(before, one)), example.after);
    // The state before is a value: applying changed nothing in it.
    assert.equal(stateText(before), example.before);
    assert.deepEqual(stepDefinition(kind).toRecord(one), example.step);
    assert.equal(example.step.length, fields.length + 1);
    const sentence = stepDefinition(kind).print(before, one, english);
    assert.ok(!/[{}]/.test(sentence) && sentence.length > 10, sentence);
    assert.match(summary, /^[A-Z].*\.$/);
  });
}
