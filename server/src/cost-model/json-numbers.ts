/** Reading of unknown JSON values: absent or wrong parts are undefined. */

export function field(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return at;
}

export function numbers(value: unknown): number[] | undefined {
  return Array.isArray(value) && value.every((x) => typeof x === 'number') ? value : undefined;
}
