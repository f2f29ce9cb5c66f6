/** The log on disk: what a killed writer left, files of others, appending. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { formatLine, type WritableLine } from '../../server/src/records/format-log.js';
import { readLog } from '../../server/src/records/read-log.js';
import { acquireLock, lockFileOf } from '../../server/src/session/host/lock.js';
import { LogFile } from '../../server/src/session/log-file.js';
import { SessionError } from '../../server/src/session/problem.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ansor-log-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'log.json');

const NOTES: readonly WritableLine[] = [
  { kind: 'session', note: { version: '0.0.0', target: 'llvm -keys=cpu' } }, { kind: 'task', note: { key: '["ä€"]', name: 'ä€', flops: 1, tc: 'def f(float(2) A) -> (B) { B(i) = A(i) }\n' } },
];
const RECORDS = readFileSync(new URL('../fixtures/oracle/records/matmul_512.json', import.meta.url), 'utf8').trim().split('\n').slice(0, 2)
  .flatMap((line) => readLog(line).lines.flatMap((l): WritableLine[] => (l.kind === 'record' ? [{ kind: 'record', record: l.record }] : [])));
const LINES = [...NOTES, ...RECORDS];
const WHOLE = Buffer.from(LINES.map((l) => `${formatLine(l)}\n`).join(''));

function opened(): LogFile {
  return new LogFile(file, 'log.json');
}

test('cut at every byte: whole lines stay, the unfinished one goes, what is appended is read', () => {
  assert.equal(RECORDS.length, 2);
  const [extra] = RECORDS;
  assert.ok(extra !== undefined);
  for (let cut = 0; cut <= WHOLE.length; cut++) {
    writeFileSync(file, WHOLE.subarray(0, cut));
    const log = opened();
    // A line without its newline is complete if it is all there.
    const ends = [...WHOLE.entries()].flatMap(([i, byte]) => (byte === 0x0a ? [i] : []));
    const complete = ends.filter((end) => end <= cut).length;
    assert.deepEqual([log.before.lines.length, log.before.problems], [complete, []], `cut at ${cut}`);
    assert.equal(log.append(extra), complete + 1);
    log.close();
    assert.equal(readFileSync(file, 'utf8'), [...LINES.slice(0, complete), extra].map((l) => `${formatLine(l)}\n`).join(''), `cut at ${cut}`);
  }
});

test('other files are refused and stay as they are', () => {
  for (const text of ['hello', 'hello\n', '{"a": 1}', '[1, 2]\n', '\u0000\u0001\u0002', 'def f(float(2) A) -> (B) {\n  B(i) = A(i)\n}\n', '# a comment\nand more', '{', `${'x'.repeat(5000)}\n# {"ses`]) {
    writeFileSync(file, text);
    if (text === '{') {
      // May be the first byte of a record.
      opened().close();
      continue;
    }
    assert.throws(opened, /no tuning log/, JSON.stringify(text.slice(0, 40)));
    assert.equal(readFileSync(file, 'utf8'), text);
  }
});

test('logs of others, damaged logs, empty files and comments are taken as they are', () => {
  const record = formatLine(RECORDS[0] ?? { kind: 'comment', text: '#' });
  for (const text of ['', '\n\n', '# a comment\n', record, `${record}\r\n`, `garbage\n${record}\n`, `${record}\n{"i": [["k", "l"]], "r": 3}\n`, `${record.replace('"SP"', '"??"')}\n`, `${record}\nlast words`]) {
    writeFileSync(file, text);
    const log = opened();
    log.append({ kind: 'comment', text: '# end' });
    log.close();
    assert.equal(readFileSync(file, 'utf8'), `${text === '' || text.endsWith('\n') ? text : `${text}\n`}# end\n`);
  }
});

test('no file before the first line; nothing but regular files', () => {
  rmSync(file);
  const log = opened();
  assert.ok(!existsSync(file));
  log.append(...NOTES);
  log.close();
  assert.equal(readLog(readFileSync(file, 'utf8')).lines.length, 2);
  log.close();
  assert.throws(() => new LogFile(folder, 'a folder'), /a folder, not a file/);
  if (existsSync('/dev/full')) assert.throws(() => new LogFile('/dev/full', '/dev/full'), /no regular file/);
  assert.throws(() => new LogFile(path.join(folder, 'no/log'), 'no/log').append(...NOTES), /no such folder/);
});

test('removed, replaced, cut: what the file lacks of the session is written again, and it is told', () => {
  const [one, two] = RECORDS;
  assert.ok(one !== undefined && two !== undefined);
  const whole = (lines: readonly WritableLine[]): string => lines.map((l) => `${formatLine(l)}\n`).join('');
  const trial: WritableLine = { kind: 'trial', note: { line: 3, predicted: 1 } };
  const begun = (): LogFile => {
    rmSync(file, { force: true });
    const log = opened();
    log.append(...NOTES, one, trial);
    return log;
  };
  const removed = begun();
  rmSync(file);
  assert.equal(removed.append(two), 5);
  assert.equal(readFileSync(file, 'utf8'), whole([...NOTES, one, trial, two]));
  assert.match(removed.notices().join(), /was removed; 4 lines/);
  assert.deepEqual(removed.notices(), []);
  rmSync(file);
  removed.close();
  assert.equal(readFileSync(file, 'utf8'), whole([...NOTES, one, trial, two]), 'removed after the last line');

  const cut = begun();
  writeFileSync(file, readFileSync(file).subarray(0, -100));
  cut.append(two);
  // The note is about a line that has another number now.
  assert.deepEqual(readLog(readFileSync(file, 'utf8')).problems, []);
  assert.deepEqual(readFileSync(file, 'utf8').split('\n').filter((l) => l.startsWith('{')), [formatLine(one), formatLine(two)]);
  cut.close();

  const replaced = begun();
  rmSync(file);
  writeFileSync(file, whole([...NOTES, two]));
  replaced.append({ kind: 'comment', text: '# end' });
  assert.equal(readFileSync(file, 'utf8'), whole([...NOTES, two, one, { kind: 'comment', text: '# end' }]));
  replaced.close();

  for (const other of ['words', 'a folder', 'a pipe', 'a device']) {
    const taken = begun();
    rmSync(file);
    if (other === 'words') writeFileSync(file, 'words\n');
    else if (other === 'a folder') mkdirSync(file);
    // A pipe that nobody writes to, and a device without an end: to read either would take forever.
    else if (process.platform === 'win32' || (other === 'a pipe' && spawnSync('mkfifo', [file]).status !== 0)) continue;
    else if (other === 'a device') symlinkSync('/dev/zero', file);
    assert.throws(() => taken.append(two), (e) => e instanceof SessionError && e.mendable && /something else has the name of this log/.test(e.message), other);
    if (other === 'words') assert.equal(readFileSync(file, 'utf8'), 'words\n');
    rmSync(file, { recursive: true });
    taken.append(two);
    assert.equal(readFileSync(file, 'utf8'), whole([...NOTES, one, trial, two]), other);
    taken.close();
  }
});

test('the folder goes away and another session takes the log: the first one writes nothing more, and says so', async () => {
  const logs = path.join(folder, 'taken');
  const at = path.join(logs, 'log.json');
  mkdirSync(logs);
  const take = (id: string): ReturnType<typeof acquireLock> =>
    acquireLock(lockFileOf(at), { id, pid: process.pid, host: hostname(), socket: path.join(logs, id), log: at, model: 'x', started: '', version: '' });
  const held = await take('aaaaaaaaaaaaaaaa');
  assert.ok(held.ok);
  const owns = (): boolean => held.value.keep() !== 'taken';
  const first = new LogFile(at, 'log.json', owns);
  first.append(...LINES);
  // Removed and there again: the lock comes back with the lines.
  rmSync(logs, { recursive: true });
  mkdirSync(logs);
  first.settle();
  assert.deepEqual([existsSync(lockFileOf(at)), readFileSync(at, 'utf8')], [true, WHOLE.toString()]);
  // Removed, and another one is faster.
  rmSync(logs, { recursive: true });
  mkdirSync(logs);
  assert.ok((await take('bbbbbbbbbbbbbbbb')).ok);
  const second = new LogFile(at, 'log.json');
  second.append(...NOTES);
  const theirs = readFileSync(at, 'utf8');
  assert.throws(() => first.append(...RECORDS), /another session has the log now/);
  assert.throws(() => first.settle(), /another session has the log now/);
  first.close();
  assert.equal(readFileSync(at, 'utf8'), theirs);
  second.close();
});
