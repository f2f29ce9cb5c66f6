/** Schedules of our own search, on every workload and both targets: written as a record, read and replayed they are the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inferBounds } from '../../server/src/bounds/infer-bounds.js';
import { createRng } from '../../server/src/base/rng.js';
import { printTarget } from '../../server/src/hardware/parse.js';
import { workloadKey } from '../../server/src/dag/text.js';
import { formatRecord } from '../../server/src/records/format.js';
import { readRecordLine } from '../../server/src/records/read-line.js';
import type { MeasureRecord } from '../../server/src/records/record.js';
import { replay } from '../../server/src/schedule/apply.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { ScheduleError } from '../../server/src/schedule/step.js';
import { sampleState } from '../../server/src/sketch/annotate.js';
import { createSketchContext } from '../../server/src/sketch/context.js';
import { sketchesOf } from '../../server/src/sketch/generate.js';
import { settle } from '../../server/src/sketch/settle.js';
import { oracleTasks } from '../sketch/tasks.js';

const SEED = Number(process.env['ANSOR_TEST_SEED'] ?? 21);
const STATES = 5;

for (const { name, task } of oracleTasks()) {
  test(`${name}: replay after record is the identity`, () => {
    const rng = createRng(SEED);
    const ctx = createSketchContext(task);
    const sketches = sketchesOf(ctx);
    let seen = 0;
    for (let i = 0; i < 10 * STATES && seen < STATES; i++) {
      const sketch = sketches[i % sketches.length];
      const sampled = sketch === undefined ? undefined : sampleState(ctx, sketch, rng);
      if (sampled === undefined) continue;
      let state;
      try {
        state = inferBounds(settle(sampled));
      } catch (e) {
        if (e instanceof ScheduleError) continue;
        throw e;
      }
      seen++;
      const record: MeasureRecord = {
        workloadKey: workloadKey(task.dag), target: printTarget(task.target), hardware: task.hardware, targetHost: '', layoutRewrite: 0, taskInputs: [],
        steps: state.steps, result: { costs: [0.5 ** i], errorNo: 0, allCost: i, timestamp: i }, version: 'v0.6',
      };
      const line = formatRecord(record);
      const read = readRecordLine(line);
      assert.ok(read.ok && read.value.kind === 'record', line);
      assert.deepEqual(read.value.record.steps, state.steps);
      assert.equal(formatRecord(read.value.record), line);
      assert.equal(stateText(inferBounds(replay(task.dag, read.value.record.steps)), { trivialLoops: true }), stateText(state, { trivialLoops: true }));
    }
    assert.ok(seen > 0);
  });
}
