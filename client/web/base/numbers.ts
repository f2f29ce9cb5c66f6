/** Numbers for people. */

/** Three digits, without an exponent for common sizes. */
export function threeDigits(x: number): string {
  return Number.isFinite(x) ? String(Number(x.toPrecision(3))) : '–';
}

/** `12.3 µs`, `0.561 ms`. */
export function milliseconds(ms: number): string {
  return ms < 0.01 ? `${threeDigits(ms * 1e3)} µs` : `${threeDigits(ms)} ms`;
}

/** `512 B`, `1.5 kB`, `2.3 MB`: powers of 1024. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = n;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : threeDigits(value)} ${units[unit]}`;
}

export function percent(share: number): string {
  return share > 0 && share < 0.001 ? '<0.1 %' : `${share < 0.1 ? Number((share * 100).toFixed(1)) : Math.round(share * 100)} %`;
}

/** `1 234 567` with the user's separators. */
export function count(n: number): string {
  return n.toLocaleString();
}
