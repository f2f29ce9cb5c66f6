import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { looksLikeTuningLog } from '../../server/src/protocol/document-kind.js';

test('records of all versions are told from other text', () => {
  const wild = readFileSync(new URL('../fixtures/oracle/wild-records.jsonl', import.meta.url), 'utf8').trim().split('\n');
  for (const line of wild) {
    const record = JSON.stringify((JSON.parse(line) as { readonly record: unknown }).record);
    assert.ok(looksLikeTuningLog(record), record.slice(0, 100));
    assert.ok(looksLikeTuningLog(record.replaceAll(/([:,])/g, '$1 ')), 'with blanks');
    assert.ok(looksLikeTuningLog(`# a comment\n\n${record.slice(0, 60)}`), 'after a comment, cut off');
  }
});

test('other text stays alone', () => {
  for (const text of [
    '', '\n\n', '{}', '[]', '{ "name": "x", "i": [[1]] }', '{"i": [1, 2, 3]}', '{"i": "x"}', '{"input": [1]}', '{"input": ["Hello World"]}', '# {"taskwarrior": {}}', 'text\n{"i": [["k", "llvm"]]}',
  ]) assert.equal(looksLikeTuningLog(text), false, text);
});
