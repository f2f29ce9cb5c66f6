import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { dagText } from '../../server/src/dag/text.js';
import { analyseTc, type TcAnalysis } from '../../server/src/ide/tc/analysis.js';
import { completeTc } from '../../server/src/ide/tc/completion.js';
import { applyEdits, formatTc } from '../../server/src/ide/tc/format.js';
import { foldTc } from '../../server/src/ide/tc/folding.js';
import { hoverTc } from '../../server/src/ide/tc/hover.js';
import { tcInlays } from '../../server/src/ide/tc/inlays.js';
import { tcOutline, type TcOutlineEntry } from '../../server/src/ide/tc/outline.js';
import { renameTc } from '../../server/src/ide/tc/rename.js';
import { semanticTokens } from '../../server/src/ide/tc/semantic-tokens.js';
import { signatureTc } from '../../server/src/ide/tc/signature.js';
import { parseTc, parseTcTree } from '../../server/src/lang/parse.js';
import { english } from '../../server/src/schedule/steps/definition.js';
import { checkGolden } from './golden.js';

const fixtures = fileURLToPath(new URL('../fixtures/tc', import.meta.url));
const texts = readdirSync(fixtures).map((name) => ({ name, text: readFileSync(`${fixtures}/${name}`, 'utf8') }));

/** A text and the place of its `|` (`||` is the operator). */
function marked(source: string): { readonly analysis: TcAnalysis; readonly at: { readonly line: number; readonly column: number }; readonly text: string } {
  const offset = source.search(/(?<!\|)\|(?!\|)/);
  assert.ok(offset >= 0, 'no cursor');
  const text = source.slice(0, offset) + source.slice(offset + 1);
  const before = source.slice(0, offset).split('\n');
  return { analysis: analyseTc(text), at: { line: before.length, column: (before.at(-1) ?? '').length + 1 }, text };
}

const labels = (source: string): readonly string[] => {
  const { analysis, at } = marked(source);
  return completeTc(analysis, at, english).map((item) => item.label);
};
const hover = (source: string): string => {
  const { analysis, at } = marked(source);
  return hoverTc(analysis, at, english)?.markdown ?? '(nothing)';
};
const rename = (source: string, name: string): string => {
  const { analysis, at, text } = marked(source);
  const found = renameTc(analysis, at, name, english);
  if (!found.ok) return found.error;
  const lines = text.split('\n');
  for (const o of found.value.toReversed()) lines[o.line - 1] = `${(lines[o.line - 1] ?? '').slice(0, o.column - 1)}${name}${(lines[o.line - 1] ?? '').slice(o.column - 1 + o.length)}`;
  return lines.join('\n');
};

const HEAD = 'sizes N = 8, M = 2 * N\ndef f(float(N, M) A, const float(M) W as "weight") -> (C) {\n';
const BODY = '  B(i) +=! A(i, k) * W(k)\n  @flop(64)\n  C(i) = fmax(B(i), 0.0) where i in 0:N\n}\n';
const FILE = HEAD + BODY;
const at = (needle: string, text = FILE): string => {
  const place = text.indexOf(needle.replace('|', ''));
  assert.ok(place >= 0, needle);
  return text.slice(0, place) + needle + text.slice(place + needle.length - 1);
};

test('hovers: types, inferred ranges, work, sizes, functions, keywords', () => {
  const cases = ['|N = 8', 'def |f(', 'float(|N', 'M) |A,', 'W| as', '|B(i) +=!', 'A(|i, k)', 'A(i, |k)', 'W(k|)', '|W(k)', '+=|!', '@|flop', '|fmax', 'wh|ere', 'C(|i) =', '|float(N', '|const', '| 0.0)'];
  checkGolden('tc-hovers.txt', cases.map((needle) => `${needle}\n${hover(at(needle)).replaceAll(/^/gm, '  ')}\n`).join(''));
});

