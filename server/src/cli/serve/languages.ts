/** The languages of the pages in a browser: the translations that lie beside the pages' scripts, and which of them a browser asks for. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Texts by the English sentence. */
export type Texts = Readonly<Record<string, string>>;

const LONGEST_HEADER = 500;

/** Translations by language (`de`), from `bundle.l10n.de.json` and the like; a file that cannot be read is none. */
export function readLanguages(folder: string): ReadonlyMap<string, Texts> {
  const found = new Map<string, Texts>();
  let names: readonly string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    return found;
  }
  for (const name of names) {
    const language = /^bundle\.l10n\.([a-z-]+)\.json$/.exec(name)?.[1];
    if (language === undefined) continue;
    try {
      const texts: unknown = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
      if (typeof texts === 'object' && texts !== null) found.set(language, Object.fromEntries(Object.entries(texts).filter((entry): entry is [string, string] => typeof entry[1] === 'string')));
    } catch { /* English then */ }
  }
  return found;
}

/** The first language of `Accept-Language` that is known, by its weight; English otherwise. */
export function askedLanguage(header: string | undefined, known: ReadonlyMap<string, unknown>): string {
  const wanted = (header ?? '').slice(0, LONGEST_HEADER).split(',').map((part) => {
    const [tag = '', ...more] = part.trim().toLowerCase().split(';');
    const weight = Number(more.map((one) => /^\s*q=([\d.]+)\s*$/.exec(one)?.[1]).find((q) => q !== undefined) ?? 1);
    return { language: tag.split('-')[0] ?? '', weight: Number.isFinite(weight) ? weight : 0 };
  }).filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  return wanted.map(({ language }) => language).find((language) => language === 'en' || known.has(language)) ?? 'en';
}
