import type { Frame, Page } from 'playwright-core';

/** Serious and critical violations in words; none: the page passes. */
export function axeViolations(page: Page | Frame): Promise<readonly string[]>;
