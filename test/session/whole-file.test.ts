/** A file appears whole or not at all. */
import assert from 'node:assert/strict';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { draftPath, writeWhole } from '../../server/src/session/whole-file.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ansor-whole-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function place(): string {
  return mkdtempSync(path.join(folder, 'at-'));
}

test('the file has the text, and no draft is left', () => {
  const at = place();
  writeWhole(path.join(at, 'a'), 'text');
  assert.equal(readFileSync(path.join(at, 'a'), 'utf8'), 'text');
  assert.deepEqual(readdirSync(at), ['a']);
});

test('what was there is replaced, not written over: who has it open reads the old text', () => {
  const file = path.join(place(), 'a');
  writeFileSync(file, 'old text');
  const open = openSync(file, 'r');
  writeWhole(file, 'new');
  assert.deepEqual([readFileSync(open, 'utf8'), readFileSync(file, 'utf8')], ['old text', 'new']);
  closeSync(open);
});

test('a draft that a killed process left is written over', () => {
  const at = place();
  const file = path.join(at, 'a');
  writeFileSync(draftPath(file), 'a longer text that was not finished');
  writeWhole(file, 'text');
  assert.deepEqual([readdirSync(at), readFileSync(file, 'utf8')], [['a'], 'text']);
});

test('a failure leaves what was there and no draft', () => {
  const at = place();
  const file = path.join(at, 'a');
  // A file cannot take the place of a folder.
  mkdirSync(path.join(file, 'inside'), { recursive: true });
  assert.throws(() => writeWhole(file, 'text'), (e: NodeJS.ErrnoException) => e.code === 'EISDIR' || e.code === 'ENOTEMPTY' || e.code === 'EPERM');
  assert.deepEqual([readdirSync(at), readdirSync(file)], [['a'], ['inside']]);
  assert.throws(() => writeWhole(path.join(at, 'missing/a'), 'text'), (e: NodeJS.ErrnoException) => e.code === 'ENOENT');
});

test('the failure is told that came first, also where the draft cannot be removed', () => {
  const at = place();
  // A folder of the draft's name can neither be written nor be removed as a file.
  mkdirSync(path.join(at, 'a.draft'));
  assert.throws(() => writeWhole(path.join(at, 'a'), 'text'), (e: NodeJS.ErrnoException) => e.code === 'EISDIR' && e.syscall === 'open');
});

test('draft and mode are as told', { skip: process.platform === 'win32' ? 'no modes' : false }, () => {
  const at = place();
  const mode = (name: string): number => statSync(path.join(at, name)).mode & 0o777;
  writeWhole(path.join(at, 'own'), 'text', { mode: 0o600 });
  writeWhole(path.join(at, 'usual'), 'text');
  writeFileSync(path.join(at, 'plain'), 'text');
  assert.deepEqual([mode('own'), mode('usual')], [0o600, mode('plain')]);
  // The name of the draft, seen as a draft that is there already: its mode stays.
  writeFileSync(path.join(at, 'named.7.new'), '');
  chmodSync(path.join(at, 'named.7.new'), 0o640);
  writeWhole(path.join(at, 'named'), 'text', { draft: path.join(at, 'named.7.new') });
  assert.equal(mode('named'), 0o640);
});
