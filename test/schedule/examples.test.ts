/** Each step's example is really applied. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { applyStep, replay } from '../../server/src/schedule/apply.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import type { TransformStep } from '../../server/src/schedule/step.js';
import { english } from '../../server/src/schedule/steps/definition.js';
import { STEPS, stepDefinition, stepFromRecord } from '../../server/src/schedule/steps/index.js';

/** The operator of an example: its one definition. */
function operator(tc: string): ComputeDag {
  const { defs, problems } = parseTc(tc);
  assert.deepEqual(problems, []);
  const [def] = defs;
  assert.ok(def !== undefined && defs.length === 1);
  return def.dag;
}

function step(record: readonly unknown[]): TransformStep {
  const read = stepFromRecord(record);
  assert.ok(read.ok, JSON.stringify(read));
  return read.value;
}

for (const { kind, example, title, summary, fields } of Object.values(STEPS)) {
  test(`${kind} (${title})`, () => {
    const before = replay(operator(example.tc), example.prior.map(step));
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
