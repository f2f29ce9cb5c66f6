/**
 * The single operators and subgraphs of the Ansor paper (Zheng et al., OSDI'20, section 7.1 and 7.2; shapes of its artifact), as `.tc` text and as
 * numbers for the peers. Images lie with channels innermost here, as the paper's do; peers get the layout that they like (channels first).
 */

/** Sizes as the artifact lists them, without the batch. */
export interface OperatorCase {
  readonly op: string;
  /** As in tables: `56x56x64x64x1x1x0`. */
  readonly shape: string;
  readonly batch: number;
  /** What peers compute: read by peers.py. */
  readonly peer: Readonly<Record<string, number | readonly number[] | string>>;
  readonly tc: string;
  /** Multiply-adds count two, inserted zeros of transposed convolution none. */
  readonly flops: number;
}

interface Conv {
  readonly batch: number; readonly spatial: readonly number[]; readonly ci: number; readonly co: number;
  readonly k: number; readonly s: number; readonly p: number; readonly d?: number; readonly groups?: number; readonly norm?: boolean;
}

const product = (xs: readonly number[]): number => xs.reduce((a, b) => a * b, 1);

function padded(spatial: readonly number[], p: number, tail: string): string {
  const axes = spatial.map((_, i) => `x${i}`);
  const inside = spatial.map((h, i) => `x${i} >= ${p} && x${i} < ${h + p}`).join(' && ');
  const ranges = spatial.map((h, i) => `x${i} in 0:${h + 2 * p}`).join(', ');
  return `  pad(n, ${axes.join(', ')}, ${tail}) = (${inside}) ? data(n, ${axes.map((x) => `${x} - ${p}`).join(', ')}, ${tail}) : 0 where ${ranges}\n`;
}

/** Convolution of any rank, grouped (groups are an axis of their own: the same memory), dilated, with batch norm and ReLU behind it. */
function conv(op: string, shape: string, c: Conv): OperatorCase {
  const { batch, spatial, ci, co, k, s, p, d = 1, groups = 1 } = c;
  const out = spatial.map((h) => Math.floor((h + 2 * p - d * (k - 1) - 1) / s) + 1);
  const g = groups > 1;
  const [cig, cog] = [ci / groups, co / groups];
  const channel = g ? `g, rc` : 'rc';
  const y = out.map((_, i) => `y${i}`).join(', ');
  const at = out.map((_, i) => `${s === 1 ? `y${i}` : `y${i} * ${s}`} + ${d === 1 ? `r${i}` : `r${i} * ${d}`}`).join(', ');
  const r = out.map((_, i) => `r${i}`).join(', ');
  const window = spatial.map(() => k);
  const ranges = out.map((n, i) => `y${i} in 0:${n}`).concat(window.map((n, i) => `r${i} in 0:${n}`), [`rc in 0:${cig}`]).join(', ');
  const result = c.norm === true ? 'conv' : 'out';
  const tc = `def ${op}(float(${[batch, ...spatial, ...(g ? [groups] : []), cig].join(', ')}) data, const float(${[...window, ...(g ? [groups] : []), cig, cog].join(', ')}) kernel${
    c.norm === true ? `, float(${co}) bias, float(${co}) scale, float(${co}) shift` : ''}) -> (out) {\n${p > 0 ? padded(spatial, p, g ? 'g, c' : 'c') : ''}`
    + `  ${result}(n, ${y}, ${g ? 'g, ' : ''}co) +=! ${p > 0 ? 'pad' : 'data'}(n, ${at}, ${channel}) * kernel(${r}, ${g ? 'g, ' : ''}rc, co) where ${ranges}\n`
    + (c.norm === true ? `  out(n, ${y}, co) = fmax((conv(n, ${y}, co) + bias(co)) * scale(co) + shift(co), 0)\n` : '') + '}\n';
  return { op, shape, batch, tc, flops: 2 * batch * product(out) * co * product(window) * cig, peer: { kind: 'conv', batch, spatial, ci, co, k, s, p, d, groups, norm: c.norm === true ? 1 : 0 } };
}

function depthwise(shape: string, batch: number, [h, w, c, k, s, p]: readonly [number, number, number, number, number, number]): OperatorCase {
  const [oh, ow] = [h, w].map((x) => Math.floor((x + 2 * p - k) / s) + 1) as [number, number];
  const tc = `def DEP(float(${batch}, ${h}, ${w}, ${c}) data, const float(${k}, ${k}, ${c}) kernel) -> (out) {\n${padded([h, w], p, 'c')}`
    + `  out(n, y0, y1, c) +=! pad(n, y0 * ${s} + r0, y1 * ${s} + r1, c) * kernel(r0, r1, c) where y0 in 0:${oh}, y1 in 0:${ow}, r0 in 0:${k}, r1 in 0:${k}\n}\n`;
  return { op: 'DEP', shape, batch, tc, flops: 2 * batch * oh * ow * c * k * k, peer: { kind: 'conv', batch, spatial: [h, w], ci: c, co: c, k, s, p, d: 1, groups: c, norm: 0 } };
}

