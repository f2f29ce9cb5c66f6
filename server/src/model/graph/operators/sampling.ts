/** Images read between their elements: GridSample of two dimensions, AffineGrid, RoiAlign. */
import { defined } from '../../../base/assert.js';
import { err, ok } from '../../../base/result.js';
import { compute, reduce } from '../../../dag/create.js';
import { numberedAxes } from '../../../dag/operators/index-forms.js';
import { as, atLeast, atMost, both, by, clamp, fn, greater, larger, less, minus, number, over, plus, smaller, times } from '../../../dag/operators/scalar-forms.js';
import type { Buffer } from '../../../ir/buffer.js';
import { cast, ifThenElse, int, load, select, type Expr } from '../../../ir/expr.js';
import type { Operator } from '../operator.js';
import { required } from '../operator-input.js';
import { elementMap } from './element-map.js';
import { numbersAt } from './movement-math.js';
import { tensorOperator } from './tensor-operator.js';

/** Largest coordinate that is told apart: beyond it, everything is outside. */
const FAR = 1 << 24;

/** A coordinate rounded down, as an index. NaN becomes one that is outside. */
function floorIndex(x: Expr): Expr {
  return cast('int32', clamp(fn('floor', x), number(-FAR, x.dtype), number(FAR, x.dtype)));
}

/** data[lead, y, x], 0 outside. */
function zeroOutside(data: Buffer, lead: readonly Expr[], y: Expr, x: Expr): Expr {
  const [h = 1, w = 1] = data.shape.slice(-2);
  const inside = [by(atLeast, y, 0), by(less, y, h), by(atLeast, x, 0), by(less, x, w)].reduce(both);
  return ifThenElse(inside, load(data, [...lead, clamp(y, int(0), int(h - 1)), clamp(x, int(0), int(w - 1))]), number(0, data.dtype));
}

/** Interpolated between the four neighbours; what lies outside of the image counts as 0. */
export function bilinear(data: Buffer, lead: readonly Expr[], y: Expr, x: Expr): Expr {
  return between((iy, ix) => zeroOutside(data, lead, iy, ix), y, x);
}

function between(pixel: (y: Expr, x: Expr) => Expr, y: Expr, x: Expr): Expr {
  const [fy, fx] = [minus(y, fn('floor', y)), minus(x, fn('floor', x))];
  const [iy, ix] = [floorIndex(y), floorIndex(x)];
  const row = (at: Expr): Expr => plus(times(pixel(at, ix), minus(number(1, x.dtype), fx)), times(pixel(at, by(plus, ix, 1)), fx));
  return plus(times(row(iy), minus(number(1, y.dtype), fy)), times(row(by(plus, iy, 1)), fy));
}

/** The coordinate turned back at both ends of [low, high]. */
function reflected(x: Expr, low: number, high: number): Expr {
  const span = high - low;
  if (span <= 0) return number(0, x.dtype);
  const m = fn('fmod', fn('fabs', by(minus, x, low)), number(2 * span, x.dtype));
  return by(plus, smaller(m, minus(number(2 * span, x.dtype), m)), low);
}

/** Weights of the four elements around, for the cubic kernel with a = -0.75. */
function cubicWeights(t: Expr): Expr[] {
  const a = -0.75;
  const near = (d: Expr): Expr => by(plus, times(times(by(minus, by(times, d, a + 2), a + 3), d), d), 1);
  const far = (d: Expr): Expr => by(minus, times(by(plus, times(by(minus, by(times, d, a), 5 * a), d), 8 * a), d), 4 * a);
  const one = number(1, t.dtype);
  return [far(by(plus, t, 1)), near(t), near(minus(one, t)), far(minus(number(2, t.dtype), t))];
}

