import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hoverLog } from '../../server/src/ide/hover-log.js';
import { LogLines } from '../../server/src/ide/log/log-lines.js';
import { dagOfTc } from '../../server/src/ide/tc.js';
import { english } from '../../server/src/schedule/steps/definition.js';
import { checkGolden } from './golden.js';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const text = readFileSync(here('../fixtures/ide/hover.json'), 'utf8');
const lines = text.split('\n');
const log = new LogLines(text);
const taskNote = (key: string): ReturnType<LogLines['taskNote']> => log.taskNote(key);

function hover(line: number, column = 3): string {
  return hoverLog({ taskNote, line: lines[line - 1] ?? '', number: line, following: lines.slice(line, line + 4), column, parse: dagOfTc }, english) ?? '(nothing)';
}

/** Golden file by the hovered line of the fixture, and the text where the cursor stands. */
const CASES: readonly (readonly [name: string, line: number, at?: string])[] = [
  ['session', 1], ['task', 2], ['record', 3], ['record-step', 3, '["FSP", 3, 2'], ['wrong-result', 4], ['trial', 5], ['illegal-step', 6], ['unknown-operator', 7], ['autotvm', 8],
];
for (const [name, line, at] of CASES) {
  test(`hover: ${name}`, () => checkGolden(`${name}.md`, `${hover(line, at === undefined ? 3 : (lines[line - 1] ?? '').indexOf(at) + 2)}\n`));
}

test('a hover tells of a program that was not searched for where it is from and what its run is worth', () => {
  const of = (trial: object): string => hoverLog({ taskNote, line: lines[2] ?? '', number: 3, following: [`# ${JSON.stringify({ trial: { line: 3, ...trial } })}`], column: 3, parse: dagOfTc }, english) ?? '(nothing)';
  const borrowed = of({ rule: 'borrowed', source: { log: '[x](command:evil)', line: 204, from: 'machine', unverified: true }, confirms: 64 });
  assert.match(borrowed, /Borrowed from another machine: line 204 of \\\[x\\\]\\\(command:evil\\\)\. Unverified: .* 64 borrowed programs count/);
  assert.match(of({ source: { line: 9, from: 'compatible', factor: 4 } }), /sizes that divide these, with 4 times less work: line 9 of this log/);
  assert.doesNotMatch(of({ rule: 'default' }), /Borrowed|Unverified|↷/);
});

test('lines that say nothing have no hover', () => {
  assert.deepEqual([hover(9), hover(10), hover(11)], ['(nothing)', '(nothing)', '(nothing)']);
});

test('a hover never throws, wherever a record is cut off', () => {
  const record = lines[2] ?? '';
  for (let length = 0; length < record.length; length += 7) {
    hoverLog({ taskNote, line: record.slice(0, length), number: 3, following: [], column: length, parse: dagOfTc }, english);
  }
});

test('text of a log cannot become a link or an image', () => {
  const key = '[x](command:evil) ![](http://x) <img>';
  const line = JSON.stringify({ i: [[JSON.stringify([key]), 'llvm `x` [y](z)'], [[], []]], r: [[1], 0, 1, 1], v: 'v0.6' });
  const shown = hoverLog({ taskNote: () => undefined, line, number: 1, following: [], column: 0, parse: dagOfTc }, english) ?? '';
  assert.match(shown, /\\\[x\\\]\\\(command:evil\\\) \\!\\\[\\\]\\\(http:\/\/x\\\) \\<img\\>/);
  assert.match(shown, /`` llvm `x` \[y\]\(z\) ``/);
});

const wild = readFileSync(here('../fixtures/oracle/wild-records.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.stringify((JSON.parse(line) as { record: unknown }).record));
const shown = (line: string): string => hoverLog({ taskNote: () => undefined, line, number: 1, following: [], column: 3, parse: dagOfTc }, english) ?? '(nothing)';

test('every public record is shown: with loops where its key tells the operator, with what was assumed, or by its steps alone', () => {
  const counts = { exact: 0, assumed: 0, steps: 0, autotvm: 0 };
  for (const line of wild) {
    const words = shown(line);
    if (words.startsWith('**AutoTVM')) {
      counts.autotvm++;
      assert.match(words, /\| Knob \| Value \|/);
      continue;
    }
    const kind = words.includes('which says all of it') ? 'exact' : words.includes('Assumed:') ? 'assumed' : 'steps';
    counts[kind]++;
    assert.match(words, /^0\. |No transform steps/m);
    assert.equal(words.includes('Loops after'), kind !== 'steps');
    assert.ok(!words.includes('cannot be applied'), words);
    if (kind === 'assumed') assert.match(words, /^- all tensors are float32$/m);
    if (kind === 'steps') assert.match(words, /is a function of the program that wrote the log/);
  }
  assert.deepEqual(counts, { exact: 24, assumed: 17, steps: 6, autotvm: 17 });
});

test('hover: operators found by their keys', () => {
  const ofKey = (key: string): string => shown(wild.find((line) => line.includes(key)) ?? '');
  checkGolden('key-exact.md', `${ofKey('45b4de07687dee43ee1cbde9f516b2bf')}\n`);
  checkGolden('key-assumed.md', `${ofKey('0fad1b42d0d33418e0a8d15d3bbad3c9')}\n`);
});
