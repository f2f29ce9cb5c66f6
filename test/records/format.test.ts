/** Writing and reading records: the original's logs byte for byte, records found in public logs, AutoTVM. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatRecord } from '../../server/src/records/format.js';
import { percentG } from '../../server/src/records/number-text.js';
import { readRecordLine } from '../../server/src/records/read-line.js';

const ORACLE = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/oracle');
const text = (name: string): string => readFileSync(join(ORACLE, name), 'utf8');

test('%g with six digits', () => {
  const cases: [number, string][] = [
    [0.000561234, '0.000561234'], [5.6e-5, '5.6e-05'], [1e10, '1e+10'], [0.1, '0.1'], [3, '3'], [0, '0'], [-0, '-0'], [1234567, '1.23457e+06'],
    [999999.5, '1e+06'], [100000, '100000'], [120.5, '120.5'], [1.015625, '1.01562'], [1.046875, '1.04688'], [9.9999951e-5, '0.0001'], [-2.5e-300, '-2.5e-300'],
    [0.00012345678, '0.000123457'], [123456.7, '123457'], [1e100, '1e+100'], [1e-5, '1e-05'],
  ];
  for (const [x, expected] of cases) assert.equal(percentG(x), expected);
});

for (const file of readdirSync(join(ORACLE, 'records')).sort()) {
  test(`${file}: every line is written again byte for byte`, () => {
    const lines = text(`records/${file}`).trimEnd().split('\n');
    assert.ok(lines.length > 0);
    for (const line of lines) {
      const read = readRecordLine(line);
      assert.ok(read.ok && read.value.kind === 'record', JSON.stringify(read));
      assert.equal(formatRecord(read.value.record), line);
    }
  });
}

test('records of public logs: all versions are read, v0.6 is written again byte for byte', () => {
  const versions = new Map<string, number>();
  for (const line of text('wild-records.jsonl').trimEnd().split('\n')) {
    const { source, record: json } = JSON.parse(line) as { source: string; record: unknown };
    // The value's own text, as it stands in the line.
    const original = line.slice(line.indexOf('"record": ') + '"record": '.length, -1);
    const read = readRecordLine(original);
    assert.ok(read.ok, `${source}: ${JSON.stringify(read)}`);
    const version = `${read.value.kind} ${read.value.record.version}`;
    versions.set(version, (versions.get(version) ?? 0) + 1);
    if (read.value.kind !== 'record') continue;
    const written = formatRecord(read.value.record);
    if (read.value.record.version === 'v0.6') assert.equal(written, original.replaceAll('10000000000.0', '1e+10'), source);
    // Older versions gain fields of the task; steps and results are the same.
    const again = JSON.parse(written) as { i: [unknown[], unknown]; r: unknown };
    const before = json as { i: [unknown[], unknown]; r: unknown };
    assert.deepEqual(again.i[1], before.i[1], source);
    assert.deepEqual(again.r, before.r, source);
    assert.deepEqual(again.i[0].slice(0, before.i[0].length), before.i[0], source);
  }
  assert.deepEqual(Object.fromEntries(versions), {
    'record v0.1': 1, 'record v0.2': 2, 'record v0.3': 13, 'record v0.4': 6, 'record v0.5': 14, 'record v0.6': 11, 'autotvm v0.1': 6, 'autotvm v0.2': 11,
  });
});

test('the two records of the RFC', () => {
  const [first, second] = text('rfc-records.json').trimEnd().split('\n').map(readRecordLine);
  assert.ok(first?.ok && first.value.kind === 'record' && first.value.record.version === 'v0.5');
  assert.equal(first.value.record.steps.length, 11);
  assert.ok(second?.ok && second.value.kind === 'autotvm' && second.value.record.version === 'v0.2');
  assert.equal(second.value.record.result.errorNo, 6);
  assert.deepEqual(second.value.record.knobs[2], { name: 'tile_ow', kind: 'sp', value: [-1, 7] });
});

test('what is wrong with a line, and where', () => {
  const good = text('records/softmax_1536_128.json').split('\n')[0] ?? '';
  const column = (of: string): number => good.indexOf(of) + 1;
  const cases: [string, number, RegExp][] = [
    [good.replace('"SP"', '"XX"'), column('"SP"'), /step 0: unknown transform step "XX"/],
    [good.replace('["SP", 1, 1, 128, [4], 1]', '["SP", 1, 1, 128, [4]]'), column('["SP", 1') + '["SP", 1, 1, 128, '.length, /SP has 5 fields .* not 4/],
    [good.replace('["SP", 1, 1, 128, [4], 1]', '["SP", 1, 1, 128, [null], 1]'), column('["SP", 1') + '["SP", 1, 1, 128, '.length, /lengths of SP must be a list of integers/],
    [good.replace('["SP", 1, 1, 128, [4], 1]', '["SP", 1, 1, 128, [0], 1]'), column('["SP", 1') + '["SP", 1, 1, 128, '.length, /at least 1/],
    [good.replace('["AN", 1, 0, 3]', '["AN", 1, 0, 12]'), column('["AN", 1, 0, 3]') + '["AN", 1, 0, '.length, /annotation 12/],
    [good.replace('[[], [', '[[1], ['), column('[[], [') + 1, /stages must be empty/],
    [good.replace('"v": ', '"w": ') , column('"v": "v0.6"') + '"v": '.length, /unknown key "w"/],
    [good.replace(', 0, 2.79441', ', 9, 2.79441'), column(', 0, 2.79441') + 2, /error number 9/],
    [good.slice(0, 40), 41, /ends inside a string/],
    [good.replace('"r": ', '"r" '), column('"r": ') + 4, /expected `:`/],
    ['{}', 1, /"i" is missing/],
    ['[1, 2]', 1, /a record is an object/],
    ['llvm\tabc\tdef\tghi\t0.2\t0.7', 1, /pickle/],
    [`{"i": ${'['.repeat(5000)}`, 107, /nested too deep/],
  ];
  for (const [line, at, message] of cases) {
    const read = readRecordLine(line);
    assert.ok(!read.ok, line);
    assert.match(read.error.message, message);
    assert.equal(read.error.column, at, `${read.error.message} in ${line.slice(0, 120)}`);
  }
});
