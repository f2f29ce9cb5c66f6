/** No text makes the parser throw; what it accepts prints and parses to the same DAG; problems lie inside of the text. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { printTc } from '../../server/src/dag/print-tc.js';
import { parseTc } from '../../server/src/lang/parse.js';

const FOLDER = new URL('../fixtures/tc/', import.meta.url);
const texts = readdirSync(FOLDER).filter((f) => f.endsWith('.tc') && !f.startsWith('winograd')).map((f) => readFileSync(new URL(f, FOLDER), 'utf8'));

function holds(text: string): void {
  const { defs, problems } = parseTc(text);
  const lines = text.split('\n');
  for (const p of problems) {
    const line = lines[p.line - 1];
    assert.ok(line !== undefined && p.column >= 1 && p.column <= line.length + 1, `${JSON.stringify(p)} is outside of ${JSON.stringify(text)}`);
  }
  for (const def of defs) {
    const again = parseTc(printTc(def.dag, def.name));
    assert.deepEqual(again.problems, []);
    assert.deepEqual(again.defs.map((d) => d.dag), [def.dag]);
  }
}

const text = fc.constantFrom(...texts);
const WORDS = ['(', ')', '{', '}', ',', '=', '+=!', 'max=!', '?', ':', '-', '!', '*', '/', '%', 'where', 'in', 'as', '"x"', 'def', 'const', 'sizes', '@flop(2)', '0', '1', '0.5', '1e400', '99999999999', 'i', 'i1', 'select', 'float', 'half', 'nan', 'int8', '\n', '#', '$', '"', '->', 'pad', 'A', 'fmax'];

test('truncated texts', () => {
  fc.assert(fc.property(text, fc.double({ min: 0, max: 1, noNaN: true }), (t, part) => { holds(t.slice(0, Math.floor(part * t.length))); }), { numRuns: 150 });
});

test('texts with pieces replaced', () => {
  const edit = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), drop: fc.nat(6), put: fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 3 })) });
  fc.assert(fc.property(text, fc.array(edit, { minLength: 1, maxLength: 4 }), (t, edits) => {
    for (const { at, drop, put } of edits) {
      const from = Math.floor(at * t.length);
      t = t.slice(0, from) + put + t.slice(from + drop);
    }
    holds(t);
  }), { numRuns: 400 });
});

test('random words', () => {
  fc.assert(fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }), (words) => {
    holds(`def f(float(4, 4) A, int32(4) n) -> (y) {\n y(i) = ${words.join(' ')}`);
    holds(words.join(' '));
  }), { numRuns: 300 });
});

test('deep and long texts', () => {
  for (const body of ['('.repeat(50000), '-'.repeat(50000), '!('.repeat(20000), `${'a(i) + '.repeat(50000)}a(i)`, `${'exp('.repeat(5000)}a(i)${')'.repeat(5000)}`, 'i ? '.repeat(20000), 'a('.repeat(9000)]) {
    const { defs, problems } = parseTc(`def f(float(4) a) -> (y) {\n y(i) = ${body}\n}\n`);
    assert.equal(defs.length, 0);
    assert.ok(problems.length >= 1 && problems.length < 20, `${problems.length} problems`);
  }
});
