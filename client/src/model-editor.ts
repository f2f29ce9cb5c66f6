/** Opens `.onnx` files: a page with what is in the model and a way to tune it. The page has no script. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { ModelSummary } from '../../server/src/protocol/lsp.js';
import type { Server } from './server.js';

const VIEW_TYPE = 'ansor.model';

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function list(title: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  return `<h2>${escapeHtml(title)}</h2><ul>${items.map((item) => `<li><code>${escapeHtml(item)}</code></li>`).join('')}</ul>`;
}

function render(summary: ModelSummary, uri: vscode.Uri, cspSource: string): string {
  const tune = `command:ansor.tuneCurrentModel`;
  const operators = summary.operators.map(({ name, count }) => `<tr><td>${escapeHtml(name)}</td><td>${count}</td></tr>`).join('');
  const size = vscode.l10n.t('{0} nodes, {1} kB', summary.nodes, Math.ceil(summary.bytes / 1024));
  const body = summary.problem === undefined
    ? `<p>${escapeHtml(size)}</p><p><a class="button" href="${tune}">${escapeHtml(vscode.l10n.t('Tune This Model'))}</a></p>
${list(vscode.l10n.t('Inputs'), summary.inputs)}${list(vscode.l10n.t('Outputs'), summary.outputs)}
<h2>${escapeHtml(vscode.l10n.t('Operators'))}</h2><table><tbody>${operators}</tbody></table>`
    : `<p role="alert">${escapeHtml(summary.problem)}</p>`;
  return `<!DOCTYPE html>
<html lang="${escapeHtml(vscode.env.language)}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${cspSource} 'unsafe-inline';">
<style>
  body { font: var(--vscode-font-size) var(--vscode-font-family); color: var(--vscode-foreground); padding: 0 2em 2em; }
  h2 { font-size: 1.1em; margin: 1.5em 0 0.3em; } ul { padding-left: 1.2em; margin: 0; }
  td { padding: 0.1em 1.5em 0.1em 0; } td + td { text-align: right; } code { font-family: var(--vscode-editor-font-family); }
  .button { display: inline-block; padding: 0.4em 1.2em; background: var(--vscode-button-background); color: var(--vscode-button-foreground); text-decoration: none; border-radius: 2px; }
  .button:hover { background: var(--vscode-button-hoverBackground); } .button:focus { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
</style></head><body><h1>${escapeHtml(path.basename(uri.path))}</h1>${body}</body></html>`;
}

async function show(server: Server, uri: vscode.Uri, webview: vscode.Webview): Promise<void> {
  const unread = (problem: string): ModelSummary => ({ file: uri.fsPath, bytes: 0, inputs: [], outputs: [], nodes: 0, operators: [], problem });
  const summary = uri.scheme === 'file'
    ? await server.modelSummary(uri.fsPath).catch((error: unknown) => unread(error instanceof Error ? error.message : String(error)))
    : unread(vscode.l10n.t('Only files on a disk can be read.'));
  webview.html = render(summary, uri, webview.cspSource);
}

export function registerModelEditor(server: Server): vscode.Disposable {
  return vscode.window.registerCustomEditorProvider(VIEW_TYPE, {
    openCustomDocument: (uri): vscode.CustomDocument => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: (document, panel) => {
      panel.webview.options = { enableCommandUris: ['ansor.tuneCurrentModel'], localResourceRoots: [] };
      return show(server, document.uri, panel.webview);
    },
  }, { supportsMultipleEditorsPerDocument: true });
}
