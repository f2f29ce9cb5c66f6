/** Every task of the original's networks whose text is whole: workload key, FLOPs, text, and printing as the identity. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dagFlops } from '../../server/src/dag/flops.js';
import { printTc } from '../../server/src/dag/print-tc.js';
import { dagText, workloadKey } from '../../server/src/dag/text.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { tcOfDagText } from './dag-text-reader.js';

interface Task { readonly desc: string; readonly workload_key: string; readonly flop: number; readonly dag_text: string; readonly tensors: readonly { readonly shape: readonly number[] }[] }

for (const [network, shortened] of [['mlp', 0], ['mobilenet_nhwc', 0], ['resnet18_nhwc', 6], ['squeezenet', 0]] as const) {
  test(network, () => {
    const { tasks } = JSON.parse(readFileSync(new URL(`../fixtures/oracle/networks/${network}.llvm.json`, import.meta.url), 'utf8')) as { tasks: readonly Task[] };
    const whole = tasks.filter((task) => !task.dag_text.includes('..(OMITTED)..'));
    assert.equal(tasks.length - whole.length, shortened);
    for (const task of whole) {
      const text = tcOfDagText(task.dag_text, task.tensors.at(-1)?.shape ?? []);
      const { defs, problems } = parseTc(text);
      assert.deepEqual(problems, [], `${task.desc}\n${text}`);
      const dag = defs[0]?.dag;
      assert.ok(dag !== undefined);
      assert.equal(dagText(dag), task.dag_text, task.desc);
      assert.equal(workloadKey(dag), task.workload_key, task.desc);
      // The original does not count reductions whose extents it has not simplified to numbers (adaptive pools): -1.
      if (task.flop >= 0) assert.equal(dagFlops(dag), task.flop, task.desc);
      const again = parseTc(printTc(dag, task.desc));
      assert.deepEqual(again.problems, []);
      assert.deepEqual(again.defs.map((def) => [def.name, def.dag]), [[task.desc, dag]]);
    }
  });
}
