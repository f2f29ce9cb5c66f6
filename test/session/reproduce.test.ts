import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseTc } from '../../server/src/lang/parse.js';
import { readLog } from '../../server/src/records/read-log.js';
import { reproduce } from '../../server/src/session/reproduce.js';
import { findToolchain } from '../../server/src/target/c/toolchain.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ansor-reproduce-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const log = readLog(readFileSync(fileURLToPath(new URL('../fixtures/logs/golden.ansor.jsonl', import.meta.url)), 'utf8'));
const record = log.lines.flatMap((l) => (l.kind === 'record' && l.line === 4 ? [l.record] : []))[0];
const note = log.lines.flatMap((l) => (l.kind === 'task' ? [l.note] : []))[0];
const dag = parseTc(note?.tc ?? '').defs[0]?.dag;
const compiler = await findToolchain();

test('a record becomes a program that compiles and runs by its command', { skip: compiler.ok ? false : 'no C compiler' }, async () => {
  assert.ok(record !== undefined && dag !== undefined);
  const at = path.join(folder, 'with spaces and \'quotes\'');
  const made = await reproduce({ record, dag, place: 'a.ansor.jsonl:4 */ system("x")', message: 'boom', folder: at, measured: { name: 'as-measured.c', data: Buffer.from('int x;') } });
  assert.ok(made.ok && made.value.command === 'sh run.sh', JSON.stringify(made));
  const ran = spawnSync('sh', ['run.sh'], { cwd: at, encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /^(\d+\.\d{6} ms on one thread\n){5}$/);
  assert.match(readFileSync(path.join(at, 'README.md'), 'utf8'), /boom[^]*`as-measured\.c` is the program as the session built it/);
  assert.equal(readFileSync(path.join(at, 'as-measured.c'), 'utf8'), 'int x;');
  assert.match(readFileSync(path.join(at, 'schedule.txt'), 'utf8'), /parallel|for /);
});

test('a record whose steps cannot be applied says why, and leaves no program', async () => {
  assert.ok(record !== undefined && dag !== undefined);
  const at = path.join(folder, 'broken');
  const made = await reproduce({ record: { ...record, steps: [...record.steps, ...record.steps] }, dag, place: 'a:4', message: undefined, folder: at });
  assert.ok(made.ok);
  assert.equal(made.value.command, null);
  assert.match(made.value.note, /No program can be made of the record/);
  assert.equal(existsSync(path.join(at, 'kernel.c')), false);
});
