import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bundle = path.join(root, 'client/l10n/bundle.l10n.json');
/** Where sentences for people are made. */
const SOURCES = ['client/src', 'client/web', 'server/src/cli/serve', 'server/src/desk', 'server/src/ide', 'server/src/lsp', 'server/src/schedule/steps'];

function sentences(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).flatMap((name) => {
    const text = readFileSync(path.join(root, folder, name), 'utf8');
    return [...text.matchAll(/(?:\bl10n\.|\bctx\.|[^\w.])t\(\s*'((?:[^'\\]|\\.)*)'/g)].map((found) => (found[1] ?? '').replaceAll("\\'", "'"));
  });
}

test('client/l10n/bundle.l10n.json has every sentence that can be translated', () => {
  const wanted = Object.fromEntries([...new Set(SOURCES.flatMap(sentences))].sort().map((sentence) => [sentence, sentence]));
  assert.ok(Object.keys(wanted).length > 50);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(bundle, `${JSON.stringify(wanted, null, 2)}\n`);
  assert.deepEqual(JSON.parse(readFileSync(bundle, 'utf8')), wanted, 'run with UPDATE_GOLDEN=1');
});

test('every text of package.json is in package.nls.json, and none is there in vain', () => {
  const manifest = readFileSync(path.join(root, 'package.json'), 'utf8');
  const used = [...new Set([...manifest.matchAll(/"%([\w.]+)%"/g)].map((found) => found[1] ?? ''))].sort();
  const texts: unknown = JSON.parse(readFileSync(path.join(root, 'package.nls.json'), 'utf8'));
  assert.deepEqual(used, Object.keys(Object(texts)).sort());
});

test('only notify.ts shows messages', () => {
  const elsewhere = readdirSync(path.join(root, 'client/src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('notify.ts'))
    .filter((name) => /show(Information|Warning|Error)Message/.test(readFileSync(path.join(root, 'client/src', name), 'utf8')));
  assert.deepEqual(elsewhere, []);
});

/** Holes `{name}`, links and code of a sentence: a translation has the same ones. */
function fixedParts(sentence: string): string[] {
  return (sentence.match(/\{\w+\}|\(command:[^)]*\)|`[^`]*`/g) ?? []).sort();
}

for (const [english, german] of [['client/l10n/bundle.l10n.json', 'client/l10n/bundle.l10n.de.json'], ['package.nls.json', 'package.nls.de.json']] as const) {
  test(`${german} is a whole translation, with the same holes, links and code`, () => {
    const [from, to]: Readonly<Record<string, string>>[] = [english, german].map((name) => JSON.parse(readFileSync(path.join(root, name), 'utf8')));
    assert.ok(from !== undefined && to !== undefined);
    assert.deepEqual(Object.keys(from).filter((key) => !(key in to)), [], 'not translated');
    assert.deepEqual(Object.keys(to).filter((key) => !(key in from)), [], 'translated in vain');
    for (const [key, sentence] of Object.entries(from)) {
      assert.ok((to[key] ?? '').trim() !== '', key);
      assert.deepEqual(fixedParts(to[key] ?? ''), fixedParts(sentence), key);
    }
    const same = Object.entries(from).filter(([key, sentence]) => to[key] === sentence).length;
    assert.ok(same < Object.keys(from).length / 10, `${same} sentences are as in English`);
  });
}
