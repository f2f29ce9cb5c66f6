/** The grammars that colour our languages know the words that the languages have. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isReserved, TYPE_NAMES } from '../../server/src/dag/tc-words.js';
import { builtInFunctions } from '../../server/src/ide/tc/built-ins.js';
import { MATH_FUNCTIONS } from '../../server/src/ir/math-functions.js';
import { english } from '../../server/src/schedule/steps/definition.js';

interface Rule { readonly match?: string; readonly captures?: Readonly<Record<string, { readonly name: string }>> }
const grammar = (name: string): Readonly<Record<string, Rule>> => {
  const text = readFileSync(fileURLToPath(new URL(`../../syntaxes/${name}.tmLanguage.json`, import.meta.url)), 'utf8');
  return (JSON.parse(text) as { repository: Record<string, Rule> }).repository;
};
const whole = (rule: Rule | undefined, text: string): boolean => new RegExp(rule?.match ?? '$^').exec(text)?.[0] === text.replace(/\($/, '');

test('.tc: every function, type and word of the language has its colour', () => {
  const tc = grammar('ansor-tc');
  for (const name of [...MATH_FUNCTIONS.keys(), 'select', 'fmax', 'fmin', 'max', 'min']) {
    assert.ok(whole(tc['function'], `${name}(`), name);
    assert.ok((builtInFunctions(english).find((one) => one.name === name)?.summary ?? '') !== '', `${name} is explained`);
  }
  for (const name of TYPE_NAMES.keys()) assert.ok(whole(tc['type'], name) && whole(tc['cast'], `${name}(`), name);
  for (const word of ['where', 'in', 'as', 'sizes', 'const']) assert.ok(isReserved(word) && whole(tc['keyword'], word), word);
  for (const sign of ['+=!', '*=!', 'max=!', 'min=!']) assert.ok(whole(tc['assignment'], sign), sign);
  for (const number of ['12', '1.5', '1.', '.5', '1e-3', '2f', '0.5h']) assert.ok(whole(tc['number'], number), number);
});

test('logs: keys, targets, costs and error numbers of a record are told apart', () => {
  const log = grammar('ansor-log');
  const line = '{"i": [["[\\"matmul\\", 512]", "llvm -keys=cpu"], [[], [["SP", 2, 0, 512, [4], 1]]]], "r": [[0.0017, 0.0018], 0, 0.5, 1], "v": "v0.6"}';
  const parts = (name: string, text = line): readonly (string | undefined)[] => [...(new RegExp(log[name]?.match ?? '$^').exec(text) ?? [])];
  assert.deepEqual(parts('task').filter((_, k) => k === 2 || k === 4), ['"[\\"matmul\\", 512]"', '"llvm -keys=cpu"']);
  assert.deepEqual([parts('result')[4], parts('result')[6], parts('failure').length], ['0.0017, 0.0018', '0', 0]);
  assert.equal(parts('failure', line.replace('], 0,', '], 6,'))[6], '6');
  assert.deepEqual(parts('step').slice(3, 6), ['SP', '"', '2']);
  assert.equal(parts('version')[3], '"v0.6"');
});
