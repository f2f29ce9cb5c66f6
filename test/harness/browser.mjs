// Chromium for the workbench, and the workbench's page.
import { accessSync, constants, rmSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { tempDir } from './vscode-server.mjs';

/** Path of an installed Chromium or Chrome, or undefined. The one that has no windows of its own is asked for first: a page costs it less than half the work. */
export function findChromium() {
  const named = process.env.CHROMIUM;
  const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const places = (process.env.PATH ?? '').split(path.delimiter);
  for (const file of [...(named ? [named] : []), ...names.flatMap((name) => places.map((place) => path.join(place, name)))]) {
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch { /* next */ }
  }
  return undefined;
}

export async function launchChromium() {
  const profile = tempDir('profile');
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(), headless: true, viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  // The browser writes to it until its last moment.
  process.on('exit', () => {
    try {
      rmSync(profile, { recursive: true, force: true, maxRetries: 3, retryDelay: 200 });
    } catch { /* a leftover in the temporary folder */ }
  });
  return context;
}
