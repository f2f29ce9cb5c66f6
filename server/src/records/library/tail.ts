/** Element-wise stages after an anchor, in every order (spec key-resolution, 4). */
import { compute } from '../../dag/create.js';
import type { ComputeOp, Op } from '../../dag/op.js';
import { clipped, unaryCall, unaryStage } from '../../dag/operators/elementwise.js';
import { numberedAxes } from '../../dag/operators/index-forms.js';
import type { Buffer } from '../../ir/buffer.js';
import type { DType } from '../../ir/dtype.js';
import { binary, cast, float, int, load, select, type BinaryOp, type Expr } from '../../ir/expr.js';
import { inputOf, type Era, type Shape } from './anchor.js';

/** How far a tail may be from the usual ones. */
export interface TailRange {
  readonly binary: readonly (keyof typeof BINARY)[];
  readonly unary: readonly string[];
  readonly mostUnary: number;
}

/** From usual to unusual. */
export const TAIL_RANGES: readonly TailRange[] = [
  { binary: ['add', 'multiply'], unary: ['relu', 'clip'], mostUnary: 1 },
  { binary: ['add', 'multiply'], unary: ['relu', 'clip', 'leaky relu', 'sigmoid', 'tanh', 'swish', 'hard swish', 'gelu', 'hard sigmoid', 'exp', 'sqrt', 'erf', 'negative', 'cast', 'change layout'], mostUnary: 1 },
  { binary: ['add', 'multiply', 'subtract', 'divide', 'maximum', 'minimum', 'prelu'], unary: ['relu', 'clip'], mostUnary: 1 },
  { binary: ['add', 'multiply'], unary: ['relu', 'clip', 'leaky relu', 'sigmoid', 'tanh', 'swish', 'hard swish', 'change layout'], mostUnary: 2 },
];

export interface TailStart {
  readonly output: Buffer;
  readonly era: Era;
  /** Inputs that the anchor took. */
  readonly inputs: number;
  /** Shapes of the other inputs in order; undefined where the key does not say (old scheme). */
  readonly operands: readonly Shape[] | undefined;
  /** Axes of `output` along which a bias may vary; undefined: any. */
  readonly channelAxes: readonly number[] | undefined;
  /** Of the last stage. */
  readonly out: Shape;
  /** Exactly so many stages; undefined: any number. */
  readonly stages: number | undefined;
}

export interface Tail {
  readonly ops: readonly Op[];
  readonly words: readonly string[];
  /** Some stage is a call, whose arguments the newer keys leave out. */
  readonly calls: boolean;
}

const BINARY = { add: 'add', multiply: 'mul', subtract: 'sub', divide: 'div', maximum: 'max', minimum: 'min', prelu: 'max' } as const satisfies Readonly<Record<string, BinaryOp>>;
/** Without operands of known shape: so many at most. */
const MOST_OPERANDS = 3;

/** A constant scalar in a stage of its own. */
export function scalarStage(value: number, dtype: DType): ComputeOp {
  return compute('compile_engine_const', [], [], () => float(value, dtype));
}

/** Calls `visit` for every tail, the empty one among them, in an order that depends on the arguments' values only, until it returns false. */
export function walkTails(start: TailStart, range: TailRange, visit: (tail: Tail) => boolean): void {
  let stopped = false;
  const go = (x: Buffer, ops: readonly Op[], words: readonly string[], used: number, unary: number, calls: boolean): void => {
    const complete = (start.operands === undefined || used === start.operands.length) && sameExtents(x.shape, start.out);
    if (complete && (start.stages === undefined || ops.length === start.stages) && !visit({ ops, words, calls })) stopped = true;
    if (stopped) return;
    // An operand is two stages at least: its own and the one that reads it.
    const free = start.stages === undefined ? Infinity : start.stages - ops.length - 2 * Math.max(0, (start.operands?.length ?? used) - used);
    if (free < 0) return;
    const extend = (word: string, added: readonly Op[], operands: number, unaries: number): void => {
      const last = added.at(-1);
      if (last === undefined) return;
      const call = added.some((op) => op.kind === 'compute' && op.body.kind === 'expr' && op.body.value.kind === 'call');
      go(last.output, [...ops, ...added], [...words, word], used + operands, unary + unaries, calls || call);
    };
    const guessed = used < MOST_OPERANDS && free >= 2 ? biasShapes(x.shape, start.channelAxes) : [];
    for (const shape of start.operands?.slice(used, used + 1) ?? guessed) {
      const operand = inputOf({ era: start.era, dtype: x.dtype }, start.inputs + used, shape);
      for (const lifted of lifts(operand.output, x.shape, start.era)) {
        for (const kind of range.binary) extend(kind, [operand, ...lifted, binaryStage(kind, x, lifted.at(-1)?.output ?? operand.output)], 1, 0);
      }
    }
    if (unary >= range.mostUnary || free < 1) return;
    for (const name of range.unary) for (const added of UNARY[name]?.(x, start.out) ?? []) extend(name, added, 0, 1);
  };
  go(start.output, [], [], 0, 0, false);
}

