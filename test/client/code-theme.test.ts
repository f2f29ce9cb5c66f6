import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { contrast, hexColour, over, parseColour, readable, type Colour } from '../../client/web/base/contrast.js';
import { codeColours } from '../../client/web/schedule-diff/code-theme.js';

const of = (text: string): Colour => parseColour(text) ?? assert.fail(text);
/** Diff marks of VS Code's default themes. */
const MARKS = {
  'diffEditor.insertedLineBackground': 'rgba(155, 185, 85, 0.2)', 'diffEditor.removedLineBackground': 'rgba(255, 0, 0, 0.2)',
  'diffEditor.insertedTextBackground': '#9ccc2c40', 'diffEditor.removedTextBackground': '#ff000033',
};

test('colours are read as themes write them, and contrast is as WCAG counts it', () => {
  assert.deepEqual(of('#0f8'), { r: 0, g: 255, b: 136, a: 1 });
  assert.deepEqual(of('rgba(255, 0, 0, 0.2)'), { r: 255, g: 0, b: 0, a: 0.2 });
  assert.equal(hexColour(of('#9ccc2c40')), '#9ccc2c40');
  assert.equal(parseColour('red'), undefined);
  assert.equal(parseColour(''), undefined);
  assert.equal(contrast(of('#000'), of('#fff')), 21);
  // Published: #767676 is the lightest grey that passes on white, #777777 the first that does not.
  assert.ok(contrast(of('#767676'), of('#fff')) >= 4.5 && contrast(of('#777777'), of('#fff')) < 4.5);
  assert.equal(hexColour(over(of('rgba(255, 0, 0, 0.2)'), of('#fff'))), '#ffcccc');
});

test('a colour that can be read stays; one that cannot is moved no further than needed', () => {
  assert.deepEqual(readable(of('#d4d4d4'), [of('#1e1e1e')]), of('#d4d4d4'));
  const moved = readable(of('#008000'), [of('#ffb3b3')]);
  assert.ok(contrast(moved, of('#ffb3b3')) >= 4.5 && contrast(moved, of('#ffb3b3')) < 6, hexColour(moved));
});

for (const [theme, background] of [['dark', '#1f1f1f'], ['light', '#ffffff'], ['hc-dark', '#000000'], ['hc-light', '#ffffff'], ['dark', '#002b36'], ['light', '#fdf6e3']] as const) {
  test(`words of code in a ${theme} theme with background ${background} have a contrast of 4.5 on the editor and on all marks of differences`, () => {
    const { rules, colors, backgrounds } = codeColours(theme, { 'editor.background': background, 'editorLineNumber.foreground': '#808080', ...MARKS });
    assert.equal(backgrounds.length, 7);
    for (const text of [...rules.map((rule) => `#${rule.foreground}`), ...Object.entries(colors).filter(([name]) => /oreground/.test(name)).map(([, value]) => value)])
      for (const under of backgrounds) assert.ok(contrast(of(text), of(under)) >= 4.5, `${text} on ${under}: ${contrast(of(text), of(under))}`);
  });
}

test('the theme of a browser window names colours that can be read', () => {
  const css = readFileSync(new URL('../../client/web/base/browser-theme.css', import.meta.url), 'utf8');
  const values = [...css.matchAll(/--vscode-diffEditor-\w+: ([^;]+);/g)].map((found) => found[1] ?? '');
  assert.ok(values.length >= 8);
  assert.deepEqual(values.filter((value) => parseColour(value) === undefined && value !== 'transparent'), []);
});
