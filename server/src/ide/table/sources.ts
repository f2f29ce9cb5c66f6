/** Where the programs of records are from that were not searched for (docs/log-format.md, "Reuse"), as bits of a column. */
import type { TrialSource } from '../../records/comments.js';

const BORROWED = 1;
const COMPATIBLE = 2;
const UNVERIFIED = 4;

export function sourceBits({ from, unverified }: TrialSource): number {
  return (from === 'compatible' ? COMPATIBLE : BORROWED) | (unverified === true ? UNVERIFIED : 0);
}

export const SOURCES = ['own', 'borrowed', 'compatible', 'unverified'] as const;
export type Source = (typeof SOURCES)[number];

const BITS: Readonly<Record<Source, number>> = { own: 0, borrowed: BORROWED, compatible: COMPATIBLE, unverified: UNVERIFIED };

/** `bits`: of one record. `own`: it is from nowhere else. */
export function isFrom(bits: number, source: Source): boolean {
  return source === 'own' ? bits === 0 : (bits & BITS[source]) !== 0;
}