function sameExtents(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

/** Operands that the library's networks have: a value per channel, in all its forms, or a tensor of the same shape. */
function biasShapes(shape: Shape, channelAxes: readonly number[] | undefined): Shape[] {
  const rank = shape.length;
  const along = (...axes: readonly number[]): Shape => shape.map((extent, i) => (axes.includes(i) ? extent : 1));
  const axes = channelAxes === undefined ? Array.from({ length: Math.min(rank, 4) }, (_, i) => [rank - 1 - i]) : [channelAxes];
  const forms: Shape[] = [...axes.map((list) => along(...list)), shape];
  if (rank > 0 && (channelAxes === undefined || channelAxes.includes(rank - 1))) forms.push([shape[rank - 1] ?? 1]);
  return forms.filter((form, i) => forms.findIndex((other) => sameExtents(other, form)) === i);
}

/** An operand of lower rank is read as it is, or is lifted first (later versions). */
function lifts(operand: Buffer, shape: Shape, era: Era): ComputeOp[][] {
  const missing = shape.length - operand.shape.length;
  if (missing <= 0) return [[]];
  const fits = operand.shape.every((extent, i) => extent === 1 || extent === shape[i + missing]);
  const found: ComputeOp[][] = fits ? [[]] : [];
  if (era === 'old') return found;
  if (fits) found.push([expandDims(operand, missing, 0)]);
  // A value per channel of NCHW data: ones behind it, then ones before it.
  for (let behind = 1; behind < missing; behind++) {
    if (operand.shape.length !== 1 || (shape[missing - behind] !== operand.shape[0] && operand.shape[0] !== 1)) continue;
    const first = expandDims(operand, 0, behind);
    found.push([first, expandDims(first.output, missing - behind, 0)]);
  }
  return found;
}

/** Dimensions of 1 before and behind. */
function expandDims(x: Buffer, before: number, behind: number): ComputeOp {
  const shape = [...new Array<number>(before).fill(1), ...x.shape, ...new Array<number>(behind).fill(1)];
  return compute('T_expand_dims', shape, numberedAxes('ax', shape.length), (axes) => load(x, axes.slice(before, before + x.shape.length)));
}

/** An element of `operand`, aligned to the right; 0 where an extent is 1 against more. */
function aligned(operand: Buffer, axes: readonly Expr[], shape: Shape): Expr {
  const missing = axes.length - operand.shape.length;
  return load(operand, operand.shape.map((extent, i) => (extent === 1 && shape[i + missing] !== 1 ? int(0) : axes[i + missing] ?? int(0))));
}

export function binaryStage(kind: keyof typeof BINARY, x: Buffer, y: Buffer): ComputeOp {
  const rank = Math.max(x.shape.length, y.shape.length);
  const extent = (b: Buffer, i: number): number => b.shape[i - rank + b.shape.length] ?? 1;
  const shape = Array.from({ length: rank }, (_, i) => Math.max(extent(x, i), extent(y, i)));
  return compute(`T_${kind}`, shape, numberedAxes('ax', rank), (axes) => {
    const [a, b] = [aligned(x, axes, shape), aligned(y, axes, shape)];
    return kind === 'prelu' ? select(binary('gt', a, float(0, x.dtype)), a, binary('mul', a, b)) : binary(BINARY[kind], a, b);
  });
}

type Unary = (x: Buffer, out: Shape) => readonly (readonly Op[])[];

const one = (name: string, value: (e: Expr) => Expr, prefix = 'ax'): Unary => (x) => [[unaryStage(name, x, value, prefix)]];
const within = (x: Buffer, low: number, high: number): ComputeOp => unaryStage('compute', x, (e) => clipped(e, low, high), 'i');

const UNARY: Readonly<Record<string, Unary>> = {
  relu: one('T_relu', (e) => binary('max', e, float(0, e.dtype))),
  clip: (x) => [[within(x, 0, 6)]],
  'leaky relu': (x) => [0.1, 0.01, 0.2, 0.3].map((slope) => [
    unaryStage('T_leaky_relu', x, (e) => select(binary('gt', e, float(0, e.dtype)), e, binary('mul', e, float(slope, e.dtype)))),
  ]),
  sigmoid: one('T_sigmoid', unaryCall('tir.sigmoid')),
  tanh: one('T_tanh', unaryCall('tir.tanh')),
  exp: one('T_exp', unaryCall('tir.exp')),
  sqrt: one('T_sqrt', unaryCall('tir.sqrt')),
  erf: one('T_erf', unaryCall('tir.erf')),
  negative: one('T_negative', (e) => binary('sub', float(0, e.dtype), e)),
  cast: one('T_cast', (e) => cast('float16', e)),
  swish(x) {
    const gate = unaryStage('T_sigmoid', x, unaryCall('tir.sigmoid'));
    return [[gate, binaryStage('multiply', x, gate.output)]];
  },
  'hard sigmoid': (x) => [hardSigmoid(x)],
  'hard swish'(x) {
    const gate = hardSigmoid(x);
    const last = gate.at(-1);
    return last === undefined ? [] : [[...gate, binaryStage('multiply', x, last.output)]];
  },
  gelu(x) {
    const scale = scalarStage(Math.SQRT1_2, x.dtype);
    const scaled = binaryStage('multiply', x, scale.output);
    const erf = unaryStage('T_erf', scaled.output, unaryCall('tir.erf'));
    const half = scalarStage(0.5, x.dtype);
    const whole = scalarStage(1, x.dtype);
    // x * 0.5 * (1 + erf(x / sqrt 2)): the half is with x, or with the sum.
    const halfX = binaryStage('multiply', x, half.output);
    const shifted = binaryStage('add', whole.output, erf.output);
    const halfErf = binaryStage('multiply', erf.output, half.output);
    const sum = binaryStage('add', half.output, halfErf.output);
    return [
      [half, halfX, whole, scale, scaled, erf, shifted, binaryStage('multiply', halfX.output, shifted.output)],
      [half, scale, scaled, erf, halfErf, sum, binaryStage('multiply', x, sum.output)],
    ];
  },
  'change layout': (x, out) => (x.shape.length === 5 && out.length === 4 ? [[unblocked(x, out)]] : []),
};

function hardSigmoid(x: Buffer): ComputeOp[] {
  const three = scalarStage(3, x.dtype);
  const moved = binaryStage('add', x, three.output);
  const clip = within(moved.output, 0, 6);
  const six = scalarStage(6, x.dtype);
  return [three, moved, clip, six, binaryStage('divide', clip.output, six.output)];
}

/** [N, C / c, H, W, c] -> [N, C, H, W]. */
function unblocked(x: Buffer, out: Shape): ComputeOp {
  const block = x.shape[4] ?? 1;
  return compute('T_layout_trans', out, numberedAxes('ax', 4), (axes) => {
    const [n, c, h, w] = [axes[0] ?? int(0), axes[1] ?? int(0), axes[2] ?? int(0), axes[3] ?? int(0)];
    const inside = binary('and', binary('and', binary('and', binary('lt', n, int(out[0] ?? 1)), binary('lt', c, int(out[1] ?? 1))), binary('lt', h, int(out[2] ?? 1))), binary('lt', w, int(out[3] ?? 1)));
    const element = load(x, [n, binary('floordiv', c, int(block)), h, w, binary('floormod', c, int(block))]);
    return { kind: 'call', callee: 'tir.if_then_else', args: [inside, element, float(0, x.dtype)], dtype: x.dtype };
  });
}
