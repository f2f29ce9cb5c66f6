import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Here } from '../../server/src/ide/log/elsewhere.js';
import { fixesOf, fixLines, fixTitle, isMended, type LineChange } from '../../server/src/ide/log/fixes.js';
import { foldLog } from '../../server/src/ide/log/folding.js';
import { logInlays } from '../../server/src/ide/log/inlays.js';
import { logLenses, type LensKind } from '../../server/src/ide/log/lenses.js';
import { LogLines } from '../../server/src/ide/log/log-lines.js';
import { goToBest, logHighlights, taskReferences } from '../../server/src/ide/log/navigate.js';
import { logOutline, MOST_ENTRIES } from '../../server/src/ide/log/outline.js';
import { overviewOf } from '../../server/src/ide/log/overview.js';
import { logProblems, type LogTextProblem } from '../../server/src/ide/log/problems.js';
import { ReplayChecks } from '../../server/src/ide/log/replay-checks.js';
import { commandLink } from '../../server/src/ide/markdown.js';
import { createResolutionIndex } from '../../server/src/records/library/resolve.js';
import { english } from '../../server/src/schedule/steps/definition.js';
import { longLog } from '../harness/long-log.js';
import { checkGolden } from './golden.js';

const troubled = readFileSync(fileURLToPath(new URL('../fixtures/ide/troubled.ansor.jsonl', import.meta.url)), 'utf8');
const here: Here = { cpu: 'This CPU', cores: 2, compiler: 'gcc 12.2.0' };
const keys = createResolutionIndex();
const all: ReadonlySet<LensKind> = new Set(['best', 'loopTree', 'compare']);

function problemsOf(log: LogLines): readonly LogTextProblem[] {
  const overview = overviewOf(log);
  const replays = new ReplayChecks();
  while (!replays.advance(log, overview, () => false)) { /* all at once */ }
  return logProblems(log, overview, replays, here, Infinity, english);
}

function apply(log: LogLines, changes: readonly LineChange[]): string {
  const changed = new Map(changes.map((change) => [change.line, change.text]));
  return log.lines(0, log.count).flatMap((text, line) => (changed.has(line) ? [changed.get(line)].filter((t) => t !== undefined) : [text])).join('\n');
}

test('a log with everything in it: outline, folds, hints, lenses, problems and their fixes', () => {
  const log = new LogLines(troubled);
  const overview = overviewOf(log);
  const outline = logOutline(log, overview, keys, english).flatMap((task) => [`${task.from + 1}-${task.to + 1} ${task.name} (${task.detail})`, ...task.records.map((r) => `  ${r.line + 1} ${r.kind}: ${r.name} (${r.detail})`)]);
  const folds = foldLog(log).map((fold) => `${fold.from + 1}-${fold.to + 1} ${fold.kind}`);
  const inlays = logInlays(log, overview, 0, log.count, keys, here, english).map((hint) => `${hint.line + 1} ${hint.label}${hint.tooltip === undefined ? '' : ` [${hint.tooltip}]`}`);
  const lenses = logLenses(log, overview, all, keys, english).map((lens) => `${lens.line + 1} ${lens.title}${lens.other === undefined ? '' : ` -> ${lens.other + 1}`}`);
  const problems = problemsOf(log).flatMap((p) => [
    `${p.line + 1}:${p.from}-${p.to} ${p.severity} ${p.code}: ${p.message}`,
    ...fixesOf(p.code).map((fix) => `  ${fixTitle(fix, 1, english)}: ${fixLines(log, [p], fix).map((c) => `${c.line + 1} ${c.text === undefined ? 'goes' : c.text.slice(0, 60)}`).join('; ')}`),
  ]);
  checkGolden('troubled-log.txt', Object.entries({ outline, folds, inlays, lenses, problems }).map(([title, lines]) => `== ${title}\n${lines.join('\n')}\n`).join('\n'));
});

