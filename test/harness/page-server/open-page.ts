/** Opens a page in Chromium over the real desk: what tests of pages begin with. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { startPageServer } from '../../../server/src/cli/serve/page-server.js';
import { openDesk, type Desk } from '../../../server/src/desk/desk.js';
import type { PageEvent, PageName, Theme } from '../../../server/src/protocol/page.js';
import { english } from '../../../server/src/schedule/steps/definition.js';
import { buildWeb } from '../../../tools/build-web.mjs';
import { findChromium } from '../browser.mjs';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const THEMES: readonly Theme[] = ['dark', 'light', 'hc-dark', 'hc-light'];
const shots = path.join(root, 'out/pages');

/** Why tests of pages cannot run here; false if they can. For `test(name, { skip: noBrowser() }, …)`. */
export function noBrowser(): string | false {
  return findChromium() === undefined ? 'chromium is not installed (Debian package chromium)' : false;
}

export interface PageServer {
  readonly desk: Desk;
  /** A fresh window of the page; the one before is closed, so that it is not drawn any more. Errors of its scripts and refused contents (content security) are collected. */
  open(page: PageName, params: unknown, options?: { readonly theme?: Theme; readonly width?: number; readonly height?: number; readonly reducedMotion?: boolean }): Promise<OpenedPage>;
  emit(event: PageEvent): void;
  close(): Promise<void>;
}

export interface OpenedPage {
  readonly page: Page;
  /** What its scripts complained of. */
  readonly complaints: readonly string[];
  /** Writes `out/pages/NAME.png`. */
  shot(name: string): Promise<void>;
}

/** The folder of the pages as they are bundled: where the test command has done so just now, else a folder that `remove` takes away. */
async function bundledPages(): Promise<{ readonly web: string; remove(): void }> {
  const bundled = process.env['ANSOR_BUILT'];
  if (bundled !== undefined) return { web: path.join(bundled, 'web'), remove: () => undefined };
  const web = mkdtempSync(path.join(tmpdir(), 'ansor-web-'));
  await buildWeb(build, web);
  return { web, remove: () => rmSync(web, { recursive: true, force: true }) };
}

/** Serves the pages, with a desk of its own, as `ansor serve` does. `folder`: what may be shown. Call `close` in `after`. */
export async function servePages(folder: string): Promise<PageServer> {
  mkdirSync(shots, { recursive: true });
  const { web, remove } = await bundledPages();
  // The server needs the desk and the desk tells the server: events flow once both are there.
  const told: { emit(event: PageEvent): void } = { emit: () => undefined };
  const desk = openDesk({ words: english, openDocument: () => undefined, emit: (event) => told.emit(event) });
  const server = await startPageServer({ root: realpathSync(folder), web, port: 0, desk });
  told.emit = (event) => server.emit(event);
  const base = `http://127.0.0.1:${server.port}`;
  const executablePath = findChromium();
  const browser: Browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), headless: true, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'] });
  let before: BrowserContext | undefined;
  return {
    desk,
    emit: (event) => server.emit(event),
    open: async (name, params, { theme = 'dark', width = 1100, height = 750, reducedMotion = true } = {}) => {
      await before?.close();
      const context = before = await browser.newContext({
        viewport: { width, height }, colorScheme: theme.endsWith('light') ? 'light' : 'dark', contrast: theme.startsWith('hc') ? 'more' : 'no-preference', reducedMotion: reducedMotion ? 'reduce' : 'no-preference', acceptDownloads: true,
      });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      await page.goto(server.url);
      await page.goto(`${base}/${name}?${new URLSearchParams({ params: JSON.stringify(params) })}`);
      return { page, complaints, shot: async (file) => void (await page.screenshot({ path: path.join(shots, `${file}.png`) })) };
    },
    close: async () => {
      await browser.close();
      await server.close();
      desk.close();
      remove();
    },
  };
}
