/** A number as C's `%g` and C++ streams print it: six significant digits, no trailing zeros (`0.001`, `1e+10`, `5.6e-05`, `inf`). */
export function percentG(value: number, digits = 6): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const rounded = tieToEven(value, digits);
  const scientific = rounded.toExponential(digits - 1);
  const e = scientific.indexOf('e');
  const exponent = Number(scientific.slice(e + 1));
  if (exponent < -4 || exponent >= digits) {
    const size = String(Math.abs(exponent)).padStart(2, '0');
    return `${withoutTrailingZeros(scientific.slice(0, e))}e${exponent < 0 ? '-' : '+'}${size}`;
  }
  return withoutTrailingZeros(rounded.toFixed(digits - 1 - exponent));
}

/** JavaScript rounds a decimal tie away from zero, C to the even digit: a tie that would round to an odd one is moved down. */
function tieToEven(value: number, digits: number): number {
  const exact = value.toExponential(40);
  const point = exact.indexOf('.');
  const next = point + digits;
  const isTie = exact[next] === '5' && /^0*$/.test(exact.slice(next + 1, exact.indexOf('e')));
  if (!isTie) return value;
  const last = digits === 1 ? exact[point - 1] : exact[next - 1];
  return Number(last) % 2 === 0 ? Number(`${exact.slice(0, next)}${exact.slice(exact.indexOf('e'))}`) : value;
}

function withoutTrailingZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
