/** What the document of a page hands over to its script. */
import type { PageSetup } from '../../../server/src/protocol/page.js';

export function pageSetup(): PageSetup {
  const setup: PageSetup = JSON.parse(document.getElementById('page')?.textContent ?? '{}');
  return setup;
}

let texts: Readonly<Record<string, string>> | undefined;

/** A sentence in the user's language; `{name}` holes are filled. */
export function t(sentence: string, values: Readonly<Record<string, string | number>> = {}): string {
  texts ??= pageSetup().l10n;
  return (texts[sentence] ?? sentence).replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
}
