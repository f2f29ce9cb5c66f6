/** Numbers as the original's writer prints them: C's `%g` with six significant digits (spec log-format, section 1). */

const DIGITS = 6;

/** `%g` of a finite number: correctly rounded, ties to even, trailing zeros dropped, `e-05` with at least two exponent digits. */
export function percentG(x: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'nan' : x < 0 ? '-inf' : 'inf';
  if (x === 0) return Object.is(x, -0) ? '-0' : '0';
  const { digits, exponent } = rounded(Math.abs(x));
  const sign = x < 0 ? '-' : '';
  if (exponent < -4 || exponent >= DIGITS) {
    const mantissa = trimmed(`${digits[0]}.${digits.slice(1)}`);
    const e = Math.abs(exponent);
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${e < 10 ? '0' : ''}${e}`;
  }
  if (exponent < 0) return sign + trimmed(`0.${'0'.repeat(-exponent - 1)}${digits}`);
  return sign + trimmed(`${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`);
}

/** Six digits and the exponent of the first. */
function rounded(x: number): { digits: string; exponent: number } {
  // toExponential rounds ties up; enough further digits show a tie, which C rounds to even.
  const exact = x.toExponential(30);
  const all = exact[0] + exact.slice(2, exact.indexOf('e'));
  const tie = /^50*$/.test(all.slice(DIGITS));
  const even = Number(all[DIGITS - 1]) % 2 === 0;
  if (tie && even) return { digits: all.slice(0, DIGITS), exponent: Number(exact.slice(exact.indexOf('e') + 1)) };
  const text = x.toExponential(DIGITS - 1);
  return { digits: text[0] + text.slice(2, text.indexOf('e')), exponent: Number(text.slice(text.indexOf('e') + 1)) };
}

function trimmed(decimal: string): string {
  return decimal.replace(/\.?0*$/, '');
}
