import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { OpenLogs } from '../../server/src/desk/records/open-logs.js';
import { RecordTableDesk } from '../../server/src/desk/records/record-table.js';
import type { RowsAnswer } from '../../server/src/protocol/record-table-view.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ansor-table-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const record = (i: number, extra = ''): string =>
  `{"i": [["[\\"k${i % 2}\\", 4]", "llvm", [1, 16, 64, 0, 0, 0, 0, 0], "", 0, []], [[], [["SP", 0, 0, 4, [1, 2], 1]${extra}]]], "r": [[${i % 7 === 3 ? 1e10 : (i % 11) / 1000 + 0.001}], ${i % 7 === 3 ? 6 : 0}, 1, ${1000 + i}], "v": "v0.6"}\n`;
const note = '# {"task":{"key":"[\\"k0\\", 4]","name":"=ünï, \\"zero\\"","flops":2000000,"tc":"def a"}}\n';

const uri = (log: string): string => pathToFileURL(log).href;

function desk(): RecordTableDesk {
  return new RecordTableDesk(new OpenLogs(), (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name])));
}

test('rows by range, filtered and sorted; the place of a line; a wrong filter says where', async () => {
  const log = path.join(folder, 'rows.ansor.jsonl');
  writeFileSync(log, note + Array.from({ length: 1000 }, (_, i) => record(i)).join(''));
  const d = desk();
  const ask = (request: { filter?: string; from?: number; count?: number; sort?: { field: string; descending: boolean }; find?: number }): Promise<RowsAnswer> => d.rows({ uri: uri(log), filter: '', from: 0, count: 10, ...request });
  let answer = await ask({});
  while (!answer.complete) answer = await ask({});
  assert.deepEqual([answer.records, answer.total, answer.rows.length], [1000, 1000, 10]);
  assert.deepEqual([answer.rows[0]?.line, answer.rows[0]?.task, answer.rows[0]?.gflops, answer.rows[0]?.ms], [2, '=ünï, "zero"', 2, 1]);
  assert.deepEqual([answer.rows[3]?.ms, answer.rows[3]?.error, answer.rows[3]?.errorName], [null, 6, 'build timeout']);
  const end = await ask({ from: 995, count: 400 });
  assert.deepEqual(end.rows.map((r) => r.line), [997, 998, 999, 1000, 1001]);
  const failed = await ask({ filter: 'error:timeout', count: 3 });
  assert.deepEqual([failed.total, ...failed.rows.map((r) => r.trial)], [143, 4, 11, 18]);
  const sorted = await ask({ sort: { field: 'ms', descending: true }, count: 2, find: 2 });
  assert.deepEqual(sorted.rows.map((r) => r.ms), [11, 11]);
  assert.ok((sorted.found ?? -1) > 700);
  assert.equal((await ask({ filter: 'error:any', find: 2 })).found, -1, 'the filter hides it');
  const wrong = await ask({ filter: 'task:a @speed > 3' });
  assert.deepEqual([wrong.filterError?.start, wrong.filterError?.end, wrong.total], [7, 17, 1000]);
});

test('a log that grows, with a line half written; one that is replaced', async () => {
  const log = path.join(folder, 'grows.ansor.jsonl');
  writeFileSync(log, record(0) + record(1).slice(0, 40));
  const logs = new OpenLogs();
  await logs.get(log).refresh();
  assert.equal(logs.get(log).index.columns.length, 1);
  appendFileSync(log, record(1).slice(40) + record(2));
  await logs.get(log).refresh();
  assert.deepEqual([logs.get(log).index.columns.length, logs.get(log).index.damagedCount], [3, 0]);
  writeFileSync(log, record(5));
  await logs.get(log).refresh();
  assert.deepEqual([logs.get(log).index.columns.length, logs.get(log).version], [1, 1]);
  rmSync(log);
  await logs.get(log).refresh();
  assert.equal(logs.get(log).problem, 'there is no such file');
});

test('export as CSV and JSON; the lines themselves', async () => {
  const log = path.join(folder, 'out.ansor.jsonl');
  writeFileSync(log, note + Array.from({ length: 5000 }, (_, i) => record(i)).join(''));
  const d = desk();
  const csv = await d.export({ uri: uri(log), filter: '-error:any', format: 'csv' });
  assert.equal(csv.records, 4286);
  const lines = csv.text.split('\r\n');
  assert.deepEqual([lines.length, lines[0]], [4288, 'line,trial,task,ms,gflops,spread,repeats,error,predicted,steps,rules,seconds,time']);
  assert.equal(lines[1], '2,1,"\'=ünï, ""zero""",1,2,0,1,none,,1,multiLevelTiling,1,1970-01-01T00:16:40.000Z');
  const json = await d.export({ uri: uri(log), filter: '@line <= 4', format: 'json' });
  assert.deepEqual((JSON.parse(json.text) as { line: number }[]).map((r) => r.line), [2, 3, 4]);
  assert.equal((JSON.parse((await d.export({ uri: uri(log), filter: '', format: 'json' })).text) as unknown[]).length, 5000);
  assert.deepEqual(JSON.parse((await d.export({ uri: uri(log), filter: '@line < 0', format: 'json' })).text), []);
  await assert.rejects(d.export({ uri: uri(log), filter: '@x', format: 'csv' }), /unknown/);
  assert.deepEqual((await d.lines({ uri: uri(log), lines: [3, 1, 99999] })).texts, [record(1).trimEnd()]);
});

test('a file that is missing, a folder, an empty one, rubbish', async () => {
  const d = desk();
  const ask = (log: string): Promise<RowsAnswer> => d.rows({ uri: uri(log), filter: '', from: 0, count: 10 });
  assert.equal((await ask(path.join(folder, 'missing'))).problem, 'there is no such file');
  assert.ok((await ask(folder)).problem !== undefined);
  const empty = path.join(folder, 'empty');
  writeFileSync(empty, '');
  assert.deepEqual([(await ask(empty)).records, (await ask(empty)).problem], [0, undefined]);
  const rubbish = path.join(folder, 'rubbish');
  writeFileSync(rubbish, 'one\ntwo\n\nthree');
  const answer = await ask(rubbish);
  assert.deepEqual([answer.records, answer.damaged, answer.firstDamaged], [0, 2, 1]);
});
