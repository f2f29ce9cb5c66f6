/** The places of transform steps in a line of a log. */

/** Where each transform step of a record begins and ends; nothing for other lines. The steps are the lists that start with a kind in capitals. */
export function stepPlaces(line: string): readonly { readonly start: number; readonly end: number }[] {
  const end = line.lastIndexOf('"r"');
  const found = [...line.slice(0, end < 0 ? undefined : end).matchAll(/\[\s*"(?:AN|FU|PR|RE|SP|FSP|FFSP|SA|CA|CI|CR|CHR|CHW|RF|TS|RS)"/g)];
  return found.map((match, k) => ({ start: match.index, end: found[k + 1]?.index ?? end }));
}
