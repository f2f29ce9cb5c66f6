import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const protocol = new URL('../../server/src/protocol/', import.meta.url);
const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

test('docs/protocol.md describes the protocol as it is', () => {
  const hash = createHash('sha256');
  for (const name of readdirSync(protocol).sort()) hash.update(`${name}\n${readFileSync(new URL(name, protocol), 'utf8')}`);
  const actual = hash.digest('hex').slice(0, 16);
  const stated = /sha256 of server\/src\/protocol: (\w+)/.exec(page)?.[1];
  assert.equal(stated, actual, `server/src/protocol changed: check that docs/protocol.md still is right, then write ${actual} into it`);
});

test('docs/protocol.md names every method and event', () => {
  const source = readFileSync(new URL('lsp.ts', protocol), 'utf8') + readFileSync(new URL('session-event.ts', protocol), 'utf8');
  const names = [...source.matchAll(/'(ansor\/\w+)'|event: '(\w+)'/g)].map((found) => found[1] ?? found[2] ?? '');
  assert.ok(names.length > 10);
  assert.deepEqual(names.filter((name) => !page.includes(`\`${name}\``)), []);
});