/**
 * Transposed convolution, 4x4, stride 2, padding 1, without the inserted zeros: each of the 2x2 phases of the output is a 2x2 convolution. The phases
 * are axes (y, a) and (x, b), which in memory is the image; the kernel is packed by phase: kernel'[a, b, u, v] = kernel[3 - a - 2u, 3 - b - 2v].
 */
export function transposed(shape: string, batch: number, [h, w, ci, co]: readonly [number, number, number, number]): OperatorCase {
  const tc = `def T2D(float(${batch}, ${h}, ${w}, ${ci}) data, const float(2, 2, 2, 2, ${ci}, ${co}) kernel) -> (out) {\n${padded([h, w], 1, 'c')}`
    + `  out(n, y, a, x, b, co) +=! pad(n, y + a + u, x + b + v, rc) * kernel(a, b, u, v, rc, co) where y in 0:${h}, a in 0:2, x in 0:${w}, b in 0:2, u in 0:2, v in 0:2, rc in 0:${ci}\n}\n`;
  return { op: 'T2D', shape, batch, tc, flops: 2 * batch * 4 * h * w * co * 4 * ci, peer: { kind: 'transposed', batch, spatial: [h, w], ci, co, k: 4, s: 2, p: 1 } };
}

/** Capsules: each channel is a 4x4 matrix, each multiplication a product of such. Peers see a convolution with the matrix' rows in the batch. */
function capsule(shape: string, batch: number, [h, w, ci, co, k, s, p]: readonly [number, number, number, number, number, number, number]): OperatorCase {
  const [oh, ow] = [h, w].map((x) => Math.floor((x + 2 * p - k) / s) + 1) as [number, number];
  const tc = `def CAP(float(${batch}, ${h}, ${w}, 4, 4, ${ci}) data, const float(${k}, ${k}, 4, 4, ${ci}, ${co}) kernel) -> (out) {\n${padded([h, w], p, 'i, m, c')}`
    + `  out(n, y0, y1, i, j, co) +=! pad(n, y0 * ${s} + r0, y1 * ${s} + r1, i, m, rc) * kernel(r0, r1, m, j, rc, co) where y0 in 0:${oh}, y1 in 0:${ow}, r0 in 0:${k}, r1 in 0:${k}, m in 0:4, rc in 0:${ci}\n}\n`;
  return { op: 'CAP', shape, batch, tc, flops: 2 * batch * oh * ow * 16 * co * k * k * 4 * ci, peer: { kind: 'conv', batch: 4 * batch, spatial: [h, w], ci: 4 * ci, co: 4 * co, k, s, p, d: 1, groups: 1, norm: 0 } };
}

function matmul(shape: string, batch: number, [n, m, k]: readonly [number, number, number]): OperatorCase {
  const tc = `def GMM(float(${batch}, ${n}, ${k}) x, float(${batch}, ${k}, ${m}) y) -> (out) {\n  out(b, i, j) +=! x(b, i, k) * y(b, k, j)\n}\n`;
  return { op: 'GMM', shape, batch, tc, flops: 2 * batch * n * m * k, peer: { kind: 'matmul', batch, n, m, k } };
}

function norm(shape: string, batch: number, [n, m]: readonly [number, number]): OperatorCase {
  const tc = `def NRM(float(${batch}, ${n}, ${m}) x) -> (out) {\n  sum(b) +=! x(b, i, j) * x(b, i, j)\n  out(b) = sqrt(sum(b))\n}\n`;
  return { op: 'NRM', shape, batch, tc, flops: 2 * batch * n * m, peer: { kind: 'norm', batch, n, m } };
}

/** Two transposes and a batch matmul (attention scores), with softmax behind it for TBS. Numbers: length, heads, head size. */
function attention(op: 'TBG' | 'TBS', shape: string, batch: number, [l, heads, d]: readonly [number, number, number]): OperatorCase {
  const scores = op === 'TBG' ? 'out' : 'scores';
  const softmax = `  top(b, h, i) max=! scores(b, h, i, j)\n  e(b, h, i, j) = exp(scores(b, h, i, j) - top(b, h, i))\n  sum(b, h, i) +=! e(b, h, i, j)\n  out(b, h, i, j) = e(b, h, i, j) / sum(b, h, i)\n`;
  const tc = `def ${op}(float(${batch}, ${l}, ${heads}, ${d}) query, float(${batch}, ${l}, ${heads}, ${d}) value) -> (out) {\n`
    + '  query_T(b, h, l, d) = query(b, l, h, d)\n  value_T(b, h, d, l) = value(b, l, h, d)\n'
    + `  ${scores}(b, h, i, j) +=! query_T(b, h, i, k) * value_T(b, h, k, j)\n${op === 'TBS' ? softmax : ''}}\n`;
  return { op, shape, batch, tc, flops: 2 * batch * heads * l * l * d, peer: { kind: 'attention', batch, l, heads, d, softmax: op === 'TBS' ? 1 : 0 } };
}

