/** Monaco's diff editor with two languages and what a reader needs; its worker starts from a blob, as content security wants it. */
import * as monaco from 'monaco-editor/editor.js';
import 'monaco-editor/features/clipboard/register.js';
import 'monaco-editor/features/codicon/register.js';
import 'monaco-editor/features/contextmenu/register.js';
import 'monaco-editor/features/diffEditor/register.js';
import 'monaco-editor/features/find/register.js';
import 'monaco-editor/features/folding/register.js';
import 'monaco-editor/features/gotoLine/register.js';
import 'monaco-editor/features/toggleTabFocusMode/register.js';
import * as c from 'monaco-editor/languages/definitions/cpp/cpp.js';
import * as python from 'monaco-editor/languages/definitions/python/python.js';
import workerSource from 'monaco-worker';
import { themeColour, themeOfBody } from '../base/theme.js';
import { codeColours } from './code-theme.js';
import type { DiffEditor, TextPair } from './diff-editor.js';

self.MonacoEnvironment = { getWorker: () => new Worker(URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }))) };

for (const [id, { conf, language }] of Object.entries({ c, python })) {
  monaco.languages.register({ id });
  monaco.languages.setLanguageConfiguration(id, conf);
  monaco.languages.setMonarchTokensProvider(id, language);
}

const BASES = { dark: 'vs-dark', light: 'vs', 'hc-dark': 'hc-black', 'hc-light': 'hc-light' } as const;
/** Monaco's colours by the editor's variables. */
const COLOURS: Readonly<Record<string, string>> = {
  'editor.background': '--vscode-editor-background', 'editor.foreground': '--vscode-editor-foreground', 'editorLineNumber.foreground': '--vscode-descriptionForeground',
  'editor.selectionBackground': '--vscode-editor-selectionBackground', 'diffEditor.insertedTextBackground': '--vscode-diffEditor-insertedTextBackground',
  'diffEditor.removedTextBackground': '--vscode-diffEditor-removedTextBackground', 'diffEditor.insertedLineBackground': '--vscode-diffEditor-insertedLineBackground',
  'diffEditor.removedLineBackground': '--vscode-diffEditor-removedLineBackground', focusBorder: '--vscode-focusBorder',
};

function applyTheme(): void {
  const theme = themeOfBody();
  const { rules, colors } = codeColours(theme, Object.fromEntries(Object.entries(COLOURS).map(([name, variable]) => [name, themeColour(variable)])));
  // Nothing is inherited: Monaco's own rules for words are too faint on the marks of differences.
  monaco.editor.defineTheme('ansor', { base: BASES[theme], inherit: false, rules: [...rules], colors: { ...colors } });
  monaco.editor.setTheme('ansor');
}

function create(element: HTMLElement, label: string): DiffEditor {
  applyTheme();
  const editor = monaco.editor.createDiffEditor(element, {
    readOnly: true, originalEditable: false, automaticLayout: true, renderSideBySide: true, useInlineViewWhenSpaceIsLimited: true, scrollBeyondLastLine: false, minimap: { enabled: false },
    fontFamily: themeColour('--vscode-editor-font-family'), fontSize: Number.parseInt(themeColour('--vscode-editor-font-size'), 10) || 13, originalAriaLabel: `${label}: left`, modifiedAriaLabel: `${label}: right`,
    hideUnchangedRegions: { enabled: true }, renderOverviewRuler: false, wordWrap: 'off', theme: 'ansor', tabFocusMode: true, editContext: false, renderFinalNewline: 'on',
  });
  return {
    show: ({ left, right, language }: TextPair) => {
      const old = editor.getModel();
      editor.setModel({ original: monaco.editor.createModel(left, language), modified: monaco.editor.createModel(right, language) });
      // Side editors drop the labels of the diff editor's options.
      editor.getOriginalEditor().updateOptions({ ariaLabel: `${label}: left` });
      editor.getModifiedEditor().updateOptions({ ariaLabel: `${label}: right` });
      element.querySelectorAll('textarea').forEach((area, k) => area.setAttribute('aria-label', `${label}: ${k === 0 ? 'left' : 'right'}`));
      old?.original.dispose();
      old?.modified.dispose();
    },
    setTheme: applyTheme,
  };
}

window.ansorDiffEditor = { create };
