/** Every feature of the two languages through the real server over standard input and output. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type {
  CodeAction, CodeLens, CompletionItem, Diagnostic, DocumentHighlight, DocumentSymbol, FoldingRange, Hover, InlayHint, Location, SemanticTokens, SignatureHelp, TextEdit, WorkspaceEdit,
} from 'vscode-languageserver/node';
import { startLanguageServer, until, type LanguageServer } from './language-server.js';

const read = (name: string): string => readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)), 'utf8');
const troubled = read('ide/troubled.ansor.jsonl');
const LOG = 'file:///w/a%20log/troubled.ansor.jsonl';
const TC = 'file:///w/f.tc';
const tc = 'sizes N = 8\ndef f(float(N, 4) A) -> (B) {\n  B(i) +=! A(i, k)\n}\n';
let server: LanguageServer;

before(async () => {
  server = await startLanguageServer();
  await server.open(LOG, 'ansor-log', troubled);
  await server.open(TC, 'ansor-tc', tc);
});
after(() => server.stop());

const whole = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };
const hover = async (uri: string, line: number, character: number): Promise<string> => {
  const found = await server.ask<Hover | null>('hover', uri, { position: { line, character } });
  return found === null || typeof found.contents !== 'object' || !('value' in found.contents) ? '' : found.contents.value;
};

/** The text after edits without overlaps. */
function edited(text: string, edits: readonly TextEdit[]): string {
  const lines = text.split('\n');
  const offset = ({ line, character }: TextEdit['range']['start']): number => lines.slice(0, line).reduce((sum, l) => sum + l.length + 1, 0) + character;
  return edits.toSorted((a, b) => offset(b.range.start) - offset(a.range.start)).reduce((t, e) => t.slice(0, offset(e.range.start)) + e.newText + t.slice(offset(e.range.end)), text);
}

test('log: outline', async () => {
  const tasks = await server.ask<DocumentSymbol[]>('documentSymbol', LOG);
  assert.deepEqual(tasks.map((task) => [task.name, task.children?.length]), [['matmul', 4], ['d7b65649…', 1], ['dense_nopack.x86', 1]]);
  assert.ok(tasks.every((task) => task.range.start.line <= task.selectionRange.start.line && task.selectionRange.end.line <= task.range.end.line));
  assert.deepEqual(tasks[0]?.children?.map((record) => record.tags?.length ?? 0), [0, 1, 0, 0], 'failed ones are struck out');
});

test('log: folds', async () => {
  const folds = await server.ask<FoldingRange[]>('foldingRange', LOG);
  assert.deepEqual(folds.map((fold) => [fold.startLine, fold.endLine, fold.kind]), [[0, 1, 'comment'], [2, 6, undefined], [8, 12, undefined], [15, 18, undefined]]);
});

test('log: a hover links to what can be done with the record', async () => {
  await server.ask('documentSymbol', LOG);
  const text = await hover(LOG, 18, 5);
  assert.match(text, /4\\\.88 ms · 55 GFLOP/);
  assert.match(text, /\[Compare with best\]\(command:ansor\.compareRecords\?%5B%7B%22left%22/);
  assert.deepEqual(JSON.parse(decodeURIComponent(/command:ansor\.compareRecords\?([^)]*)\)/.exec(text)?.[1] ?? '')), [{ left: { uri: LOG, line: 3 }, right: { uri: LOG, line: 19 } }]);
  assert.doesNotMatch(text.replaceAll(/command:ansor\.(?:showLoopTree|compareRecords|revealRecord)\?/g, ''), /command:/);
  assert.match(await hover(LOG, 2, 5), /Measured elsewhere: on another CPU: Old CPU/);
  assert.match(await hover(LOG, 14, 5), /AutoTVM dense\\_nopack/);
});

test('log: hints at the beginning or the end of lines, or none', async () => {
  const hints = (): Promise<InlayHint[]> => server.ask<InlayHint[]>('inlayHint', LOG, { range: whole });
  const first = await hints();
  assert.deepEqual(first.map((hint) => [hint.position.line, hint.position.character]), [[2, 0], [8, 0], [13, 0], [14, 0], [15, 0], [18, 0]]);
  assert.match(String(first[0]?.label), /1\.7 ms · 158 GFLOP\/s · ★ best · measured elsewhere/);
  await server.configure({ inlayHints: { results: 'end' } });
  assert.ok(((await hints())[0]?.position.character ?? 0) > 100);
  await server.configure({ inlayHints: { results: 'off' } });
  assert.deepEqual(await hints(), []);
  await server.configure({});
});

