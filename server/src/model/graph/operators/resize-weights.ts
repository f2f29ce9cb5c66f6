/** Which input elements each output element of a resized axis is made of, and their weights: ONNX's definition of Resize, axis by axis. */

export interface AxisRule {
  /** Of the input and the output, and the factor between them. */
  readonly input: number;
  readonly output: number;
  readonly scale: number;
  readonly mode: 'nearest' | 'linear' | 'cubic';
  readonly coordinates: string;
  readonly nearest: string;
  readonly cubic: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
  readonly roi: readonly [number, number];
}

/** `taps` weights and input positions for each output element; `outside`: the element lies outside of the cropped region. */
export interface AxisTable { readonly taps: number; readonly index: readonly number[]; readonly weight: readonly number[]; readonly outside: readonly boolean[] }

export function axisTable(rule: AxisRule): AxisTable {
  const rows = Array.from({ length: rule.output }, (_, x) => row(rule, x));
  return {
    taps: rows[0]?.weight.length ?? 1, index: rows.flatMap((r) => r.index), weight: rows.flatMap((r) => r.weight), outside: rows.map((r) => r.outside),
  };
}

function row(rule: AxisRule, x: number): { index: number[]; weight: number[]; outside: boolean } {
  const origin = original(rule, x);
  const outside = rule.coordinates === 'tf_crop_and_resize' && (origin < 0 || origin > rule.input - 1);
  // The position on the left is preferred, so that the ratio lies in (0, 1].
  const left = Math.ceil(origin) - 1;
  let weight = weights(rule, origin - left);
  const first = left - (weight.length / 2 - 1);
  const place = weight.map((_, k) => first + k);
  if (rule.excludeOutside) {
    weight = weight.map((w, k) => ((place[k] ?? 0) < 0 || (place[k] ?? 0) >= rule.input ? 0 : w));
    const sum = weight.reduce((a, b) => a + b, 0);
    weight = weight.map((w) => w / sum);
  }
  const index = place.map((i) => Math.min(Math.max(i, 0), rule.input - 1));
  if (rule.mode !== 'nearest') return { index, weight, outside };
  return { index: [index[weight.indexOf(1)] ?? 0], weight: [1], outside };
}

/** The input coordinate of an output element. */
function original({ coordinates, input, output, scale, roi }: AxisRule, x: number): number {
  const width = scale * input;
  switch (coordinates) {
    case 'align_corners': return width === 1 ? 0 : (x * (input - 1)) / (width - 1);
    case 'asymmetric': return x / scale;
    case 'tf_crop_and_resize': {
      const span = (roi[1] - roi[0]) * (input - 1);
      return (width === 1 ? span / 2 : (x * span) / (width - 1)) + roi[0] * (input - 1);
    }
    case 'pytorch_half_pixel': return width === 1 ? -0.5 : (x + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric': return (input / 2) * (1 - output / width) + (x + 0.5) / scale - 0.5;
    default: return (x + 0.5) / scale - 0.5;
  }
}

function weights(rule: AxisRule, ratio: number): number[] {
  switch (rule.mode) {
    case 'nearest': return nearest(rule.nearest, ratio);
    case 'linear': return rule.antialias ? antialiased(rule.scale, 1, ratio, (t) => Math.max(0, 1 - Math.abs(t))) : [1 - ratio, ratio];
    case 'cubic': {
      const kernel = (t: number): number => cubic(Math.abs(t), rule.cubic);
      return rule.antialias ? antialiased(rule.scale, 2, ratio, kernel) : [-1, 0, 1, 2].map((k) => kernel(k - ratio));
    }
  }
}

function nearest(rounding: string, ratio: number): number[] {
  if (ratio === 1) return [0, 1];
  const right = rounding === 'ceil' || (rounding === 'round_prefer_floor' && ratio > 0.5) || (rounding === 'round_prefer_ceil' && ratio >= 0.5);
  return right ? [0, 1] : [1, 0];
}

function antialiased(factor: number, reach: number, ratio: number, kernel: (t: number) => number): number[] {
  const scale = Math.min(factor, 1);
  const start = Math.floor(-reach / scale) + 1;
  const raw = Array.from({ length: 2 - 2 * start }, (_, k) => kernel((start + k - ratio) * scale));
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((w) => w / sum);
}

function cubic(t: number, a: number): number {
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
}
