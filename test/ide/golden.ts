/** Compares with a file in test/golden/ide; `UPDATE_GOLDEN=1` writes it. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** `name`: with its ending. */
export function checkGolden(name: string, actual: string): void {
  const file = fileURLToPath(new URL(`../golden/ide/${name}`, import.meta.url));
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, actual);
  }
  assert.ok(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1 and look at it`);
  assert.equal(actual, readFileSync(file, 'utf8'));
}
