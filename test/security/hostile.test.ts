/** Names and numbers from strangers: quotes, newlines, shell and path syntax, C keywords, ten thousand characters; lengths of 10^9, deep nesting. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parseTarget } from '../../server/src/hardware/parse.js';
import { parseTc } from '../../server/src/lang/parse.js';
import { readLog } from '../../server/src/records/read-log.js';
import { readInput } from '../../server/src/session/input.js';
import { onnxFile, ramp } from '../model/onnx-builder.js';
import { ansor, folder, noCompiler, placeWith } from '../cli/ansor.js';

const NAMES: readonly string[] = [
  'a"b', "a'b", 'a\nb', 'a\r\n#include "/etc/passwd"', '$(touch pwned)', '`touch pwned`', '; touch pwned #', '../../pwned', '/etc/passwd', '..\\..\\pwned', 'int', 'for', 'return', 'main', 'asm', '*/ touch(); /*', '%s%n', '\u0000', '\u202e', '<script>alert(1)</script>', '[x](command:evil)', '__proto__', '', ' ', 'x'.repeat(10_000),
];
const target = noCompiler === false ? 'c' : 'wasm';

test('a model whose tensors, nodes and graph have hostile names is tuned, built and run like any other', async () => {
  for (const [i, name] of NAMES.entries()) {
    // Different names for different tensors, with the hostile part in all of them.
    const at = (what: string): string => `${name}${what}`;
    const model = onnxFile({
      inputs: { [at('x')]: [4, 8] }, outputs: [at('y')], constants: { [at('w')]: ramp([8, 4], 1), [at('b')]: ramp([4], 2) },
      nodes: [{ op: 'Gemm', inputs: [at('x'), at('w'), at('b')], outputs: [at('h')] }, { op: 'Relu', inputs: [at('h')], outputs: [at('y')] }],
    });
    const cwd = placeWith({ 'm.onnx': model });
    const read = readInput(path.join(cwd, 'm.onnx'));
    assert.equal(read.tasks.length, 1, JSON.stringify(name.slice(0, 40)));
    // All are read; the full way only for some, since it takes a compiler.
    if (i % 8 === 0 || /touch pwned\)|include|\.\.\//.test(name)) {
      const built = await ansor(['build', 'm.onnx', '--target', target, '--threads', '1', '-o', 'out'], { cwd });
      assert.doesNotMatch(built.err, /unexpected:|\n\s+at /, JSON.stringify(name.slice(0, 40)));
      assert.ok(built.status === 0 || built.status === 1, built.err);
    }
    assert.deepEqual(readdirSync(cwd).filter((n) => n !== 'm.onnx' && n !== 'out'), [], JSON.stringify(name.slice(0, 40)));
  }
  assert.ok(!existsSync(path.join(folder, 'pwned')) && !existsSync(path.join(folder, '../pwned')));
});

test('operators with hostile names are refused with their place, or treated like any other', async () => {
  for (const name of [...NAMES, 'double', 'restrict', 'typeof', 'exp', 'NULL', 'k_0']) {
    for (const p of parseTc(`def ${name}(float(4, 4) ${name}1) -> (B) {\n  B(i, j) = ${name}1(i, j) + 1\n}\n`).problems) assert.ok(p.line >= 1 && p.message.length <= 500);
  }
  for (const name of ['a"b', '$(touch pwned)', '../../pwned', 'x'.repeat(10_000), 'double']) {
    const cwd = placeWith({ 'f.tc': `def ${name}(float(4, 4) ${name}1) -> (B) {\n  B(i, j) = ${name}1(i, j) + 1\n}\n` });
    const ran = await ansor(['dag', 'f.tc', '--json'], { cwd });
    assert.ok(ran.status === 0 || ran.status === 1, ran.err);
    assert.doesNotMatch(ran.err, /unexpected:|\n\s+at /, ran.err.slice(0, 300));
    assert.ok(ran.err.length < 3000, `${ran.err.length} characters`);
    assert.deepEqual(readdirSync(cwd), ['f.tc']);
  }
});

test('C keywords as names of operators and tensors compile and run', { skip: noCompiler }, async () => {
  const cwd = placeWith({ 'f.tc': 'def int(float(8, 8) double, float(8, 8) return) -> (struct) {\n  struct(i, j) +=! double(i, k) * return(k, j)\n}\n' });
  const ran = await ansor(['tune', 'f.tc', '--target', 'c', '--threads', '1', '--trials', '2', '--json'], { cwd });
  // Keywords of .tc itself may be refused; nothing may fail in the compiler.
  assert.doesNotMatch(ran.out, /"error":\{/);
  assert.doesNotMatch(ran.err, /unexpected:|error: expected/);
});

test('target strings that want more than a target are refused', () => {
  const bad = [
    'llvm -mcpu=x -fplugin=evil.so', 'llvm -mcpu=@file', '@file', 'llvm -mcpu=skylake -o /tmp/x', 'llvm -mcpu=$(id)', 'llvm -mcpu=a;b', 'llvm -mcpu=a|b', "llvm -mcpu='a b'", 'llvm -mcpu=-fplugin=x', 'llvm -mattr=+sse,-o,x', 'llvm -wrapper=x', 'llvm -B/tmp', 'llvm -specs=x',
    'llvm -mcpu=../../x', 'llvm -mcpu=a\nb=c', 'llvm -mtriple=$(id)', 'gcc -mcpu=x', '/bin/sh -c id', 'llvm --config=/tmp/x', 'llvm -mcpu', `llvm -mcpu=${'x'.repeat(200)}/`, 'llvm -include=/etc/passwd', 'llvm -Xclang', 'llvm -libs=../x', 'llvm -mcpu=a,-Wl,-x',
  ];
  for (const text of bad) {
    const read = parseTarget(text);
    const dangerous = read.ok && [...read.value.attrs.values()].some((v) => !/^[A-Za-z0-9][A-Za-z0-9._+,/()-]*$|^[+-][A-Za-z0-9]/.test(v));
    if (text === 'llvm -mcpu') continue; // An attribute without a value counts as 1.
    assert.ok(!read.ok && !dangerous, text);
    assert.ok(!read.ok && read.error.message.length < 300);
  }
});

test('a log with a hostile target builds nothing with it', async () => {
  const record = readFileSync(new URL('../fixtures/oracle/records/matmul_512.json', import.meta.url), 'utf8').split('\n')[0] ?? '';
  for (const evil of ['llvm -mcpu=x -fplugin=evil.so', '@evil', 'llvm -mcpu=$(touch pwned)']) {
    const cwd = placeWith({ 'log.json': `${record.replace(/"llvm[^"]*"/, JSON.stringify(evil))}\n` });
    const ran = await ansor(['log', 'check', 'log.json', '--json'], { cwd });
    assert.ok(ran.status === 0 || ran.status === 1);
    assert.doesNotMatch(ran.err, /unexpected:/);
    assert.deepEqual(readdirSync(cwd), ['log.json']);
  }
});

test('logs that announce 10^9 of something, or nest deeply, are refused at once', () => {
  const record = readFileSync(new URL('../fixtures/oracle/records/matmul_512.json', import.meta.url), 'utf8').split('\n')[0] ?? '';
  const cases = [
    record.replace(/"SP", (\d+), (\d+), \d+/, '"SP", $1, $2, 1000000000'), record.replace(/"AN", \d+/, '"AN", 1000000000'), record.replace(/"SP", \d+/, '"SP", -1'), record.replace('"SP"', `"${'S'.repeat(10_000)}"`),
    '['.repeat(100_000), `{"i": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`, '{"a":'.repeat(50_000), `{"i": [["k", "llvm"], [[], [${'["SP", 0, 0, 4, [1], 1],'.repeat(20_000)}["PR", 0, "x"]]]], "r": [[1], 0, 1, 1], "v": "v0.6"}`,
    `# {"task":{"key":${'['.repeat(20_000)}}}`, `{"i": [["[\\"${'x'.repeat(1_000_000)}\\"]", "llvm"], [[], []]], "r": [[1], 0, 1, 1], "v": "v0.6"}`, `{"i": [["k", "llvm"], [[], []]], "r": [[${'1,'.repeat(200_000)}1], 0, 1, 1], "v": "v0.6"}`,
  ];
  for (const text of cases) {
    const start = performance.now();
    const { lines, problems } = readLog(text);
    assert.ok(performance.now() - start < 3000, `${text.slice(0, 60)}: ${performance.now() - start} ms`);
    assert.ok(lines.length <= 1 && problems.every((p) => p.message.length < 2000));
  }
});

test('a replay of a record with lengths of 10^9 answers', async () => {
  const record = readFileSync(new URL('../fixtures/oracle/records/matmul_512.json', import.meta.url), 'utf8').split('\n')[0] ?? '';
  const cwd = placeWith({ 'f.tc': 'def f(float(1000000000, 1000000000) A) -> (B) { B(i, j) = A(i, j) }\n', 'log.json': `${record.replace(/"SP", (\d+), (\d+), \d+, \[\d+/, '"SP", $1, $2, 512, [1000000000')}\n` });
  for (const args of [['replay', 'log.json', '--json'], ['log', 'check', 'log.json', '--json'], ['show', 'log.json:1'], ['tune', 'f.tc', '--target', 'wasm', '--trials', '1'], ['sketches', 'f.tc', '--json']]) {
    const ran = await ansor(args, { cwd });
    assert.ok(ran.status === 0 || ran.status === 1, `${args.join(' ')}: ${ran.err.slice(0, 300)}`);
    assert.doesNotMatch(ran.err, /unexpected:|\n\s+at |heap/, args.join(' '));
  }
});

test('folders of compiled code and of sessions are for their owner only', { skip: process.platform === 'win32' && 'no modes' }, async () => {
  const cwd = placeWith({ 'f.tc': 'def f(float(4, 4) A) -> (B) { B(i, j) = A(i, j) + 1 }\n' });
  const env = { ANSOR_CACHE_DIR: path.join(cwd, 'cache'), ANSOR_SESSION_DIR: path.join(cwd, 'sessions') };
  assert.equal((await ansor(['tune', 'f.tc', '--target', target, '--threads', '1', '--trials', '1'], { cwd, env })).status, 0);
  for (const dir of [path.join(cwd, 'cache', target), path.join(cwd, 'sessions')]) assert.equal(statSync(dir).mode & 0o777, 0o700, dir);
});

test('settings that name programs or folders cannot come from a workspace', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { contributes: { configuration: { properties?: Record<string, { scope?: string }> } | { properties?: Record<string, { scope?: string }> }[] }; capabilities: { untrustedWorkspaces: { supported: unknown } } };
  const all = [manifest.contributes.configuration].flat().flatMap((c) => Object.entries(c.properties ?? {}));
  assert.ok(all.length > 3);
  for (const [name, { scope }] of all) if (/compiler|program|path|cache/i.test(name)) assert.match(scope ?? '', /^machine/, name);
  assert.notEqual(manifest.capabilities.untrustedWorkspaces.supported, true);
});
