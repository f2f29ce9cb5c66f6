/** Colours of code in the diff editor for the four kinds of themes: words are readable on the editor's background and on the marks of differences, whatever theme is in use. */
import type { Theme } from '../../../server/src/protocol/page.js';
import { hexColour, over, parseColour, readable, type Colour } from '../base/contrast.js';

/** Tokens of the languages by the beginnings of their names; brackets by their depth. */
interface Palette { readonly tokens: Readonly<Record<string, string>>; readonly brackets: readonly string[]; readonly background: string; readonly foreground: string }

/** As in VS Code's own themes. */
const PALETTES: Readonly<Record<Theme, Palette>> = {
  dark: {
    tokens: { comment: '#6a9955', keyword: '#569cd6', number: '#b5cea8', string: '#ce9178', type: '#4ec9b0', annotation: '#dcdcaa', 'string.invalid': '#f48771' },
    brackets: ['#ffd700', '#da70d6', '#179fff'], background: '#1e1e1e', foreground: '#d4d4d4',
  },
  light: {
    tokens: { comment: '#008000', keyword: '#0000ff', number: '#098658', string: '#a31515', type: '#267f99', annotation: '#795e26', 'string.invalid': '#cd3131' },
    brackets: ['#0431fa', '#319331', '#7b3814'], background: '#ffffff', foreground: '#000000',
  },
  'hc-dark': {
    tokens: { comment: '#7ca668', keyword: '#569cd6', number: '#b5cea8', string: '#ce9178', type: '#4ec9b0', annotation: '#dcdcaa', 'string.invalid': '#f48771' },
    brackets: ['#ffd700', '#da70d6', '#87cefa'], background: '#000000', foreground: '#ffffff',
  },
  'hc-light': {
    tokens: { comment: '#515151', keyword: '#0f4a85', number: '#096d48', string: '#a31515', type: '#185e73', annotation: '#5e2cbc', 'string.invalid': '#b5200d' },
    brackets: ['#0431fa', '#316331', '#7b3814'], background: '#ffffff', foreground: '#292929',
  },
};

export interface CodeColours {
  readonly rules: readonly { readonly token: string; readonly foreground: string }[];
  readonly colors: Readonly<Record<string, string>>;
  /** What words stand on. */
  readonly backgrounds: readonly string[];
}

/** Marks of lines and, over them, of words. */
const LINES = ['diffEditor.insertedLineBackground', 'diffEditor.removedLineBackground'];
const WORDS = ['diffEditor.insertedTextBackground', 'diffEditor.removedTextBackground'];
/** Colours of text. */
const TEXTS = ['editor.foreground', 'editorLineNumber.foreground', 'editorLineNumber.activeForeground'];

/** `given`: the editor's colours by Monaco's names, as far as the theme has them. */
export function codeColours(theme: Theme, given: Readonly<Record<string, string>>): CodeColours {
  const palette = PALETTES[theme];
  const colour = (name: string): Colour[] => [parseColour(given[name] ?? '')].filter((one) => one !== undefined);
  const black: Colour = { r: 0, g: 0, b: 0, a: 1 };
  const editor = [...colour('editor.background'), ...[parseColour(palette.background)].filter((one) => one !== undefined)].map((one) => over(one, black))[0] ?? black;
  const backgrounds = [editor, ...LINES.flatMap((line, k) => {
    const [under = editor] = colour(line).map((one) => over(one, editor));
    return [under, ...colour(WORDS[k] ?? '').flatMap((word) => [over(word, under), over(word, editor)])];
  })];
  const ink = (text: string): string => hexColour(readable(over(parseColour(text) ?? black, editor), backgrounds));
  const kept = Object.fromEntries(Object.entries(given).flatMap(([name]) => colour(name).map((one) => [name, hexColour(one)])));
  return {
    rules: Object.entries(palette.tokens).map(([token, text]) => ({ token, foreground: ink(text).slice(1) })),
    colors: {
      ...kept, 'editor.background': hexColour(editor), 'editor.foreground': ink(palette.foreground),
      ...Object.fromEntries(TEXTS.flatMap((name) => (kept[name] === undefined ? [] : [[name, ink(kept[name])]]))),
      ...Object.fromEntries(Array.from({ length: 6 }, (_, k) => [`editorBracketHighlight.foreground${k + 1}`, ink(palette.brackets[k % palette.brackets.length] ?? palette.foreground)])),
    },
    backgrounds: backgrounds.map(hexColour),
  };
}