test('"fix all" leaves nothing to fix, and notes about records stay with their records', () => {
  const log = new LogLines(troubled);
  const fixed = new LogLines(apply(log, fixLines(log, problemsOf(log).filter(isMended))));
  assert.deepEqual(problemsOf(fixed).filter(isMended), []);
  const about = (lines: LogLines): string[] => Array.from({ length: lines.count }, (_, line) => lines.read(line)).flatMap((read) => (read.kind === 'trial' ? [lines.line(read.about - 1).slice(-60)] : []));
  // The note about the damaged line 11 went with it, the one about the illegal record became a comment with it.
  assert.deepEqual(about(fixed), about(log).slice(0, 2));
  const kept = overviewOf(fixed).tasks.reduce((sum, task) => sum + task.lines.length, 0);
  assert.equal(kept, 7, 'the whole record of the glued line and the indented one count now, the illegal one does not');
});

test('each fix alone mends its problem', () => {
  const log = new LogLines(troubled);
  for (const problem of problemsOf(log)) {
    for (const fix of fixesOf(problem.code)) {
      const after = problemsOf(new LogLines(apply(log, fixLines(log, [problem], fix))));
      assert.equal(after.filter((p) => p.code === problem.code).length, problemsOf(log).filter((p) => p.code === problem.code).length - 1, `${fix} of ${problem.code} in line ${problem.line + 1}`);
    }
  }
});

test('from a record to its best, its task, and the steps of a stage', () => {
  const log = new LogLines(troubled);
  const overview = overviewOf(log);
  const best = overview.tasks[0]?.best;
  assert.ok(best !== undefined);
  assert.deepEqual(goToBest(log, overview, 2).map((span) => span.line), [best]);
  assert.match(log.line(best).slice(...Object.values(goToBest(log, overview, 2).map(({ from, to }) => ({ from, to }))[0] ?? {})), /^"r": \[\[[\d.e-]+\]/);
  assert.deepEqual(goToBest(log, overview, 3).map((span) => span.line), [2], 'a note leads to its record');
  assert.deepEqual(goToBest(log, overview, 1).map((span) => span.line), [best], 'a task note leads to the best');
  assert.deepEqual(goToBest(log, overview, 4), []);
  assert.deepEqual(taskReferences(log, overview, 2, true).map((span) => span.line), [1, ...(overview.tasks[0]?.lines ?? [])]);
  const at = log.line(2).indexOf('["FSP", 3') + 3;
  const marked = logHighlights(log, overview, 2, at).map(({ from, to }) => log.line(2).slice(from, to));
  assert.ok(marked.length > 2 && marked.every((step) => /^\["[A-Z]+", 3\b.*\]$/.test(step)), marked.join());
  assert.deepEqual(logHighlights(log, overview, 2, 10).map(({ line, from, to }) => log.line(line).slice(from, to)), (overview.tasks[0]?.lines ?? []).map(() => '"[\\"matmul\\", 512, 512, 512]"'));
});

test('a last line that is half written has no problem yet', () => {
  const lines = troubled.split('\n');
  const growing = new LogLines([...lines.slice(0, 3), (lines[2] ?? '').slice(0, 120)].join('\n'));
  assert.deepEqual(problemsOf(growing).map((p) => p.code), ['measured-elsewhere']);
});

test('edited lines read like a text that was opened so', () => {
  const base = troubled.split('\n').slice(0, 8).join('\n');
  const edit = fc.record({ line: fc.nat(9), character: fc.nat(120), lines: fc.nat(3), to: fc.nat(120), text: fc.constantFrom('', 'x', '\n', '\r\n', '# {"trial":{"line":3}}\n', '# {"task":{"key":"k","tc":"t"}}\n', '{"i": 3}', '"', ...troubled.split('\n').slice(1, 3)) });
  fc.assert(fc.property(fc.array(edit, { maxLength: 12 }), fc.boolean(), (edits, read) => {
    const log = new LogLines(base);
    let text = base;
    for (const { line, character, lines, to, text: typed } of edits) {
      if (read) log.scan(() => false);
      const rows = text.split('\n');
      const start = { line: Math.min(line, rows.length - 1), character: 0 };
      start.character = Math.min(character, rows[start.line]?.length ?? 0);
      const end = { line: Math.min(start.line + lines, rows.length - 1), character: 0 };
      end.character = Math.min(end.line === start.line ? Math.max(to, start.character) : to, rows[end.line]?.length ?? 0);
      const offset = (at: typeof start): number => rows.slice(0, at.line).reduce((sum, row) => sum + row.length + 1, 0) + at.character;
      text = text.slice(0, offset(start)) + typed.replaceAll('\r\n', '\n') + text.slice(offset(end));
      log.replace(start, end, typed);
    }
    const fresh = new LogLines(text);
    assert.equal(log.text(), text);
    log.scan(() => false);
    fresh.scan(() => false);
    assert.equal(log.complete, true);
    assert.deepEqual(log.lines(0, log.count).map((_, line) => log.read(line)), fresh.lines(0, fresh.count).map((_, line) => fresh.read(line)));
    for (const key of ['k', '["matmul", 512, 512, 512]']) assert.deepEqual(log.taskNote(key), fresh.taskNote(key));
  }), { seed: 3, numRuns: 300 });
});

test('long logs have outlines and lenses of bounded size, with the fastest records', () => {
  const log = new LogLines(longLog(6000));
  const overview = overviewOf(log);
  const outline = logOutline(log, overview, keys, english);
  const entries = outline.reduce((sum, task) => sum + task.records.length, 0);
  assert.ok(entries <= MOST_ENTRIES && entries > MOST_ENTRIES / 2, `${entries} entries`);
  assert.ok(outline.every((task) => task.records.some((record) => record.kind === 'best')));
  assert.match(outline[0]?.detail ?? '', /the fastest \d+ of \d+ records · \d+ failed/);
  const lenses = logLenses(log, overview, new Set<LensKind>(['best']), keys, english);
  assert.ok(lenses.length <= 1000 && lenses.filter((lens) => lens.title.startsWith('★')).length === overview.tasks.length);
});

test('lenses can be switched off one by one', () => {
  const log = new LogLines(troubled);
  const kinds = (wanted: readonly LensKind[]): readonly string[] => [...new Set(logLenses(log, overviewOf(log), new Set(wanted), keys, english).map((lens) => lens.kind))];
  assert.deepEqual([kinds(['compare']), kinds(['loopTree']), kinds([])], [['compare'], ['loopTree'], []]);
});

test('only commands of the allow-list become links, and no argument can end one', () => {
  assert.equal(commandLink('a', 'workbench.action.quit', { uri: 'file:///x', line: 1 }), 'a');
  const link = commandLink('tree](command:evil)', 'ansor.showLoopTree', { uri: 'file:///a b)](command:evil "x', line: 3 });
  assert.match(link, /^\[tree\\\]\\\(command:evil\\\)\]\(command:ansor\.showLoopTree\?[\w%.~-]+\)$/);
  assert.deepEqual(JSON.parse(decodeURIComponent(/\?(.*)\)$/.exec(link)?.[1] ?? '')), [{ uri: 'file:///a b)](command:evil "x', line: 3 }]);
});

