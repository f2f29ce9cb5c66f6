/** Rounding doubles to the 16-bit formats (nearest, ties to even). */

function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The nearest IEEE half, as a number. */
export function toFloat16(v: number): number {
  const a = Math.abs(v);
  if (!(a < 65520)) return Number.isNaN(v) ? NaN : Math.sign(v) * Infinity;
  const exponent = a < 2 ** -14 ? -14 : Math.floor(Math.log2(a));
  const ulp = 2 ** (exponent - 10);
  return Math.sign(v) * roundEven(a / ulp) * ulp;
}

/** The nearest bfloat16, as a number (through float, as hardware does). */
export function toBfloat16(v: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, v);
  const bits = view.getUint32(0);
  if (Number.isNaN(v)) return NaN;
  view.setUint32(0, (((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000) >>> 0));
  return view.getFloat32(0);
}
