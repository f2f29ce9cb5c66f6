/** The document around a page, for webviews and for browsers: one place that says what a page may load (content security). */
import type { PageSetup, Theme } from './page.js';

export interface PageDocument extends PageSetup {
  readonly title: string;
  readonly language: string;
  /** Whose files the page may load: a webview's `cspSource`, or `'self'`. */
  readonly cspSource: string;
  /** Where the page may send requests to: nowhere in a webview, `'self'` in a browser. */
  readonly connect?: string;
  /** Of a plain browser, which has no theme of its own. */
  readonly theme?: Theme | 'auto';
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

export function contentSecurity(nonce: string, cspSource: string, connect?: string): string {
  return [
    "default-src 'none'", `script-src 'nonce-${nonce}'`, 'worker-src blob:', `style-src ${cspSource} 'unsafe-inline'`, `font-src ${cspSource}`, `img-src ${cspSource} data:`,
    ...(connect === undefined ? [] : [`connect-src ${connect}`]),
  ].join('; ');
}

/** `nonce`: fresh and random for each document. */
export function pageHtml(document: PageDocument): string {
  const { page, params, l10n, base, nonce, title, language, cspSource, connect, theme } = document;
  const setup: PageSetup = { page, params, l10n, base, nonce };
  const href = (name: string): string => escapeHtml(`${base}${name}`);
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentSecurity(nonce, cspSource, connect))}">
<link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
${theme === undefined ? '' : `<link rel="stylesheet" href="${href('browser-theme.css')}">\n`}<link rel="stylesheet" href="${href(`${page}.css`)}">
<script type="application/json" id="page">${JSON.stringify(setup).replaceAll('<', '\\u003c')}</script>
</head>
<body${theme === undefined ? '' : ` data-theme="${theme}"`}>
<main id="root"></main>
<script nonce="${nonce}" src="${href(`${page}.js`)}"></script>
</body>
</html>
`;
}
