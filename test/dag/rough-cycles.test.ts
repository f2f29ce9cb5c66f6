/** Counting prefers the algorithm that is the fastest by measurement (2 cores with AVX-512: alone, and in a network whose weights no cache keeps). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constantBytes, roughCycles } from '../../server/src/dag/algorithms/rough-cycles.js';
import { winogradSiblings } from '../../server/src/dag/algorithms/winograd.js';
import type { ComputeDag } from '../../server/src/dag/compute-dag.js';
import { parseTc } from '../../server/src/lang/parse.js';

function conv2d(size: number, channels: number, dilation = 1): ComputeDag {
  const out = size - 2 * (dilation - 1);
  return parsed(`def f(float(1, ${size + 2}, ${size + 2}, ${channels}) data, const float(3, 3, ${channels}, ${channels}) kernel) -> (out) {
    out(n, y, x, f) +=! data(n, y + r * ${dilation}, x + s * ${dilation}, c) * kernel(r, s, c, f) where y in 0:${out}, x in 0:${out}, r in 0:3, s in 0:3
  }`);
}

const CONV1D = `def f(float(1, 34, 512) data, const float(3, 512, 512) kernel) -> (out) { out(n, x, f) +=! data(n, x + s, c) * kernel(s, c, f) where x in 0:32, s in 0:3 }`;
const GROUPS = `def f(float(1, 9, 9, 4, 128) data, const float(3, 3, 4, 128, 128) kernel) -> (out) {
  out(n, y, x, g, f) +=! data(n, y + r, x + s, g, c) * kernel(r, s, g, c, f) where y in 0:7, x in 0:7, r in 0:3, s in 0:3
}`;

function parsed(text: string): ComputeDag {
  return parseTc(text).defs[0]?.dag ?? assert.fail();
}

/** Suffixes of the forms that took the least time. */
const FASTEST: readonly (readonly [string, ComputeDag, cores: number, kept: boolean, string])[] = [
  ['56x56x64', conv2d(56, 64), 1, true, 'winograd4'], ['56x56x64', conv2d(56, 64), 2, false, 'winograd4'],
  ['28x28x128', conv2d(28, 128), 1, false, 'winograd4'], ['28x28x128', conv2d(28, 128), 2, false, 'winograd4'],
  ['14x14x256', conv2d(14, 256), 1, true, 'winograd4'], ['14x14x256', conv2d(14, 256), 2, true, 'winograd4'],
  ['14x14x256', conv2d(14, 256), 1, false, 'winograd2'], ['14x14x256', conv2d(14, 256), 2, false, 'winograd2'],
  ['7x7x512', conv2d(7, 512), 1, true, 'winograd2'], ['7x7x512', conv2d(7, 512), 2, true, 'winograd2'],
  ['7x7x512', conv2d(7, 512), 1, false, 'winograd2'], ['7x7x512', conv2d(7, 512), 2, false, 'winograd2'],
  ['7x7x512 dilated', conv2d(7, 512, 2), 1, true, 'direct'], ['7x7x512 dilated', conv2d(7, 512, 2), 2, true, 'direct'],
  ['32x512 in one dimension', parsed(CONV1D), 1, true, 'winograd4'], ['32x512 in one dimension', parsed(CONV1D), 2, true, 'winograd4'],
  ['7x7x512 in groups', parsed(GROUPS), 1, true, 'winograd4'], ['7x7x512 in groups', parsed(GROUPS), 2, true, 'winograd4'],
];
/** The size of a last cache. */
const KEPT_BYTES = 24 * 2 ** 20;

for (const [name, dag, cores, kept, fastest] of FASTEST) {
  test(`${name} on ${cores} core(s), weights ${kept ? 'kept' : 'from the memory'}: ${fastest}`, () => {
    const cycles = (of: ComputeDag): number => roughCycles(of, { lanes: 16, cores, kept: kept && constantBytes(of) <= KEPT_BYTES });
    const ordered = [{ suffix: 'direct', dag }, ...winogradSiblings(dag)].toSorted((a, b) => cycles(a.dag) - cycles(b.dag));
    assert.equal(ordered[0]?.suffix, fastest);
  });
}
