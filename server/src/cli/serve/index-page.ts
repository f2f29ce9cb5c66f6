/** The first page of `ansor serve`: what the folder holds, with links to the pages. It has no script. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Translate } from '../../desk/translate.js';
import { escapeHtml } from '../../protocol/page-html.js';
import type { PageName } from '../../protocol/page.js';
import type { ListedFile } from './list-folder.js';

function link(page: PageName, params: unknown, text: string): string {
  return `<a href="${escapeHtml(`${page}?${new URLSearchParams({ params: JSON.stringify(params) }).toString()}`)}">${escapeHtml(text)}</a>`;
}

function size(bytes: number): string {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}

function section(title: string, files: readonly ListedFile[], links: (uri: string) => readonly string[]): string {
  if (files.length === 0) return '';
  const rows = files.map((f) => `<tr><td><code>${escapeHtml(f.name)}</code></td><td class="size">${size(f.bytes)}</td><td>${links(pathToFileURL(f.path).href).join(' · ')}</td></tr>`).join('\n');
  return `<h2>${escapeHtml(title)}</h2>\n<table><tbody>\n${rows}\n</tbody></table>\n`;
}

/** `language`: of the sentences that `t` gives. */
export function indexPage(root: string, { files, complete }: { readonly files: readonly ListedFile[]; readonly complete: boolean }, language: string, t: Translate): string {
  const say = (sentence: string): string => escapeHtml(sentence).replace(/&#96;([^&]*)&#96;|`([^`]*)`/g, (_, a: string | undefined, b: string | undefined) => `<code>${a ?? b ?? ''}</code>`);
  const of = (kind: ListedFile['kind']): readonly ListedFile[] => files.filter((f) => f.kind === kind);
  const body = files.length === 0 ? `<p>${say(t('There are no tuning logs, models or operators in this folder. `ansor tune MODEL` makes a log.'))}</p>`
    : section(t('Tuning logs'), of('log'), (uri) => [link('record-table', { uri }, t('records')), link('dashboard', { uri }, t('Dashboard'))])
      + section(t('Models'), of('model'), (uri) => [link('model', { uri }, t('summary'))]) + section(t('Operators'), of('operator'), () => [`<span class="dim">${say(t('tune it with `ansor tune`'))}</span>`]);
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}"><head><meta charset="utf-8"><link rel="icon" href="data:,"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Ansor: ${escapeHtml(path.basename(root))}</title>
<link rel="stylesheet" href="web/browser-theme.css">
<style>
  :root { color-scheme: light dark; } body { font: 14px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; background: var(--vscode-editor-background); color: var(--vscode-foreground); } a { color: var(--vscode-textLink-foreground); }
  h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 0.3rem; } td { padding: 0.15rem 1.5rem 0.15rem 0; } .size { text-align: right; } .dim { opacity: 0.8; }
</style></head>
<body data-theme="auto"><main><h1>Ansor: ${escapeHtml(root)}</h1>
${body}${complete ? '' : `<p>${say(t('There are more: serve a smaller folder to see them.'))}</p>`}</main></body></html>
`;
}
