// axe-core on an open page or on a frame of one.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Serious and critical violations in words; none: the page passes. */
export async function axeViolations(page) {
  const run = `(async () => { ${source}; const { violations } = await axe.run(document, { resultTypes: ['violations'] }); return violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => ({ html, failureSummary })) })); })()`;
  // Evaluated by the debugger's interface, which content security does not hinder.
  const violations = await page.evaluate(run);
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map((n) => `${n.html.slice(0, 200)} ${n.failureSummary.replace(/\s+/g, ' ').slice(0, 300)}`).join(' | ')}`);
}
