/**
 * Assertions for programmer errors: they throw, and only a request boundary catches them.
 * Expected failures are values (see `result.ts`).
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}

/** The value, or an error that names what was missing. */
export function defined<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new Error(`assertion failed: ${what} is missing`);
  return value;
}

/** Makes a `switch` over a union exhaustive: a new member is a compile error here. */
export function unreachable(value: never): never {
  throw new Error(`assertion failed: unexpected ${JSON.stringify(value)}`);
}