const gridSample = tensorOperator(({ inputs, attributes }) => {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  const grid = required(inputs, 1);
  if (!grid.ok) return grid;
  const { dtype, shape: extents } = x.value;
  if (extents.length !== 4) return err(`an input of rank ${extents.length} is not supported, only images of two dimensions`);
  const [n = 1, c = 1, height = 1, width = 1] = extents;
  const [, oh = 1, ow = 1] = grid.value.shape;
  const mode = attributes.text('mode', 'linear');
  const padding = attributes.text('padding_mode', 'zeros');
  const corners = attributes.number('align_corners', 0) === 1;
  return ok([{
    label: 'grid_sample', pattern: 'injective', dtype, shape: [n, c, oh, ow],
    stages: ([buffer, place]) => {
      const data = defined(buffer, 'the image');
      const range = (extent: number): readonly [number, number] => (corners ? [0, extent - 1] : [-0.5, extent - 0.5]);
      // Coordinates in elements; far ones are moved in as the padding says.
      const coordinate = (name: string, which: number, extent: number) => compute(name, [n, oh, ow], numberedAxes('i', 3), (at) => {
        const g = as(dtype, load(defined(place, 'the grid'), [...at, int(which)]));
        const raw = corners ? by(times, by(plus, g, 1), (extent - 1) / 2) : by(over, by(minus, by(times, by(plus, g, 1), extent), 1), 2);
        const whole = mode === 'nearest' ? fn('nearbyint', raw) : raw;
        if (padding === 'border') return clamp(whole, number(0, dtype), number(extent - 1, dtype));
        const [low, high] = range(extent);
        return padding === 'reflection' ? select(both(by(atLeast, whole, low), by(atMost, whole, high)), whole, reflected(whole, low, high)) : whole;
      });
      const xs = coordinate('grid_x', 0, width);
      const ys = coordinate('grid_y', 1, height);
      const index = (i: Expr, extent: number): Expr => {
        if (padding !== 'reflection') return clamp(i, int(0), int(extent - 1));
        const [low, high] = range(extent);
        return clamp(cast('int32', reflected(cast(dtype, i), low, high)), int(0), int(extent - 1));
      };
      const pixelOf = (lead: readonly Expr[]) => (y: Expr, at: Expr): Expr =>
        (padding === 'zeros' ? zeroOutside(data, lead, y, at) : load(data, [...lead, index(y, height), index(at, width)]));
      return [xs, ys, compute('grid_sample', [n, c, oh, ow], numberedAxes('ax', 4), ([b = int(0), ch = int(0), oy = int(0), ox = int(0)]) => {
        const [px, py] = [load(xs.output, [b, oy, ox]), load(ys.output, [b, oy, ox])];
        const pixel = pixelOf([b, ch]);
        if (mode === 'nearest') return pixel(floorIndex(py), floorIndex(px));
        if (mode !== 'cubic' && mode !== 'bicubic') return between(pixel, py, px);
        const wx = cubicWeights(minus(px, fn('floor', px)));
        const wy = cubicWeights(minus(py, fn('floor', py)));
        const rows = wy.map((w, i) => times(w, wx.map((v, j) => times(v, pixel(by(plus, floorIndex(py), i - 1), by(plus, floorIndex(px), j - 1)))).reduce(plus)));
        return rows.reduce(plus);
      })];
    },
  }]);
});

/** Sampling positions of an affine map, for images and volumes. */
const affineGrid = tensorOperator((call) => {
  const theta = required(call.inputs, 0);
  if (!theta.ok) return theta;
  const size = numbersAt(call, 1, 'size');
  if (!size.ok) return size;
  const { dtype } = theta.value;
  const [n = 1, , ...spatial] = size.value;
  const dims = spatial.length;
  const corners = call.attributes.number('align_corners', 0) === 1;
  return ok([elementMap('affine_grid', { dtype, shape: [n, ...spatial, dims] }, (x, at) => {
    const row = at[dims + 1] ?? int(0);
    const terms = spatial.map((_, k) => {
      // The innermost dimension of the image is the first coordinate.
      const axis = dims - 1 - k;
      const extent = spatial[axis] ?? 1;
      const i = cast(dtype, at[axis + 1] ?? int(0));
      const position = corners ? by(minus, by(times, i, extent === 1 ? 0 : 2 / (extent - 1)), 1) : by(minus, by(over, by(plus, by(times, i, 2), 1), extent), 1);
      return times(x.at(0, [at[0] ?? int(0), row, int(k)]), position);
    });
    return plus(terms.reduce(plus), x.at(0, [at[0] ?? int(0), row, int(dims)]));
  })]);
});

