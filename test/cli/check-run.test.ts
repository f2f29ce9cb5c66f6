/** `ansor log check --run`: a whole log is verified; programs that do not run are told with their lines. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ansor, document, MATMUL, noCompiler, onPath, placeWith } from './ansor.js';

interface Checked { readonly ok: boolean; readonly logs: readonly { readonly run: { right: number; wrong: number; failed: number; skipped: { errors: number; unknown: number; otherTargets: number } }; readonly problems: readonly { line: number; message: string }[] }[] }

test('every program of a log runs and is right; failed records and other targets are counted', async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL });
  const log = path.join(cwd, 'log.json');
  assert.equal((await ansor(['tune', 'mm.tc', '--target', 'wasm', '--threads', '1', '--trials', '3', '--log', 'log.json'], { cwd })).status, 0);
  const first = readFileSync(log, 'utf8').split('\n').find((l) => l.startsWith('{')) ?? '';
  const gpu = first.replace(/"llvm [^"]*"/, '"cuda -keys=cuda,gpu"');
  const failed = first.replace(/"r": \[\[[^\]]*\], 0,/, '"r": [[10000000000.0], 4,');
  assert.ok(gpu !== first && failed !== first);
  writeFileSync(log, `${readFileSync(log, 'utf8')}${gpu}\n${failed}\n`);
  const ran = await ansor(['log', 'check', 'log.json', '--run', '--threads', '1', '--json'], { cwd });
  const checked = document<Checked>(ran);
  assert.deepEqual([ran.status, checked.ok, checked.logs[0]?.run], [0, true, { right: 3, wrong: 0, failed: 0, skipped: { errors: 1, unknown: 0, otherTargets: 1 } }]);
});

test('a program that does not run any more: status 1, its line is named', { skip: noCompiler }, async () => {
  const cwd = placeWith({ 'mm.tc': MATMUL });
  const args = ['--threads', '1', '--json'];
  assert.equal((await ansor(['tune', 'mm.tc', '--target', 'c', '--trials', '2', '--log', 'log.json', ...args], { cwd })).status, 0);
  const real = onPath('gcc') ?? onPath('clang') ?? '';
  // All but the plain programs, which have no parallel loop, end the process that loads them.
  const script = path.join(cwd, 'cc');
  writeFileSync(script, `#!/bin/sh\ncase "$*" in *kernel.c*) if grep -q _p0 kernel.c; then echo '__attribute__((constructor)) static void bad(void) { __builtin_trap(); }' >> kernel.c; fi;; esac\nexec ${real} "$@"\n`);
  chmodSync(script, 0o755);
  const ran = await ansor(['log', 'check', 'log.json', '--run', '--compiler', script, ...args], { cwd, env: { ANSOR_CACHE_DIR: path.join(cwd, 'cache') } });
  const [checked] = document<Checked>(ran).logs;
  assert.deepEqual([ran.status, checked?.run.right, checked?.run.failed], [1, 0, 2]);
  assert.match(checked?.problems[0]?.message ?? '', /^the program does not run: SIG(ILL|TRAP)/);
  assert.ok((checked?.problems[0]?.line ?? 0) > 1);
});
