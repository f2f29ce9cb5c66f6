/** axe-core on an open page. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation { readonly id: string; readonly impact: string; readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[] }

/** Serious and critical violations in words; none: the page passes. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  const run = `(async () => { ${source}; const { violations } = await axe.run(document, { resultTypes: ['violations'] }); return violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => ({ html, failureSummary })) })); })()`;
  // Evaluated by the debugger's interface, which content security does not hinder.
  const violations: readonly Violation[] = await page.evaluate(run);
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map((n) => `${n.html.slice(0, 200)} ${n.failureSummary.replace(/\s+/g, ' ').slice(0, 300)}`).join(' | ')}`);
}
