/** The functions that modules import, as the C library rounds them: computed in double precision, rounded once. */
export function mathImports(): Record<string, (x: number, y: number) => number> {
  return {
    exp: (x) => Math.exp(x),
    log: (x) => Math.log(x),
    tanh: (x) => Math.tanh(x),
    sigmoid: (x) => 1 / (1 + Math.exp(-x)),
    erf,
    sin: (x) => Math.sin(x),
    cos: (x) => Math.cos(x),
    floor: (x) => Math.floor(x),
    ceil: (x) => Math.ceil(x),
    round: (x) => Math.sign(x) * Math.round(Math.abs(x)),
    fabs: (x) => Math.abs(x),
    abs: (x) => Math.abs(x),
    pow: (x, y) => Math.pow(x, y),
  };
}

/** The error function: Taylor series near 0, continued fraction beyond (Abramowitz and Stegun 7.1.6 and 7.1.14). */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let n = 1; n < 60; n++) {
      term *= (2 * a * a) / (2 * n + 1);
      sum += term;
    }
    return (Math.sign(x) * 2 * sum * Math.exp(-a * a)) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}
