/** Finding and describing C compilers. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeMacros } from '../../server/src/target/c/macros.js';
import { findToolchain, recordTarget, type ToolchainOptions } from '../../server/src/target/c/toolchain.js';
import { NO_COMPILER } from './native.js';

const BROKEN: readonly (readonly [ToolchainOptions, kind: string, says: RegExp, remedy: RegExp])[] = [
  [{ path: '' }, 'missing', /no C compiler/, /Install|xcode-select|wasm/],
  [{ command: ['no-such-compiler'] }, 'missing', /"no-such-compiler" is not an executable program/, /Correct the setting/],
  [{ command: ['/nowhere/gcc'] }, 'missing', /"\/nowhere\/gcc"/, /Correct the setting/],
  [{ cpu: 'native -o x' }, 'bad-cpu', /not a CPU name/, /LLVM/],
  [{ cpu: '-Wl,x' }, 'bad-cpu', /not a CPU name/, /LLVM/],
];
for (const [options, kind, says, remedy] of BROKEN) {
  test(`${JSON.stringify(options)} is refused with a remedy`, async () => {
    const found = await findToolchain(options);
    assert.ok(!found.ok);
    assert.equal(found.error.kind, kind);
    assert.match(found.error.message, says);
    assert.match(found.error.remedy, remedy);
  });
}

test('a program that is no compiler is named as broken', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ansor-cc-'));
  writeFileSync(join(folder, 'gcc'), '#!/bin/sh\necho I am not a compiler >&2\nexit 1\n');
  chmodSync(join(folder, 'gcc'), 0o755);
  const found = await findToolchain({ path: folder });
  rmSync(folder, { recursive: true });
  assert.equal(found.ok ? '' : found.error.kind, 'broken');
  assert.match(found.ok ? '' : found.error.message, /I am not a compiler/);
});

test('the compiler here: a named CPU, never native, in the record target', async (t) => {
  const found = await findToolchain();
  if (!found.ok && found.error.kind === 'missing') { t.skip(NO_COMPILER); return; }
  assert.ok(found.ok);
  const { cpu, vector, kernelFlags, version } = found.value;
  assert.match(cpu, /^[a-z0-9][a-z0-9._-]*$/);
  assert.notEqual(cpu, 'native');
  assert.notEqual(version, '');
  assert.ok([16, 32, 64].includes(vector.bytes) && [16, 32].includes(vector.registers));
  assert.ok(kernelFlags.includes('-ffp-contract=fast') && !kernelFlags.includes('-ffast-math'));
  assert.equal(recordTarget(found.value, 4), `llvm -keys=cpu -mcpu=${cpu} -num-cores=4`);
});

test('a CPU by name: its vectors and its own identity', async (t) => {
  const here = await findToolchain();
  if (!here.ok && here.error.kind === 'missing') { t.skip(NO_COMPILER); return; }
  assert.ok(here.ok);
  if (here.value.arch !== 'x86_64') { t.skip('not an x86-64 compiler'); return; }
  const wide = await findToolchain({ cpu: 'skylake-avx512' });
  const old = await findToolchain({ cpu: 'nehalem' });
  assert.ok(wide.ok && old.ok);
  assert.deepEqual([wide.value.vector, old.value.vector], [{ bytes: 64, registers: 32 }, { bytes: 16, registers: 16 }]);
  assert.deepEqual([wide.value.cpu, old.value.cpu], ['skylake-avx512', 'nehalem']);
  assert.notEqual(wide.value.identity, old.value.identity);
  const unknown = await findToolchain({ cpu: 'pentium-two-million' });
  assert.equal(unknown.ok ? '' : unknown.error.kind, 'bad-cpu');
});

const DUMPS: readonly (readonly [macros: string, expected: object])[] = [
  ['__x86_64__ __k8__ __tune_k8__', { arch: 'x86_64', clang: false, cpu: 'x86-64', vector: { bytes: 16, registers: 16 } }],
  ['__x86_64__ __AVX__ __AVX2__ __FMA__ __clang__ __znver3__ __tune_znver3__', { clang: true, cpu: 'znver3', features: ['avx', 'avx2', 'fma'], vector: { bytes: 32, registers: 16 } }],
  ['__x86_64__ __AVX__ __AVX512F__ __skylake_avx512__ __tune_skylake_avx512__', { cpu: 'skylake-avx512', vector: { bytes: 64, registers: 32 } }],
  ['__aarch64__ __ARM_NEON __ARM_FEATURE_FMA', { arch: 'aarch64', cpu: undefined, features: ['neon', 'fma'], vector: { bytes: 16, registers: 32 } }],
];
for (const [macros, expected] of DUMPS) {
  test(`macros ${macros}`, () => {
    const facts = describeMacros(macros.split(' ').map((m) => `#define ${m} 1`).join('\n'));
    assert.deepEqual({ ...facts, ...expected }, facts);
  });
}
