/** Printing and parsing is the identity for every task of the fixture models, and keeps the workload key. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { printTc } from '../../server/src/dag/print-tc.js';
import { workloadKey } from '../../server/src/dag/text.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { readInput } from '../../server/src/session/input.js';

for (const model of ['resnet18', 'resnet50', 'mobilenet_v2']) {
  test(model, () => {
    const { tasks, plan } = readInput(fileURLToPath(new URL(`../fixtures/models/${model}.onnx`, import.meta.url)));
    const dags = [...tasks, ...(plan?.tasks ?? [])].map((task) => task.dag);
    assert.ok(dags.length >= 20);
    for (const dag of dags) {
      const text = printTc(dag, 'task');
      const { defs, problems } = parseTc(text);
      assert.deepEqual(problems, [], text);
      assert.deepEqual(defs.map((def) => def.dag), [dag]);
      assert.equal(workloadKey(defs[0]?.dag ?? assert.fail()), workloadKey(dag));
    }
  });
}