const numbers = (shape: string): number[] => shape.split('x').map(Number);

/** Convolutions with as many spatial axes as `rank`, by their shapes as tables write them. */
export function convolutions(batch: number, op: string, rank: number, shapes: readonly string[], extra: 'none' | 'groups' | 'dilation' | 'norm' = 'none'): OperatorCase[] {
  return shapes.map((shape) => {
    const v = numbers(shape);
    const [ci = 1, co = 1, k = 1, s = 1, p = 0, d = 1, g = 1] = v.slice(rank);
    return conv(op, shape, { batch, spatial: v.slice(0, rank), ci, co, k, s, p, d, groups: extra === 'groups' ? g : 1, norm: extra === 'norm' });
  });
}

/** All cases at a batch size, in the paper's order. */
export function operatorCases(batch: number): OperatorCase[] {
  const convs = (op: string, rank: number, shapes: readonly string[], extra: 'none' | 'groups' | 'dilation' | 'norm' = 'none'): OperatorCase[] => convolutions(batch, op, rank, shapes, extra);
  const four = (shape: string): [number, number, number, number] => { const [a = 1, b = 1, c = 1, d = 1] = numbers(shape); return [a, b, c, d]; };
  const three = (shape: string): [number, number, number] => { const [a = 1, b = 1, c = 1] = numbers(shape); return [a, b, c]; };
  return [
    ...convs('C1D', 1, ['256x64x128x3x2x1', '128x128x256x1x2x0', '64x256x256x5x1x2', '32x512x512x3x1x1']),
    ...convs('C2D', 2, ['224x224x3x64x7x2x3', '56x56x64x64x1x1x0', '14x14x256x256x3x1x1', '7x7x512x512x3x1x1']),
    ...convs('C3D', 3, ['16x224x224x3x64x7x2x3', '16x56x56x64x64x1x1x0', '16x14x14x256x256x3x1x1', '16x7x7x512x512x3x1x1']),
    ...['128x128x128', '512x32x512', '512x512x512', '1024x1024x1024'].map((s) => matmul(s, batch, three(s))),
    ...convs('GRP', 2, ['56x56x64x128x3x2x1x1x4', '56x56x64x64x1x1x0x1x4', '14x14x256x256x3x1x1x1x4', '7x7x512x512x3x1x1x1x4'], 'groups'),
    ...convs('DIL', 2, ['224x224x3x64x7x2x3x2', '56x56x64x64x1x1x0x2', '14x14x256x256x3x1x1x2', '7x7x512x512x3x1x1x2'], 'dilation'),
    ...['112x112x32x3x1x1', '112x112x64x3x2x1', '14x14x512x3x2x1', '7x7x1024x3x1x1'].map((shape) => { const [h = 1, w = 1, c = 1, k = 1, s = 1, p = 0] = numbers(shape); return depthwise(shape, batch, [h, w, c, k, s, p]); }),
    ...['4x4x512x256x4x2x1', '8x8x256x128x4x2x1', '16x16x128x64x4x2x1', '32x32x64x3x4x2x1'].map((s) => transposed(s, batch, four(s))),
    ...['16x16x32x32x3x2x1', '8x8x32x32x3x1x1', '16x16x8x16x3x2x1', '8x8x16x16x3x1x1'].map((shape) => { const [h = 1, w = 1, a = 1, b = 1, k = 1, s = 1, p = 0] = numbers(shape); return capsule(shape, batch, [h, w, a, b, k, s, p]); }),
    ...['256x256', '512x512', '1024x1024', '4096x1024'].map((shape) => { const [n = 1, m = 1] = numbers(shape); return norm(shape, batch, [n, m]); }),
    ...convs('CBR', 2, ['224x224x3x64x7x2x3', '56x56x64x128x3x2x1', '28x28x128x256x1x2x0', '7x7x512x512x3x1x1'], 'norm'),
    ...['128x12x64', '128x16x64', '64x12x128', '128x12x128'].map((s) => attention('TBG', s, batch, three(s))),
    ...['128x12x64', '128x16x64', '64x12x128', '128x12x128'].map((s) => attention('TBS', s, batch, three(s))),
  ];
}
