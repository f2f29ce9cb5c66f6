/** Names that look like a mistyped one. */

const MOST = 3;

/** Insertions, deletions, substitutions and swaps of neighbours that make `b` of `a`; letters of another case count half. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, k) => k)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let k = 1; k <= b.length; k++) {
      const [x, y] = [a.charAt(i - 1), b.charAt(k - 1)];
      const other = x === y ? 0 : x.toLowerCase() === y.toLowerCase() ? 0.5 : 1;
      const above = rows[i - 1] ?? [];
      let least = Math.min((above[k] ?? 0) + 1, (row[k - 1] ?? 0) + 1, (above[k - 1] ?? 0) + other);
      if (i > 1 && k > 1 && x === b.charAt(k - 2) && y === a.charAt(i - 2)) least = Math.min(least, (rows[i - 2]?.[k - 2] ?? 0) + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? Infinity;
}

/** The nearest names first, at most three, none that would have to be typed anew. */
export function closest(word: string, names: readonly string[]): readonly string[] {
  const far = Math.max(1, Math.floor(word.length / 3));
  return [...new Set(names)].filter((name) => name !== word).map((name) => ({ name, d: distance(word, name) })).filter(({ name, d }) => d <= far && d < Math.max(word.length, name.length))
    .sort((x, y) => x.d - y.d || (x.name < y.name ? -1 : 1)).slice(0, MOST).map(({ name }) => name);
}