test('log: lenses, each kind with its switch', async () => {
  const lenses = async (): Promise<readonly (readonly [number, string | undefined, unknown])[]> =>
    (await server.ask<CodeLens[]>('codeLens', LOG)).map((lens) => [lens.range.start.line, lens.command?.command, lens.command?.arguments?.[0]]);
  const all = await lenses();
  assert.deepEqual(all.filter(([line]) => line === 18), [
    [18, 'ansor.revealRecord', { uri: LOG, line: 3 }], [18, 'ansor.showLoopTree', { uri: LOG, line: 19 }], [18, 'ansor.compareRecords', { left: { uri: LOG, line: 3 }, right: { uri: LOG, line: 19 } }],
  ]);
  assert.deepEqual(all.filter(([line]) => line === 14).map(([, command]) => command), ['ansor.revealRecord'], "AutoTVM's records have no loop tree");
  for (const [setting, command] of [['best', 'ansor.revealRecord'], ['loopTree', 'ansor.showLoopTree'], ['compare', 'ansor.compareRecords']] as const) {
    await server.configure({ codeLens: { [setting]: false } });
    const rest = (await lenses()).map(([, name]) => name);
    assert.ok(rest.length > 0 && !rest.includes(command), setting);
  }
  await server.configure({ codeLens: { tune: false } });
  assert.deepEqual(await server.ask('codeLens', TC), []);
  await server.configure({});
});

test('log: problems, a fix for each, one for all of a kind, and fix all', async () => {
  await server.change(LOG, 2, troubled);
  await server.ask('documentSymbol', LOG);
  const problems = await until('the replayed problems', asking(() => server.diagnostics(LOG), (found) => found.some((d) => d.code === 'illegal')));
  // Neither session of the fixture was on this machine.
  assert.deepEqual(problems.map((d) => d.code), ['measured-elsewhere', 'torn', 'glued', 'orphan-note', 'measured-elsewhere', 'indented', 'not-a-record', 'broken-note', 'orphan-note', 'old-version', 'foreign', 'illegal']);
  const actions = (line: number, only?: string[]): Promise<CodeAction[]> =>
    server.ask<CodeAction[]>('codeAction', LOG, { range: { start: { line, character: 0 }, end: { line, character: 1 } }, context: { diagnostics: [], ...(only && { only }) } });
  const torn = await actions(4, ['quickfix']);
  assert.deepEqual(torn.map((a) => [a.title, a.isPreferred]), [['Remove this line', true], ['Turn this line into a comment', false]]);
  assert.equal(torn[0]?.diagnostics?.[0]?.code, 'torn');
  const orphan = await actions(6, ['quickfix']);
  assert.deepEqual(orphan.map((a) => a.title), ['Remove this line', 'Remove all 2 such lines']);
  const resolved = await server.connection.sendRequest<CodeAction>('codeAction/resolve', orphan[1]);
  const without = edited(troubled, resolved.edit?.changes?.[LOG] ?? []);
  assert.equal(without.split('\n').length, troubled.split('\n').length - 2);
  const [fixAll] = await actions(0, ['source.fixAll']);
  const fixed = await server.connection.sendRequest<CodeAction>('codeAction/resolve', fixAll);
  await server.change(LOG, 3, edited(troubled, fixed.edit?.changes?.[LOG] ?? []));
  assert.deepEqual((await server.diagnostics(LOG)).map((d: Diagnostic) => d.code), ['measured-elsewhere', 'measured-elsewhere', 'foreign']);
  await server.change(LOG, 4, troubled);
});

/** A look for `until` at something that is asked for. */
function asking<T>(ask: () => Promise<T>, good: (value: T) => boolean): () => T | undefined {
  let last: T | undefined;
  const again = (): void => void ask().then((value) => {
    last = value;
    if (!good(value)) setTimeout(again, 20);
  });
  again();
  return () => (last !== undefined && good(last) ? last : undefined);
}

test('log: go to best, references of a task, highlights', async () => {
  const at = { position: { line: 18, character: 12 } };
  assert.deepEqual((await server.ask<Location[]>('definition', LOG, at)).map((l) => [l.uri, l.range.start.line]), [[LOG, 2]]);
  assert.deepEqual((await server.ask<Location[]>('references', LOG, { ...at, context: { includeDeclaration: true } })).map((l) => l.range.start.line), [1, 2, 8, 15, 18]);
  assert.deepEqual((await server.ask<DocumentHighlight[]>('documentHighlight', LOG, at)).map((h) => h.range.start.line), [2, 8, 15, 18]);
});

test('log: changes of single lines are followed', async () => {
  const uri = 'file:///w/changed.ansor.jsonl';
  const lines = troubled.split('\n');
  await server.open(uri, 'ansor-log', [lines[1], lines[2], ''].join('\n'));
  const outline = async (): Promise<number | undefined> => (await server.ask<DocumentSymbol[]>('documentSymbol', uri))[0]?.children?.length;
  assert.equal(await outline(), 1);
  await server.change(uri, 2, `${lines[18]}\n`, { start: { line: 2, character: 0 }, end: { line: 2, character: 0 } });
  assert.equal(await outline(), 2);
  await server.change(uri, 3, '', { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } });
  assert.equal(await outline(), 1);
  assert.match(await hover(uri, 1, 5), /4\\\.88 ms/);
  await server.change(uri, 4, '#', { start: { line: 1, character: 0 }, end: { line: 1, character: 1 } });
  assert.deepEqual(await server.ask('documentSymbol', uri), []);
});