test('a hover never throws, wherever a text is cut off', () => {
  for (let length = 0; length < FILE.length; length++) {
    const text = FILE.slice(0, length);
    const analysis = analyseTc(text);
    const lines = text.split('\n');
    const place = { line: lines.length, column: Math.max(1, (lines.at(-1) ?? '').length) };
    hoverTc(analysis, place, english);
    completeTc(analysis, place, english);
    signatureTc(analysis, place, english);
    semanticTokens(analysis);
    tcOutline(analysis, english);
    tcInlays(analysis, english);
    foldTc(analysis);
    assert.deepEqual(analysis.tree.wellFormed ? [] : formatTc(analysis), []);
  }
});

test('completion offers what can stand there, and nothing else', () => {
  assert.deepEqual(labels('|'), ['def', 'def conv2d', 'def matmul', 'sizes']);
  assert.ok(labels('def f(|').includes('float') && labels('def f(|').includes('const'));
  assert.deepEqual(labels(`${HEAD.replace('float(N, M) A', 'float(N, |) A')}`), ['M', 'N']);
  assert.deepEqual(labels(`${HEAD}  |\n`).slice(0, 2), ['C', 'tensor(i, j) = ...'], 'an output that is not computed yet comes first');
  assert.deepEqual(labels(`${HEAD}  B(i) +=! A(|\n`)[0], 'i', 'an index in the brackets of a tensor');
  const inside = labels(`${HEAD}  B(i) +=! |\n  C(i) = B(i)\n}`);
  assert.ok(['A', 'W', 'exp', 'fmax', 'select', 'i', 'N', 'double'].every((label) => inside.includes(label)), inside.join());
  assert.ok(!inside.includes('B') && !inside.includes('C'), 'only tensors that are defined before');
  assert.ok(labels(`${HEAD}  B(i) = W(i)\n  C(i) = B(i) + |\n}`).includes('B'));
  assert.ok(labels(`${HEAD}  B(i) = W(i) |\n`).includes('where'));
  assert.deepEqual(labels(`${HEAD}  B(i) +=! A(i, k) where |\n`), ['i', 'k']);
  assert.deepEqual(labels(`${HEAD}  B(i) +=! A(i, k) where i in 0:|\n`), ['M', 'N']);
  assert.deepEqual(labels(`${HEAD}  B(i) +=! A(i, k) where i |\n`), ['as', 'in']);
  assert.deepEqual(labels(`${HEAD}  @|\n`), ['always_unroll_inner', 'const_matrix', 'flop', 'no_split_at_inner', 'simplify_const_tensor_indices']);
  assert.deepEqual(labels(`${HEAD}  @no_split_at_inner(|)\n  B(i, j) = A(i, j)\n}`), ['i', 'j']);
  assert.deepEqual(labels(`${HEAD}  B(i) |\n`), ['=', '+=!', 'max=!', 'min=!', '*=!']);
  assert.deepEqual(labels('def f(float(2) A) -> (|'), []);
  assert.deepEqual(labels('# a comm|ent'), []);
  assert.deepEqual(labels('def f(float(2) A as "x|'), []);
});

test('every completion that is taken parses: snippets with their first holes make correct texts', () => {
  const taken = (snippet: string): string => snippet.replaceAll(/\$\{\d+:([^}]*)\}/g, '$1').replaceAll(/\$\{\d+\}/g, '').replaceAll(/\$\d/g, '');
  for (const item of completeTc(analyseTc(''), { line: 1, column: 1 }, english)) {
    if (!item.label.startsWith('def ')) continue;
    const found = parseTc(taken(item.snippet));
    assert.deepEqual(found.problems.filter((p) => p.severity === 'error'), [], item.snippet);
  }
  const conv = completeTc(analyseTc(''), { line: 1, column: 1 }, english).find((item) => item.label === 'def conv2d');
  assert.deepEqual(parseTc(taken(conv?.snippet ?? '')).defs[0]?.dag.outputs[0]?.shape, [1, 56, 56, 64]);
});

