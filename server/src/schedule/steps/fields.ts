/** Reads the fields of a step's record. The first wrong field makes the whole step wrong. */
import { err, ok, type Result } from '../../base/result.js';
import type { FieldError } from './definition.js';

class WrongField extends Error {
  constructor(readonly field: number, message: string) { super(message); }
}

/** Checked access to the fields of one record; each method throws WrongField, which `readFields` catches. A class, because logs are long. */
export class FieldReader {
  constructor(private readonly record: readonly unknown[], private readonly names: readonly string[]) {}

  int(field: number): number {
    const value = this.record[field];
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : this.wrong(field, 'an integer');
  }

  bool(field: number): boolean {
    const value = this.record[field];
    return value === 0 || value === 1 ? value === 1 : this.wrong(field, '0 or 1');
  }

  text(field: number): string {
    const value = this.record[field];
    return typeof value === 'string' ? value : this.wrong(field, 'a string');
  }

  ints(field: number): readonly number[] {
    const value = this.record[field];
    return Array.isArray(value) && value.every(Number.isSafeInteger) ? value : this.wrong(field, 'a list of integers');
  }

  private wrong(field: number, what: string): never {
    throw new WrongField(field, `${this.names[field - 1]} of ${String(this.record[0])} must be ${what}`);
  }
}

/** Builds a step from `record`, which must have `names.length` fields after the kind. */
export function readFields<S>(record: readonly unknown[], names: readonly string[], build: (fields: FieldReader) => S): Result<S, FieldError> {
  if (record.length !== names.length + 1) {
    const field = Math.min(record.length, names.length + 1) - 1;
    const fields = `${names.length} field${names.length === 1 ? '' : 's'}`;
    return err({ field, message: `${String(record[0])} has ${fields} (${names.join(', ')}), not ${record.length - 1}` });
  }
  try {
    return ok(build(new FieldReader(record, names)));
  } catch (error) {
    if (error instanceof WrongField) return err({ field: error.field, message: error.message });
    throw error;
  }
}
