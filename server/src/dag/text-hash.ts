/** md5 of texts that share beginnings: what is hashed once is continued many times. */
import { md5 } from '@noble/hashes/legacy.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/** The state of a hash after some text. */
export type TextHash = ReturnType<typeof md5.create>;

export function hashOf(text: string): TextHash {
  return md5.create().update(utf8ToBytes(text));
}

/** Compares sums with one that is wanted (32 lower-case hexadecimal digits). */
export interface HashTarget {
  /** Whether `start` continued by `rest` has the wanted sum; `start` is not changed. */
  reached(start: TextHash, rest: Uint8Array): boolean;
}

export function hashTarget(hex: string): HashTarget {
  const wanted = hexToBytes(hex);
  const work = md5.create();
  const sum = new Uint8Array(wanted.length);
  return {
    reached(start, rest) {
      start._cloneInto(work);
      work.update(rest).digestInto(sum);
      return sum.every((byte, i) => byte === wanted[i]);
    },
  };
}

export function textBytes(text: string): Uint8Array {
  return utf8ToBytes(text);
}
