/** Colours that can be read: WCAG 2.2's contrast ratio (1.4.3), colours laid over one another, and a colour moved until it stands out. Channels 0 to 255, alpha 0 to 1. */

export interface Colour { readonly r: number; readonly g: number; readonly b: number; readonly a: number }

const WHITE: Colour = { r: 255, g: 255, b: 255, a: 1 };
const BLACK: Colour = { r: 0, g: 0, b: 0, a: 1 };
/** 4.5 is asked for; rounding to whole channels may cost some of it. */
const READABLE = 4.6;
const STEPS = 20;

/** Of `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb()` and `rgba()`; undefined for anything else. */
export function parseColour(text: string): Colour | undefined {
  const long = /^#[\da-f]{3}$/i.test(text) ? text.replace(/[\da-f]/gi, '$&$&') : text;
  const [r, g, b, a = 1] = /^#([\da-f]{6}|[\da-f]{8})$/i.test(long)
    ? (long.match(/[\da-f]{2}/gi) ?? []).map((pair, k) => Number.parseInt(pair, 16) / (k === 3 ? 255 : 1))
    : (/^rgba?\(([^)]*)\)/.exec(text)?.[1] ?? '').split(/[ ,/]+/).map(Number);
  return r === undefined || g === undefined || b === undefined || [r, g, b, a].some(Number.isNaN) ? undefined : { r, g, b, a };
}

/** `#rrggbb`, or `#rrggbbaa` where it is seen through. */
export function hexColour({ r, g, b, a }: Colour): string {
  return `#${[r, g, b, ...(a < 1 ? [a * 255] : [])].map((n) => Math.round(n).toString(16).padStart(2, '0')).join('')}`;
}

/** `top` laid over `under`, which hides what is below it. */
export function over(top: Colour, under: Colour): Colour {
  const mix = (x: number, y: number): number => x * top.a + y * (1 - top.a);
  return { r: mix(top.r, under.r), g: mix(top.g, under.g), b: mix(top.b, under.b), a: 1 };
}

function luminance({ r, g, b }: Colour): number {
  const [x = 0, y = 0, z = 0] = [r, g, b].map((n) => (n / 255 <= 0.04045 ? n / 255 / 12.92 : ((n / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

/** From 1 to 21; of colours that hide what is below them. */
export function contrast(one: Colour, other: Colour): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** `colour`, moved towards white or black as little as it takes to be read on all of `backgrounds`; where nothing can be, the end that comes closest. */
export function readable(colour: Colour, backgrounds: readonly Colour[]): Colour {
  const worst = (one: Colour): number => Math.min(...backgrounds.map((background) => contrast(one, background)));
  const end = worst(WHITE) >= worst(BLACK) ? WHITE : BLACK;
  for (let k = 0; k < STEPS; k++) {
    const moved = over({ ...end, a: k / STEPS }, colour);
    if (worst(moved) >= READABLE) return moved;
  }
  return end;
}