test('tc: hover, outline, hints, folds, colours, lens', async () => {
  assert.match(await hover(TC, 2, 13), /`i in 0:8` index of `B`/);
  const outline = await server.ask<DocumentSymbol[]>('documentSymbol', TC);
  assert.deepEqual(outline.map((s) => [s.name, s.children?.map((c) => c.name)]), [['N', []], ['f', ['A', 'B']]]);
  assert.deepEqual((await server.ask<InlayHint[]>('inlayHint', TC, { range: whole })).map((h) => h.label), ['i in 0:8, k in 0:4 · 32 FLOP']);
  assert.deepEqual((await server.ask<FoldingRange[]>('foldingRange', TC)).map((f) => [f.startLine, f.endLine]), [[1, 2]]);
  assert.equal((await server.ask<SemanticTokens>('semanticTokens/full', TC)).data.length % 5, 0);
  assert.deepEqual((await server.ask<CodeLens[]>('codeLens', TC)).map((lens) => [lens.range.start.line, lens.command?.command, lens.command?.arguments]), [[1, 'ansor.tuneCurrentModel', [TC]]]);
});

test('tc: completion and signature help', async () => {
  const items = await server.ask<CompletionItem[]>('completion', TC, { position: { line: 2, character: 11 } });
  assert.ok(items.some((item) => item.label === 'A' && item.insertText === 'A(${1:i0}, ${2:i1})'));
  const help = await server.ask<SignatureHelp | null>('signatureHelp', TC, { position: { line: 2, character: 16 } });
  assert.deepEqual([help?.signatures[0]?.label, help?.activeParameter], ['A(0:8, 0:4)', 1]);
});

test('tc: definition, references, highlights, rename', async () => {
  const at = { position: { line: 2, character: 17 } };
  assert.deepEqual((await server.ask<Location[]>('definition', TC, { position: { line: 2, character: 11 } })).map((l) => l.range.start), [{ line: 1, character: 18 }]);
  assert.equal((await server.ask<Location[]>('references', TC, { position: { line: 0, character: 6 }, context: { includeDeclaration: true } })).length, 2);
  assert.equal((await server.ask<DocumentHighlight[]>('documentHighlight', TC, { position: { line: 2, character: 4 } })).length, 2);
  assert.deepEqual(await server.ask('prepareRename', TC, at), { range: { start: { line: 2, character: 16 }, end: { line: 2, character: 17 } }, placeholder: 'k' });
  const edit = await server.ask<WorkspaceEdit>('rename', TC, { ...at, newName: 'c' });
  assert.equal(edited(tc, edit.changes?.[TC] ?? []), tc.replace('A(i, k)', 'A(i, c)'));
  await assert.rejects(server.ask('rename', TC, { ...at, newName: 'i' }), /i is taken here already/);
  await assert.rejects(server.ask('prepareRename', TC, { position: { line: 1, character: 0 } }), /can be renamed/);
});

test('tc: formatting of a file and of a range', async () => {
  const uri = 'file:///w/messy.tc';
  const messy = 'def f(float(4)A)->(B,C){\nB(i)=A(i)\nC(i)=A( i )\n}';
  await server.open(uri, 'ansor-tc', messy);
  const options = { tabSize: 2, insertSpaces: true };
  const all = await server.ask<TextEdit[]>('formatting', uri, { options });
  assert.equal(edited(messy, all), 'def f(float(4) A) -> (B, C) {\n  B(i) = A(i)\n  C(i) = A(i)\n}\n');
  const one = await server.ask<TextEdit[]>('rangeFormatting', uri, { options, range: { start: { line: 2, character: 0 }, end: { line: 2, character: 11 } } });
  assert.equal(edited(messy, one), 'def f(float(4)A)->(B,C){\nB(i)=A(i)\n  C(i) = A(i)\n}');
});

test('documents of other languages get nothing', async () => {
  const uri = 'file:///w/other.json';
  await server.open(uri, 'json', troubled);
  for (const method of ['hover', 'definition', 'completion', 'documentSymbol', 'foldingRange', 'codeLens', 'inlayHint', 'formatting', 'documentHighlight']) {
    const answer = await server.ask<unknown[] | null>(method, uri, { position: { line: 2, character: 12 }, range: whole, options: { tabSize: 2, insertSpaces: true } });
    assert.ok(answer === null || answer.length === 0, method);
  }
});
