/** Parameters of requests come from outside: these read them. Each throws DeskError for anything else. */
import { fileURLToPath } from 'node:url';
import type { RecordRef } from '../protocol/editor-commands.js';
import { DeskError } from './desk-error.js';

/** Anything that JSON can say. */
export type Json = unknown;

export function field(params: Json, name: string): Json {
  return typeof params === 'object' && params !== null && Object.hasOwn(params, name) ? Object.getOwnPropertyDescriptor(params, name)?.value : undefined;
}

export function stringField(params: Json, name: string): string {
  const value = field(params, name);
  if (typeof value !== 'string') throw new DeskError(`"${name}" must be a text`);
  return value;
}

/** An integer of at least `least`. */
export function intField(params: Json, name: string, least: number): number {
  const value = field(params, name);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) throw new DeskError(`"${name}" must be an integer of at least ${least}`);
  return value;
}

export function recordField(params: Json): RecordRef {
  return { uri: stringField(params, 'uri'), line: intField(params, 'line', 1) };
}

/** The path of a `file:` URI. */
export function fileOf(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch {
    throw new DeskError(`only files on a disk can be read, not ${uri}`);
  }
}
