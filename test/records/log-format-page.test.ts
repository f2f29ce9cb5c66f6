/** docs/log-format.md against the reader and the golden log, which the original's reader accepted. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inferBounds } from '../../server/src/bounds/infer-bounds.js';
import { checkRecords } from '../../server/src/ide/check-records.js';
import { dagOfTc } from '../../server/src/ide/tc.js';
import { convertLog } from '../../server/src/records/convert.js';
import { taskNotes } from '../../server/src/records/format-log.js';
import { readLog } from '../../server/src/records/read-log.js';
import { replay } from '../../server/src/schedule/apply.js';
import { STEPS } from '../../server/src/schedule/steps/index.js';

const KINDS = Object.keys(STEPS);
const page = readFileSync(new URL('../../docs/log-format.md', import.meta.url), 'utf8');
const golden = readFileSync(new URL('../fixtures/logs/golden.ansor.jsonl', import.meta.url), 'utf8');

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].flatMap((m) => (m[1] ?? '').trimEnd().split('\n'));
}

test('every example is read; those of the present format stand in the golden log', () => {
  const lines = golden.split('\n');
  const examples = blocks('ansor-log');
  assert.ok(examples.length >= 8);
  for (const example of examples) assert.ok(lines.includes(example), example);
  for (const [language, kinds] of [['ansor-log', undefined], ['older', ['v0.2', 'v0.3', 'v0.5']], ['autotvm', ['v0.2', 'v0.1']]] as const) {
    const read = readLog(blocks(language).join('\n'));
    assert.deepEqual(read.problems, []);
    assert.ok(read.lines.every((l) => l.kind !== 'comment'), language);
    if (kinds !== undefined) assert.deepEqual(read.lines.map((l) => (l.kind === 'record' || l.kind === 'autotvm' ? l.record.version : '')), kinds);
  }
  // No example is in a block that nobody reads.
  assert.equal(page.match(/^```\w/gm)?.length, page.match(/^```(ansor-log|older|autotvm)$/gm)?.length);
});

test('the golden log: every kind of line and step, written again byte for byte, schedules that fit', () => {
  const { lines, problems } = readLog(golden);
  assert.deepEqual(problems, []);
  assert.deepEqual([...new Set(lines.map((l) => l.kind))].sort(), ['comment', 'extended', 'network', 'record', 'session', 'task', 'trial']);
  assert.equal(convertLog(lines).text, golden);
  const records = lines.flatMap((l) => (l.kind === 'record' ? [l.record] : []));
  assert.deepEqual([...new Set(records.flatMap((r) => r.steps.map((s) => s.kind)))].sort(), [...KINDS].sort());
  const notes = taskNotes(lines);
  const dagOf = (key: string): ReturnType<typeof dagOfTc> => dagOfTc(notes.get(key)?.tc ?? '');
  assert.deepEqual(checkRecords(lines, dagOf), { problems: [], replayed: records.length, unknown: 0 });
  for (const record of records) {
    const dag = dagOf(record.workloadKey);
    assert.ok(dag !== undefined && inferBounds(replay(dag, record.steps)).concrete);
  }
});

test('the page names every step, error and version', () => {
  for (const kind of KINDS) assert.match(page, new RegExp(`^\\| \`${kind}\` \\|`, 'm'));
  for (const n of [0, 1, 2, 3, 4, 5, 6, 7, 8]) assert.match(page, new RegExp(`\\| ${n} \\| [a-z]`));
  for (const v of [1, 2, 3, 4, 5, 6]) assert.match(page, new RegExp(`^\\| v0\\.${v} \\|`, 'm'));
});