/** With a known number of samples for a known number of regions. */
export const plainRoiAlign = tensorOperator(({ inputs, attributes, opset }) => {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  const rois = required(inputs, 1);
  if (!rois.ok) return rois;
  const { dtype, shape: extents } = x.value;
  const [, channels = 1, height = 1, width = 1] = extents;
  const [oh, ow] = [attributes.number('output_height', 1), attributes.number('output_width', 1)];
  const samples = attributes.number('sampling_ratio', 0);
  const scale = attributes.number('spatial_scale', 1);
  const half = attributes.text('coordinate_transformation_mode', opset < 16 ? 'output_half_pixel' : 'half_pixel') === 'half_pixel';
  const largest = attributes.text('mode', 'avg') === 'max';
  const shape = [rois.value.shape[0] ?? 1, channels, oh, ow];
  return ok([{
    label: 'vision_roi_align', pattern: 'anchor', dtype, shape,
    stages: ([buffer, boxes, batches]) => {
      const data = defined(buffer, 'the image');
      const corner = (r: Expr, k: number): Expr => by(minus, by(times, load(defined(boxes, 'the regions'), [r, int(k)]), scale), half ? 0.5 : 0);
      const extent = (r: Expr, k: number): Expr => {
        const raw = minus(corner(r, k + 2), corner(r, k));
        return half ? raw : larger(raw, number(1, dtype));
      };
      const position = (r: Expr, k: 0 | 1, cell: Expr, sample: Expr): Expr => {
        const bin = by(over, extent(r, k), k === 0 ? ow : oh);
        return plus(plus(corner(r, k), times(cast(dtype, cell), bin)), by(over, times(by(plus, cast(dtype, sample), 0.5), bin), samples));
      };
      const pooled = reduce('roi_align', shape, numberedAxes('i', 4), { ry: samples, rx: samples }, largest ? 'max' : 'add', ([r = int(0), c = int(0), oy = int(0), ox = int(0)], [ry = int(0), rx = int(0)]) => {
        const [y, px] = [position(r, 1, oy, ry), position(r, 0, ox, rx)];
        const batch = clamp(as('int32', load(defined(batches, 'the batch indices'), [r])), int(0), int((extents[0] ?? 1) - 1));
        const away = [by(less, y, -1), by(greater, y, height), by(less, px, -1), by(greater, px, width)];
        const [cy, cx] = [clamp(y, number(0, dtype), number(height - 1, dtype)), clamp(px, number(0, dtype), number(width - 1, dtype))];
        const pixel = (iy: Expr, ix: Expr): Expr => load(data, [batch, c, clamp(iy, int(0), int(height - 1)), clamp(ix, int(0), int(width - 1))]);
        const value = largest ? largestOfFour(pixel, cy, cx) : between(pixel, cy, cx);
        return away.reduce((inner, outside) => select(outside, number(0, dtype), inner), value);
      });
      if (largest) return [pooled];
      return [pooled, compute('T_divide', shape, numberedAxes('ax', 4), (at) => by(over, load(pooled.output, at), samples * samples))];
    },
  }]);
});

/** ONNX takes the largest of the four weighted neighbours. */
function largestOfFour(pixel: (y: Expr, x: Expr) => Expr, y: Expr, x: Expr): Expr {
  const [fy, fx] = [minus(y, fn('floor', y)), minus(x, fn('floor', x))];
  const [iy, ix] = [floorIndex(y), floorIndex(x)];
  const one = number(1, y.dtype);
  return [0, 1].flatMap((dy) => [0, 1].map((dx) =>
    times(pixel(by(plus, iy, dy), by(plus, ix, dx)), times(dy === 1 ? fy : minus(one, fy), dx === 1 ? fx : minus(one, fx))))).reduce(larger);
}

export const SAMPLING_OPERATORS: Readonly<Record<string, Operator>> = { AffineGrid: affineGrid, GridSample: gridSample };
