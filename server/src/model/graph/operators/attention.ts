/** Attention with grouped heads, masks and cached keys and values; RotaryEmbedding. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { compute, reduce } from '../../../dag/create.js';
import type { ComputeOp } from '../../../dag/op.js';
import { numberedAxes } from '../../../dag/operators/index-forms.js';
import { as, by, fn, greater, indexInto, less, minus, modulus, number, over, plus, quotient, times } from '../../../dag/operators/scalar-forms.js';
import { isHalf, type DType } from '../../../ir/dtype.js';
import { float, ifThenElse, int, load, select, type Expr } from '../../../ir/expr.js';
import type { Operator, OperatorCall } from '../operator.js';
import { required } from '../operator-input.js';
import { elementMap, inputsOf, type Inputs } from './element-map.js';
import { tensorOperator, type OutputPlan } from './tensor-operator.js';

const In = { query: 0, key: 1, value: 2, mask: 3, pastKey: 4, pastValue: 5, length: 6 } as const;
type In = (typeof In)[keyof typeof In];

/** Extents: batch, heads of queries and of keys, positions (new, past, all), widths of keys and of values. */
interface Sizes {
  readonly flat: boolean;
  readonly batch: number; readonly heads: number; readonly kvHeads: number; readonly queries: number; readonly fresh: number; readonly past: number;
  readonly width: number; readonly valueWidth: number; readonly dtype: DType;
}

function sizesOf({ inputs, attributes }: OperatorCall): Result<Sizes> {
  const q = required(inputs, In.query);
  if (!q.ok) return q;
  const k = required(inputs, In.key);
  if (!k.ok) return k;
  const v = required(inputs, In.value);
  if (!v.ok) return v;
  const past = inputs[In.pastKey]?.shape[2] ?? 0;
  const { dtype, shape } = q.value;
  if (shape.length === 3) {
    const heads = attributes.number('q_num_heads', 0);
    const kvHeads = attributes.number('kv_num_heads', heads);
    if (heads < 1 || kvHeads < 1) return err('inputs of rank 3 need q_num_heads and kv_num_heads');
    return ok({
      flat: true, batch: shape[0] ?? 1, heads, kvHeads, queries: shape[1] ?? 1, fresh: k.value.shape[1] ?? 1, past,
      width: (shape[2] ?? 1) / heads, valueWidth: (v.value.shape[2] ?? 1) / kvHeads, dtype,
    });
  }
  return ok({
    flat: false, batch: shape[0] ?? 1, heads: shape[1] ?? 1, kvHeads: k.value.shape[1] ?? 1, queries: shape[2] ?? 1, fresh: k.value.shape[2] ?? 1, past,
    width: shape[3] ?? 1, valueWidth: v.value.shape[3] ?? 1, dtype,
  });
}

/** An element at [batch, head, position, feature] of an input that may have heads and features in one dimension. */
function headed(x: Inputs, which: In, flat: boolean, width: number, b: Expr, h: Expr, s: Expr, d: Expr): Expr {
  return flat ? x.at(which, [b, s, plus(by(times, h, width), d)]) : x.at(which, [b, h, s, d]);
}

/** Cached elements, then new ones. */
function cached(x: Inputs, which: In, past: In, sizes: Sizes, width: number, b: Expr, h: Expr, t: Expr, d: Expr): Expr {
  if (sizes.past === 0) return headed(x, which, sizes.flat, width, b, h, t, d);
  return ifThenElse(by(less, t, sizes.past), x.at(past, [b, h, t, d]), headed(x, which, sizes.flat, width, b, h, by(minus, t, sizes.past), d));
}

const LOWEST = (dtype: DType): Expr => float(-Infinity, dtype);

