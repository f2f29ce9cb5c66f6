/** Files of a `.tar.gz` (POSIX ustar, the fields that archives of plain files use). */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const BLOCK = 512;

export function readArchive(file: string): ReadonlyMap<string, Uint8Array> {
  const bytes = gunzipSync(readFileSync(file));
  const text = (at: number, length: number): string => bytes.subarray(at, at + length).toString('latin1').replace(/\0[\s\S]*$/, '');
  const files = new Map<string, Uint8Array>();
  let longName = '';
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0;) {
    const size = parseInt(text(at + 124, 12), 8);
    const kind = text(at + 156, 1);
    const start = at + BLOCK;
    // GNU's long names: the name of the next entry is this one's content.
    if (kind === 'L') {
      longName = text(start, size);
    } else {
      const prefix = text(at + 257, 5) === 'ustar' && text(at + 345, 155) !== '' ? `${text(at + 345, 155)}/` : '';
      const name = (longName !== '' ? longName : prefix + text(at, 100)).replace(/^\.\//, '');
      longName = '';
      if (kind === '0' || kind === '') files.set(name, bytes.subarray(start, start + size));
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
