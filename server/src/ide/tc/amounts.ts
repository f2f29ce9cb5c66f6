/** Amounts of work and memory in a few characters. */
import { elementCount } from '../../ir/buffer.js';
import type { DType } from '../../ir/dtype.js';
import { threeDigits } from '../result-words.js';

const LARGE = ['', 'k', 'M', 'G', 'T'] as const;

function scaled(x: number, base: number): readonly [number, string] {
  let step = 0;
  let value = x;
  for (; value >= base && step < LARGE.length - 1; step++) value /= base;
  return [value, LARGE[step] ?? ''];
}

/** `268 MFLOP`. */
export function flopText(flops: number): string {
  const [value, prefix] = scaled(flops, 1000);
  return `${threeDigits(value)} ${prefix}FLOP`;
}

/** `1.00 MiB`. */
export function byteText(bytes: number): string {
  const [value, prefix] = scaled(bytes, 1024);
  return `${threeDigits(value)} ${prefix === '' ? 'bytes' : `${prefix === 'k' ? 'K' : prefix}iB`}`;
}

/** Bytes of a dense tensor. */
export function tensorBytes(shape: readonly number[], dtype: DType): number {
  const bits = dtype === 'bool' ? 8 : Number(/\d+$/.exec(dtype)?.[0] ?? 32);
  return (elementCount(shape) * bits) / 8;
}