/** What is added to the scores; undefined: nothing. */
function bias(x: Inputs, call: OperatorCall, sizes: Sizes, [b = int(0), h = int(0), s = int(0), t = int(0)]: readonly Expr[]): Expr | undefined {
  const { dtype } = sizes;
  const terms: Expr[] = [];
  const zero = number(0, dtype);
  if (call.attributes.number('is_causal', 0) === 1) terms.push(select(greater(t, by(plus, s, sizes.past)), LOWEST(dtype), zero));
  const shape = call.inputs[In.mask]?.shape;
  if (shape !== undefined) {
    const index = shape.map((extent, i) => (extent === 1 && i < shape.length - 1 ? int(0) : [b, h, s, t][i + 4 - shape.length] ?? int(0)));
    const element = x.at(In.mask, index);
    const value = element.dtype === 'bool' ? select(element, zero, LOWEST(dtype)) : as(dtype, element);
    // A mask may be shorter than all positions: what lies behind it is hidden.
    const length = shape[shape.length - 1] ?? 1;
    terms.push(length < sizes.past + sizes.fresh ? ifThenElse(by(less, t, length), value, LOWEST(dtype)) : value);
  }
  if (x.has(In.length)) terms.push(select(less(t, as('int32', x.at(In.length, [b]))), zero, LOWEST(dtype)));
  return terms.length === 0 ? undefined : terms.reduce(plus);
}

interface Scores { readonly stages: readonly ComputeOp[]; readonly raw: ComputeOp; readonly biased: ComputeOp; readonly capped: ComputeOp; readonly weights: ComputeOp }

function scoresOf(x: Inputs, call: OperatorCall, sizes: Sizes): Scores {
  const { batch, heads, kvHeads, queries, past, fresh, width, dtype } = sizes;
  const shape = [batch, heads, queries, past + fresh];
  const names = numberedAxes('i', 4);
  // Half precision would lose the scores' small differences.
  const type = isHalf(dtype) ? 'float32' : dtype;
  const wide = { ...sizes, dtype: type } as const;
  const scale = call.attributes.number('scale', 1 / Math.sqrt(width));
  const product = reduce('T_attention_qk', shape, names, { k: width }, 'add', ([b = int(0), h = int(0), s = int(0), t = int(0)], [d = int(0)]) =>
    times(as(type, headed(x, In.query, sizes.flat, width, b, h, s, d)), as(type, cached(x, In.key, In.pastKey, sizes, width, b, by(quotient, h, heads / kvHeads), t, d))));
  const raw = compute('T_attention_scores', shape, names, (at) => by(times, load(product.output, at), scale));
  const biased = compute('T_attention_bias', shape, names, (at) => {
    const score = load(raw.output, at);
    const added = bias(x, call, wide, at);
    return added === undefined ? score : plus(score, added);
  });
  const cap = call.attributes.number('softcap', 0);
  const capped = compute('T_attention_cap', shape, names, (at) => {
    const score = load(biased.output, at);
    return cap === 0 ? score : by(times, fn('tanh', by(over, score, cap)), cap);
  });
  const rows = shape.slice(0, 3);
  const largest = reduce('T_softmax_maxelem', rows, names.slice(0, 3), { k: past + fresh }, 'max', (at, [k = int(0)]) => load(capped.output, [...at, k]));
  const exp = compute('T_softmax_exp', shape, names, (at) => fn('exp', minus(load(capped.output, at), load(largest.output, at.slice(0, 3)))));
  const sum = reduce('T_softmax_expsum', rows, names.slice(0, 3), { k: past + fresh }, 'add', (at, [k = int(0)]) => load(exp.output, [...at, k]));
  const weights = compute('T_softmax_norm', shape, names, (at) => over(load(exp.output, at), load(sum.output, at.slice(0, 3))));
  return { stages: [product, raw, biased, capped, largest, exp, sum, weights], raw, biased, capped, weights };
}