test('signatures of functions, tensors and attributes', () => {
  const signature = (source: string): unknown => {
    const { analysis, at: place } = marked(source);
    const found = signatureTc(analysis, place, english);
    return found === undefined ? undefined : [found.label, found.parameters[found.active]];
  };
  assert.deepEqual(signature(at('fmax(B(i), |0.0')), ['fmax(a, b)', 'b']);
  assert.deepEqual(signature(at('A(i, |k)')), ['A(0:8, 0:16)', '0:16']);
  assert.deepEqual(signature(at('fmax(B(|i)')), ['B(i in 0:8)', 'i in 0:8']);
  assert.deepEqual(signature(`${HEAD}  B(i) = select(i < 2, |\n`), ['select(condition, then, else)', 'then']);
  assert.deepEqual(signature(at('@flop(|64')), ['@flop(count)', 'count']);
  assert.equal(signature(at('B(|i) +=!')), undefined);
});

test('rename: each kind of name, everywhere it stands, and nothing else', () => {
  assert.equal(rename(at('B(|i) +=!'), 'row'), FILE.replace('B(i) +=! A(i, k)', 'B(row) +=! A(row, k)'));
  assert.equal(rename(at('A(i, |k)'), 'c'), FILE.replace('A(i, k) * W(k)', 'A(i, c) * W(c)'));
  assert.equal(rename(at('|W(k)'), 'V'), FILE.replace('W as', 'V as').replace('W(k)', 'V(k)'));
  assert.equal(rename(at('fmax(|B'), 'sum'), FILE.replaceAll('B(i)', 'sum(i)'));
  assert.equal(rename(at('-> (|C'), 'out'), FILE.replace('(C)', '(out)').replace('C(i)', 'out(i)'));
  assert.equal(rename(at('2 * |N'), 'K'), FILE.replaceAll(/\bN\b/g, 'K'));
  assert.equal(rename(at('def |f'), 'g'), FILE.replace('def f', 'def g'));
  assert.match(rename(at('|W(k)'), 'A'), /taken/);
  assert.match(rename(at('A(i, |k)'), 'i'), /taken/);
  assert.match(rename(at('A(i, |k)'), 'N'), /taken/, 'an index named like a size would be that size');
  assert.match(rename(at('A(i, |k)'), 'where'), /word of the language/);
  assert.match(rename(at('A(i, |k)'), '2x'), /no name/);
  assert.match(rename(at('|fmax'), 'x'), /can be renamed/);
  assert.match(rename('def f(float(|N) A) -> (B) { B(i) = A(i) }', 'M'), /outside/);
});

test('renaming an index, a parameter or a size changes the operator only by that name', () => {
  for (const { text, name } of texts) {
    const analysis = analyseTc(text);
    for (const symbol of new Set(analysis.symbols.all.map((o) => o.symbol))) {
      const first = analysis.symbols.of(symbol)[0];
      assert.ok(first);
      const found = renameTc(analysis, first, 'renamed_', english);
      assert.ok(found.ok, `${name}: ${symbol.name}`);
      const lines = text.split('\n');
      for (const o of found.value.toReversed()) lines[o.line - 1] = `${(lines[o.line - 1] ?? '').slice(0, o.column - 1)}renamed_${(lines[o.line - 1] ?? '').slice(o.column - 1 + o.length)}`;
      const after = parseTc(lines.join('\n'));
      assert.deepEqual(after.problems, [], `${name}: ${symbol.name}`);
      // A name in a text of its own is no part of another word.
      const normal = (dag: string): string => dag.replaceAll(new RegExp(`\\b${symbol.name}(?:_i)?\\b`, 'g'), '?').replaceAll(/\brenamed_(?:_i)?\b/g, '?');
      assert.equal(normal(after.defs.map((d) => dagText(d.dag)).join()), normal(parseTc(text).defs.map((d) => dagText(d.dag)).join()), `${name}: ${symbol.name}`);
    }
  }
});

const format = (text: string): string => applyEdits(text, formatTc(analyseTc(text)));

test('formatting: the files of the project stay as they are', () => {
  for (const { text, name } of texts) assert.equal(format(text), text, name);
});

