/** Target strings of real logs, what is refused, and default hardware parameters. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultHardware, hardwareTuple, parseHardware } from '../../server/src/hardware/defaults.js';
import { canonicalTarget, coresOf, parseTarget, printTarget } from '../../server/src/hardware/parse.js';
import type { Target } from '../../server/src/hardware/target.js';

function parsed(text: string): Target {
  const target = parseTarget(text);
  assert.ok(target.ok, `${text}: ${target.ok ? '' : target.error.message}`);
  return target.value;
}

test('targets of public logs', () => {
  const lines = readFileSync(new URL('../fixtures/oracle/wild-records.jsonl', import.meta.url), 'utf8').split('\n').filter((line) => line !== '');
  const targets = new Set<string>();
  for (const line of lines) {
    for (const match of line.matchAll(/\\?"((?:llvm|cuda|opencl|rocm|vulkan)(?: -[^"\\]*)?)\\?"/g)) targets.add(match[1] ?? '');
  }
  assert.ok(targets.size >= 15, `only ${targets.size} targets found`);
  for (const text of targets) {
    const printed = printTarget(parsed(text));
    // Old logs do not sort attributes; the words are the same.
    assert.deepEqual(printed.split(' ').sort(), text.split(' ').sort());
    assert.equal(printTarget(parsed(printed)), printed);
  }
});

for (const [written, canonical] of [
  ['cuda -arch=sm_80', 'cuda -keys=cuda,gpu -arch=sm_80 -max_num_threads=1024 -thread_warp_size=32'],
  ['llvm -mcpu=core-avx2', 'llvm -keys=cpu -mcpu=core-avx2'],
  ['llvm --num-cores=2 -mcpu=sapphirerapids', 'llvm -keys=cpu -mcpu=sapphirerapids -num-cores=2'],
  ['opencl -device=mali', 'opencl -keys=mali,opencl,gpu -device=mali -max_num_threads=256'],
  ['llvm --system-lib', 'llvm -keys=cpu -system-lib=1'],
  ['llvm -mattr=+avx2,-fma -mtriple=x86_64-linux-gnu', 'llvm -keys=cpu -mattr=+avx2,-fma -mtriple=x86_64-linux-gnu'],
] as const) {
  test(`canonical form of ${written}`, () => { assert.equal(printTarget(canonicalTarget(parsed(written))), canonical); });
}

for (const [text, column, message] of [
  ['', 1, /empty/],
  ['lllvm', 1, /unknown target kind/],
  ['llvm -mcpu=a;reboot', 6, /valid value/],
  ['llvm -mcpu=$(id)', 6, /valid value/],
  ['llvm -mcpu=-fplugin', 6, /valid value/],
  ['llvm -keys=cpu  -plugin=x.so', 17, /unknown target attribute/],
  ['llvm -mattr=avx2', 6, /valid value/],
  ['llvm mcpu=x', 6, /no target attribute/],
  ['llvm -num-cores=0', 6, /valid value/],
  ['llvm -mcpu=a -mcpu=b', 14, /twice/],
  ['llvm -mtriple=../../x', 6, /valid value/],
] as const) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    const target = parseTarget(text);
    assert.ok(!target.ok);
    assert.equal(target.error.column, column);
    assert.match(target.error.message, message);
  });
}

for (const [text, cores, expected] of [
  ['llvm -keys=cpu -mcpu=sapphirerapids -num-cores=2', undefined, [2, 64, 64, 0, 0, 0, 0, 0]],
  ['llvm -num-cores=2', 16, [2, 64, 64, 0, 0, 0, 0, 0]],
  ['llvm', 16, [16, 64, 64, 0, 0, 0, 0, 0]],
  ['cuda -keys=cuda,gpu -arch=sm_80', undefined, [-1, 16, 64, 49152, 2147483647, 1024, 8, 32]],
  ['rocm', undefined, [-1, 16, 64, 65536, 2147483647, 1024, 16, 64]],
  ['metal', undefined, [-1, 16, 64, 32768, 2147483647, 1024, 2, 8]],
  ['opencl -device=mali', undefined, [-1, 16, 64, 32768, 2147483647, 256, 1, 1]],
  ['opencl -device=adreno', undefined, [-1, 16, 64, 32768, 32768, 256, 1, 1]],
  ['vulkan -max_shared_memory_per_block=32768 -max_num_threads=512 -thread_warp_size=32', undefined, [-1, 16, 64, 32768, 2147483647, 512, 8, 32]],
  ['vulkan', undefined, undefined],
  ['llvm', undefined, undefined],
] as const) {
  test(`hardware of ${text}${cores === undefined ? '' : ` on ${cores} cores`}`, () => {
    const hardware = defaultHardware(parsed(text), cores);
    assert.deepEqual(hardware.ok ? hardwareTuple(hardware.value) : undefined, expected);
    if (hardware.ok) assert.deepEqual(parseHardware(hardwareTuple(hardware.value).join(',')), hardware);
  });
}

test('cores', () => { assert.equal(coresOf(parsed('llvm -num-cores=12')), 12); });

test('any text gives a target that prints and parses to itself, or a problem inside of the text', () => {
  const piece = fc.oneof(fc.constantFrom('llvm', 'cuda', ' -keys=', 'cpu', ',', ' -mcpu=', ' --', '=', '-mattr=', '+simd', ' -num-cores=', '4', ' '), fc.string({ maxLength: 4 }));
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')), (text) => {
    const target = parseTarget(text);
    if (!target.ok) return target.error.column >= 1 && target.error.column <= text.length + 1;
    const again = parseTarget(printTarget(target.value));
    assert.deepEqual(again, target);
    return !/[;$`'"\\|&<>*?\n]/.test(printTarget(target.value));
  }));
});