const attention = tensorOperator((call) => {
  const found = sizesOf(call);
  if (!found.ok) return found;
  const sizes = found.value;
  const { flat, batch, heads, kvHeads, queries, past, fresh, width, valueWidth, dtype } = sizes;
  const total = past + fresh;
  const type = isHalf(dtype) ? 'float32' : dtype;
  const outputs: OutputPlan[] = [{
    label: 'attention', pattern: 'anchor', dtype, shape: flat ? [batch, queries, heads * valueWidth] : [batch, heads, queries, valueWidth],
    stages: (buffers) => {
      const x = inputsOf(buffers);
      const { stages, weights } = scoresOf(x, call, sizes);
      const result = reduce('T_attention', [batch, heads, queries, valueWidth], numberedAxes('i', 4), { k: total }, 'add', ([b = int(0), h = int(0), s = int(0), d = int(0)], [t = int(0)]) =>
        times(load(weights.output, [b, h, s, t]), as(type, cached(x, In.value, In.pastValue, sizes, valueWidth, b, by(quotient, h, heads / kvHeads), t, d))));
      const placed = flat
        ? compute('T_attention_merge', [batch, queries, heads * valueWidth], numberedAxes('ax', 3), ([b = int(0), s = int(0), f = int(0)]) =>
          as(dtype, load(result.output, [b, by(quotient, f, valueWidth), s, by(modulus, f, valueWidth)])))
        : compute('T_attention_out', [batch, heads, queries, valueWidth], numberedAxes('ax', 4), (at) => as(dtype, load(result.output, at)));
      return [...stages, result, placed];
    },
  }];
  const present = (which: In, old: In, features: number): OutputPlan => elementMap('concatenate', { dtype: call.inputs[which]?.dtype ?? dtype, shape: [batch, kvHeads, total, features] }, (x, [b = int(0), h = int(0), t = int(0), d = int(0)]) =>
    cached(x, which, old, sizes, features, b, h, t, d));
  if (call.outputCount > 1) outputs.push(present(In.key, In.pastKey, width), present(In.value, In.pastValue, valueWidth));
  const mode = call.attributes.number('qk_matmul_output_mode', 0);
  outputs.push({
    label: 'attention_scores', pattern: 'anchor', dtype, shape: [batch, heads, queries, total],
    stages: (buffers) => {
      const { stages, raw, biased, capped, weights } = scoresOf(inputsOf(buffers), call, sizes);
      const chosen = defined([raw, biased, capped, weights][mode], 'an output of the scores');
      return [...stages, compute('T_attention_output', [batch, heads, queries, total], numberedAxes('ax', 4), (at) => as(dtype, load(chosen.output, at)))];
    },
  });
  return ok(outputs.slice(0, 4));
});

const rotaryEmbedding = tensorOperator(({ inputs, attributes }) => {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  const cos = required(inputs, 1);
  if (!cos.ok) return cos;
  const { dtype, shape } = x.value;
  const flat = shape.length === 3;
  const heads = attributes.number('num_heads', 0);
  if (flat && heads < 1) return err('an input of rank 3 needs num_heads');
  const width = flat ? (shape[2] ?? 1) / heads : shape[3] ?? 1;
  const rotated = attributes.number('rotary_embedding_dim', 0) || width;
  const interleaved = attributes.number('interleaved', 0) === 1;
  const half = rotated / 2;
  return ok([elementMap('rotary_embedding', { dtype, shape }, (data, at) => {
    const [b = int(0)] = at;
    const s = (flat ? at[1] : at[2]) ?? int(0);
    const last = at[at.length - 1] ?? int(0);
    const d = flat ? by(modulus, last, width) : last;
    const element = (moved: Expr): Expr => data.at(0, [...at.slice(0, -1), moved]);
    const angle = interleaved ? by(quotient, d, 2) : by(modulus, d, half);
    const inside = rotated === width ? angle : select(by(less, d, rotated), angle, int(0));
    const place = data.has(3) ? [indexInto(data.at(3, [b, s]), cos.value.shape[0] ?? 1), inside] : [b, s, inside];
    const first = interleaved ? by(less, by(modulus, d, 2), 1) : by(less, d, half);
    const step = interleaved ? 1 : half;
    const real = times(element(last), data.at(1, place));
    const turned = ifThenElse(first,
      minus(real, times(element(by(plus, last, step)), data.at(2, place))),
      plus(real, times(element(by(minus, last, step)), data.at(2, place))));
    return rotated === width ? turned : ifThenElse(by(less, d, rotated), turned, element(last));
  })]);
});

export const ATTENTION_OPERATORS: Readonly<Record<string, Operator>> = { Attention: attention, RotaryEmbedding: rotaryEmbedding };
