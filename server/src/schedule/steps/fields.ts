/** Reads the fields of a step's record. The first wrong field makes the whole step wrong. */
import { err, ok, type Result } from '../../base/result.js';
import type { FieldError } from './definition.js';

export interface FieldReader {
  int(field: number): number;
  bool(field: number): boolean;
  text(field: number): string;
  ints(field: number): readonly number[];
}

class WrongField extends Error {
  constructor(readonly field: number, message: string) { super(message); }
}

function isInt(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

/** Builds a step from `record`, which must have `names.length` fields after the kind. */
export function readFields<S>(record: readonly unknown[], names: readonly string[], build: (fields: FieldReader) => S): Result<S, FieldError> {
  const kind = String(record[0]);
  if (record.length !== names.length + 1) {
    const field = Math.min(record.length, names.length + 1) - 1;
    return err({ field, message: `${kind} has ${names.length} field${names.length === 1 ? '' : 's'} (${names.join(', ')}), not ${record.length - 1}` });
  }
  const wrong = (field: number, what: string): never => {
    throw new WrongField(field, `${names[field - 1]} of ${kind} must be ${what}`);
  };
  const int = (field: number): number => {
    const value = record[field];
    return isInt(value) ? value : wrong(field, 'an integer');
  };
  const reader: FieldReader = {
    int,
    bool: (field) => {
      const value = record[field];
      return value === 0 || value === 1 ? value === 1 : wrong(field, '0 or 1');
    },
    text: (field) => {
      const value = record[field];
      return typeof value === 'string' ? value : wrong(field, 'a string');
    },
    ints: (field) => {
      const value = record[field];
      return Array.isArray(value) && value.every(isInt) ? value : wrong(field, 'a list of integers');
    },
  };
  try {
    return ok(build(reader));
  } catch (error) {
    if (error instanceof WrongField) return err({ field: error.field, message: error.message });
    throw error;
  }
}
