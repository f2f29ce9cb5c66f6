/** Vectors of public logs: md5 of DAG texts, whole keys, and keys told apart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distinguishedKey, md5Hex, plainKey, shortenedDagText } from '../../server/src/dag/text.js';

const P = 'placeholder = PLACEHOLDER \n';
for (const [text, md5] of [
  [`${P}${P}T_matmul_NT(i, j) += (placeholder[i, k]*placeholder[j, k])\n${P}T_add(ax0, ax1) = (T_matmul_NT[ax0, ax1] + placeholder[ax0, ax1])\n`, '7d44c6e3c81cd80f61ff2265b2bae89a'],
  [`${P}pad_temp(i0, i1, i2, i3) = placeholder[i0, i1, i2, i3]\n${P}conv2d_nhwc(nn, yy, xx, ff) += (pad_temp[nn, ((yy*2) + ry), ((xx*2) + rx), rc]*placeholder[ry, rx, rc, ff])\n`, '06f578e6519a86e85028eecf4de64b25'],
  ['', 'd41d8cd98f00b204e9800998ecf8427e'],
] as const) {
  test(md5, () => { assert.equal(md5Hex(text), md5); });
}

test('a key that another DAG has too gets a last element, and loses it again', () => {
  const key = '["7d44c6e3c81cd80f61ff2265b2bae89a", [1, 512], [1000, 512]]';
  const other = distinguishedKey(key, 'def f() -> () {}\n');
  assert.match(other, /^\["7d44c6e3c81cd80f61ff2265b2bae89a", \[1, 512\], \[1000, 512\], "x:[0-9a-f]{8}"\]$/);
  assert.deepEqual(JSON.parse(other).slice(0, 3), JSON.parse(key));
  assert.notEqual(other, distinguishedKey(key, 'def g() -> () {}\n'));
  assert.equal(plainKey(other), key);
  assert.equal(plainKey(key), key);
});

test('only long lines are shortened', () => {
  const line = 'a'.repeat(256);
  assert.equal(shortenedDagText(`${line}\nb\n`), `${line}\nb\n`);
  assert.equal(shortenedDagText(`c${line}`), `c${'a'.repeat(127)} ..(OMITTED).. ${'a'.repeat(128)}`);
});
