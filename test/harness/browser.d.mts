import type { BrowserContext } from 'playwright-core';

/** Path of an installed Chromium or Chrome, or undefined. */
export function findChromium(): string | undefined;
export function launchChromium(): Promise<BrowserContext>;