test('formatting: blanks and line breaks, comments, attributes, ranges, conditions', () => {
  const messy = '# head\n\n\n\nsizes   N=4,M = 2*N\n# about f\ndef f  ( float( N ,M )A,const half(3)  W as   "w" )->(B , C){\n\n   # first\n   @always_unroll_inner( i,j )  @flop(12)\n B(i,j)max=!   -A(i ,j)*(-2.0 )  # trailing\n      where i in 0 :N, j in 0: M-1\n\n\n C( i )  =  (i<2&&! (i==1))?B(i,0):fmax( -B(i,1),0)   ; D(i)=C(i)\n   + B(i,\n 0)\n   # last\n }\n# end';
  checkGolden('formatted.tc', format(messy));
  assert.equal(format(format(messy)), format(messy));
  assert.equal(format('def f(float(2) A) -> (B) { B(i) = A(i) }'), 'def f(float(2) A) -> (B) {\n  B(i) = A(i)\n}\n');
  assert.equal(format('def f(float(2) A) -> (B) {\r\nB(i)=A(i)\r\n}\r\n'), 'def f(float(2) A) -> (B) {\r\n  B(i) = A(i)\r\n}\r\n', 'line breaks stay of their kind');
  assert.equal(format('def f( float(2) A -> (B) {'), 'def f( float(2) A -> (B) {', 'a text with syntax errors is left alone');
});

test('formatting is idempotent and never changes an operator, however the blanks were', () => {
  let formatted = 0;
  const blanks = fc.constantFrom('', ' ', '\n', '  ', '\n\n\n', '\t', ' \n  ', ' # remark\n', '\r\n');
  fc.assert(fc.property(fc.constantFrom(...texts), fc.array(blanks, { minLength: 40, maxLength: 60 }), ({ text, name }, gaps) => {
    // Other blanks between the tokens; where two words would join, one stays.
    const { tokens } = parseTcTree(text);
    let messy = '';
    tokens.forEach((token, k) => {
      const source = token.kind === 'string' ? JSON.stringify(token.text) : token.text;
      const gap = gaps[k % gaps.length] ?? '';
      messy += `${gap === '' && tokens[k - 1]?.kind !== 'sign' && token.kind !== 'sign' ? ' ' : gap}${source}`;
    });
    const before = parseTcTree(messy);
    if (JSON.stringify(before.tokens.map((t) => t.text)) !== JSON.stringify(tokens.map((t) => t.text)) || !before.wellFormed) return;
    formatted++;
    const once = format(messy);
    assert.equal(format(once), once, name);
    assert.equal(parseTc(once).defs.map((d) => dagText(d.dag)).join(), parseTc(text).defs.map((d) => dagText(d.dag)).join(), name);
  }), { seed: 11, numRuns: 150 });
  assert.ok(formatted > 75, `only ${formatted} of 150 texts could be formatted`);
});

test('outline, hints, folds and colours of a file', () => {
  const analysis = analyseTc(FILE);
  const show = (entry: TcOutlineEntry, indent: string): string => `${indent}${entry.kind} ${entry.name}: ${entry.detail}\n${entry.children.map((child) => show(child, `${indent}  `)).join('')}`;
  const outline = tcOutline(analysis, english).map((entry) => show(entry, '')).join('');
  const inlays = tcInlays(analysis, english).map((hint) => `${hint.line}:${hint.column} ${hint.label}\n`).join('');
  const folds = foldTc(analysis).map((fold) => `${fold.from + 1}-${fold.to + 1} ${fold.kind}\n`).join('');
  const colours = semanticTokens(analysis).map((token) => `${token.line}:${token.column} ${FILE.split('\n')[token.line - 1]?.slice(token.column - 1, token.column - 1 + token.length)} ${[token.type, ...token.modifiers].join(' ')}\n`).join('');
  checkGolden('tc-views.txt', `== outline\n${outline}== hints\n${inlays}== folds\n${folds}== colours\n${colours}`);
});
