/** Checked access to parsed JSON: a wrong value is reported with its path, so that its column can be found. */
import type { JsonPath } from './json-locate.js';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Thrown and caught inside a reader of one line. */
export class WrongValue extends Error {
  constructor(readonly path: JsonPath, message: string) { super(message); }
}

function wrong(path: JsonPath, what: string, message: string): never {
  throw new WrongValue(path, `${what} must be ${message}`);
}

export function isObject(value: unknown): value is Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asArray(value: unknown, path: JsonPath, what: string): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : wrong(path, what, 'a list');
}

export function asString(value: unknown, path: JsonPath, what: string): string {
  return typeof value === 'string' ? value : wrong(path, what, 'a string');
}

export function asNumber(value: unknown, path: JsonPath, what: string): number {
  return typeof value === 'number' ? value : wrong(path, what, 'a number');
}

export function asInt(value: unknown, path: JsonPath, what: string): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : wrong(path, what, 'an integer');
}

export function asList<T>(value: unknown, path: JsonPath, what: string, item: (value: unknown, path: JsonPath, what: string) => T): readonly T[] {
  return asArray(value, path, what).map((v, k) => item(v, [...path, k], `item ${k} of ${what}`));
}
