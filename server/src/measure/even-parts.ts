/** `items` in order, in parts of nearly equal length: at most `largest` in each, and enough parts for `workers` where there are as many items. */
export function evenParts<T>(items: readonly T[], largest: number, workers: number): T[][] {
  const count = Math.min(items.length, Math.max(Math.ceil(items.length / largest), workers));
  return Array.from({ length: count }, (_, i) => items.slice(Math.floor((items.length * i) / count), Math.floor((items.length * (i + 1)) / count)));
}
