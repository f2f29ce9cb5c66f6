/** Translation of the server's sentences: by the texts that the client hands over, English otherwise. */

/** Fills `{name}` holes of a sentence in the user's language. */
export type Translate = (sentence: string, values?: Readonly<Record<string, string | number>>) => string;

export function createTranslate(texts: Readonly<Record<string, string>> | undefined): Translate {
  return (sentence, values = {}) => (texts?.[sentence] ?? sentence).replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
}
