/** Replay against the original: hand-made step sequences, and the samples of all workloads. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatRecord } from '../../server/src/records/format.js';
import { readRecordLine } from '../../server/src/records/read-line.js';
import { applyStep, replay } from '../../server/src/schedule/apply.js';
import { initialState } from '../../server/src/schedule/initial.js';
import { pythonText } from '../../server/src/schedule/python-text.js';
import type { State } from '../../server/src/schedule/state.js';
import { createReplayer } from '../../server/src/schedule/replayer.js';
import { stateText } from '../../server/src/schedule/state-text.js';
import { stepsOf, traces, workloads } from './oracle.js';

for (const trace of traces()) {
  test(`trace ${trace.label}: the state text after each operation, the Python text at the end`, () => {
    const steps = stepsOf(trace.record);
    const texts: string[] = [];
    let state: State = initialState(trace.dag);
    texts.push(stateText(state));
    for (const step of steps) texts.push(stateText((state = applyStep(state, step))));
    // An operation may stand for several steps, so its text is one of those after the previous operation's.
    let at = 0;
    for (const { op, text } of trace.texts) {
      const found = texts.indexOf(text, at);
      assert.ok(found >= at, `${op}: no state after it prints\n${text}\nbut\n${texts.slice(at).join('\n')}`);
      at = found;
    }
    assert.equal(texts.at(-1), trace.texts.at(-1)?.text);
    assert.equal(pythonText(state), trace.python);
  });
}

/** A line without indentation, range and loops' numbers: what bound inference does not change. */
const skeleton = (text: string): string[] => text.split('\n').map((line) => line.trim().replace(/ \([^()]*\)$/, '').replace(/ \(.*$/, ''));

/** JSON as the record's own text has it: a blank after each comma and colon. */
const spaced = (value: unknown): string => JSON.stringify(value).replace(/("(?:[^"\\]|\\.)*")|[,:]/g, (token, text: string | undefined) => text ?? `${token} `);

/** An operation as text, without identities. */
const opText = (op: unknown): string => JSON.stringify(op);

for (const workload of workloads()) {
  test(`${workload.name}: initial state, replayed samples`, () => {
    assert.equal(stateText(initialState(workload.dag)), workload.init_state);
    let pythons = 0;
    const replayer = createReplayer(workload.dag);
    for (const sample of workload.samples) {
      const state = replay(workload.dag, stepsOf(sample.record));
      assert.equal(state.concrete, true);
      assert.equal(state.stages.length, state.dag.ops.length);
      state.stages.forEach((stage, id) => assert.equal(stage.op, state.dag.ops[id]));
      assert.deepEqual(state.dag.outputs, workload.dag.outputs);
      // Inferred bounds hide loops of extent 1 and change ranges; all else must be there, in order, and no stage more.
      const ours = skeleton(stateText(state, { trivialLoops: true }));
      const theirs = skeleton(sample.bound_state_text);
      let at = 0;
      for (const line of theirs) {
        const found = ours.indexOf(line, at);
        assert.ok(found >= 0, `${line} is missing after line ${at} of\n${stateText(state, { trivialLoops: true })}\nwanted\n${sample.bound_state_text}`);
        at = found + 1;
      }
      const stages = (lines: string[]): string[] => lines.filter((line) => line.endsWith('= ...'));
      assert.deepEqual(stages(ours), stages(theirs));
      // Written back, the record is what it was.
      const line = spaced(sample.record);
      const read = readRecordLine(line);
      assert.ok(read.ok && read.value.kind === 'record');
      assert.equal(formatRecord(read.value.record), line);
      assert.deepEqual(read.value.record.steps, state.steps);
      // A replayer gives the same state, and equal stage-creating steps the same DAG.
      const shared = replayer.replay(state.steps);
      assert.equal(stateText(shared, { trivialLoops: true }), stateText(state, { trivialLoops: true }));
      assert.deepEqual(shared.attachments, state.attachments);
      assert.deepEqual(shared.dag.ops.map(opText), state.dag.ops.map(opText));
      assert.equal(replayer.replay(state.steps).dag, shared.dag);
      if (sample.python_schedule !== undefined) {
        assert.equal(pythonText(state), sample.python_schedule);
        pythons++;
      }
    }
    assert.ok(pythons > 0);
  });
}