test('however a log is damaged, every view of it answers', () => {
  const damage = fc.record({ at: fc.nat(troubled.length), length: fc.nat(60), text: fc.constantFrom('', '\n', '"', ']', '{"', '\\', '\u0000', '1e999', '\ufeff', '# {"trial":{"line":-3}}\n', '# {"trial":{"line":1.5}}\n', '# {"session":{"version":"1","target":""}}\n') });
  fc.assert(fc.property(fc.array(damage, { minLength: 1, maxLength: 6 }), fc.nat(25), fc.nat(700), (damages, line, column) => {
    const text = damages.reduce((t, d) => t.slice(0, d.at) + d.text + t.slice(d.at + d.length), troubled);
    const log = new LogLines(text);
    const overview = overviewOf(log);
    logOutline(log, overview, keys, english);
    foldLog(log);
    logInlays(log, overview, 0, log.count, keys, here, english);
    logLenses(log, overview, all, keys, english);
    goToBest(log, overview, line);
    taskReferences(log, overview, line, true);
    logHighlights(log, overview, line, column);
    const problems = problemsOf(log);
    const mended = new LogLines(apply(log, fixLines(log, problems.filter(isMended))));
    assert.ok(mended.count <= log.count);
    assert.deepEqual(problemsOf(mended).filter((p) => p.severity === 'error' && isMended(p)).map((p) => `${p.line}: ${p.message}`), []);
  }), { seed: 5, numRuns: 60 });
});
