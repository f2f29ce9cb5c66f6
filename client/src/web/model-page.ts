/** A model's summary in a browser: a page without scripts. */
import * as vscode from 'vscode';
import type { ModelSummary } from '../../../server/src/protocol/lsp.js';

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function list(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `<h2>${escapeHtml(title)}</h2><ul>${items.map((item) => `<li><code>${escapeHtml(item)}</code></li>`).join('')}</ul>`;
}

export function modelPage({ file, bytes, inputs, outputs, nodes, operators, problem }: ModelSummary, cspSource: string): string {
  const rows = operators.map(({ name, count }) => `<tr><td>${escapeHtml(name)}</td><td>${count}</td></tr>`).join('');
  const body = problem !== undefined ? `<p role="alert">${escapeHtml(problem)}</p>`
    : `<p>${escapeHtml(vscode.l10n.t('{0} nodes, {1} kB', nodes, Math.ceil(bytes / 1024)))}</p>${list(vscode.l10n.t('Inputs'), inputs)}${list(vscode.l10n.t('Outputs'), outputs)}
<h2>${escapeHtml(vscode.l10n.t('Operators'))}</h2><table><tbody>${rows}</tbody></table>`;
  return `<!DOCTYPE html>
<html lang="${escapeHtml(vscode.env.language)}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${cspSource} 'unsafe-inline';">
<style>
  body { font: var(--vscode-font-size) var(--vscode-font-family); color: var(--vscode-foreground); padding: 0 2em 2em; }
  h2 { font-size: 1.1em; margin: 1.5em 0 0.3em; } ul { padding-left: 1.2em; margin: 0; } td { padding: 0.1em 1.5em 0.1em 0; } td + td { text-align: right; }
</style></head><body><h1>${escapeHtml(file)}</h1>${body}</body></html>`;
}
