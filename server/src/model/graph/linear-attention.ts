/**
 * LinearAttention and CausalConvWithState (ONNX operator set 27) as plain operators: a causal convolution is one behind the state that is
 * carried, the recurrence of linear attention is unrolled, all heads in one step.
 */
import { elementCount } from '../../ir/buffer.js';
import { isHalf, type DType } from '../../ir/dtype.js';
import { hostTensor } from '../tensor.js';
import { Emitter, ExpansionError, int, MOST_STEPS, type Expansion } from './expansion.js';
import type { Value } from './graph.js';

function given(at: Expansion, index: number, what: string, rank: number): Value {
  const value = at.inputs[index];
  if (value === undefined) throw new ExpansionError(`its ${what} is missing`);
  if (value.shape.length !== rank) throw new ExpansionError(`its ${what} has ${value.shape.length} dimensions instead of ${rank}`);
  return value;
}

function text(at: Expansion, name: string, otherwise: string): string {
  const attribute = at.node.attributes.get(name);
  return attribute?.kind === 'string' ? attribute.value : otherwise;
}

function numberOf(at: Expansion, name: string): number {
  const attribute = at.node.attributes.get(name);
  return attribute?.kind === 'int' || attribute?.kind === 'float' ? attribute.value : 0;
}

function zeros(emit: Emitter, dtype: DType, shape: readonly number[]): Value {
  return emit.constant(hostTensor(dtype, shape, new Float64Array(elementCount(shape))));
}

function vector(emit: Emitter, values: readonly number[]): Value {
  return emit.constant(hostTensor('int64', [values.length], values));
}

/** [batch, channels, length] behind the last k - 1 elements of before; depthwise. */
export function expandCausalConvolution(at: Expansion): readonly Value[] {
  const x = given(at, 0, 'input', 3);
  const weight = given(at, 1, 'weight', 3);
  const [batch = 1, channels = 1, length = 0] = x.shape;
  const [, , taps = 1] = weight.shape;
  if (weight.shape[0] !== channels || weight.shape[1] !== 1 || taps < 1) throw new ExpansionError(`its weight [${weight.shape.join(', ')}] does not fit ${channels} channels`);
  const emit = new Emitter(at);
  const state = taps - 1;
  const past = at.inputs[3] ?? zeros(emit, x.dtype, [batch, channels, state]);
  if (past.shape.join() !== [batch, channels, state].join()) throw new ExpansionError(`its past_state has the shape [${past.shape.join(', ')}] instead of [${[batch, channels, state].join(', ')}]`);
  const whole = state === 0 ? x : emit.op('Concat', [past, x], { axis: int(2) });
  const y = emit.op('Conv', [whole, weight, at.inputs[2]], { group: int(channels) });
  const activation = text(at, 'activation', 'none');
  if (!['silu', 'swish', 'none'].includes(activation)) throw new ExpansionError(`its activation is "${activation}"; silu, swish and none are known`);
  const present = state === 0 ? past : emit.op('Slice', [whole, vector(emit, [length]), vector(emit, [length + state]), vector(emit, [2])]);
  return [activation === 'none' ? y : emit.op('Mul', [y, emit.op('Sigmoid', [y])]), present];
}

export function expandLinearAttention(at: Expansion): readonly Value[] {
  const [query, key, value] = [given(at, 0, 'query', 3), given(at, 1, 'key', 3), given(at, 2, 'value', 3)];
  const rule = text(at, 'update_rule', 'gated_delta');
  if (!['linear', 'gated', 'delta', 'gated_delta'].includes(rule)) throw new ExpansionError(`its update_rule is "${rule}"; linear, gated, delta and gated_delta are known`);
  const [heads, sources] = [numberOf(at, 'q_num_heads'), numberOf(at, 'kv_num_heads')];
  const [batch = 1, steps = 0, all = 0] = query.shape;
  if (heads < 1 || sources < 1 || heads % sources !== 0 || all % heads !== 0) throw new ExpansionError(`${heads} heads of queries and ${sources} of keys do not fit [${query.shape.join(', ')}]`);
  if (steps < 1 || steps > MOST_STEPS) throw new ExpansionError(`it has ${steps} steps; 1 to ${MOST_STEPS} are supported`);
  const group = heads / sources;
  const [width, depth] = [all / heads, (value.shape[2] ?? 0) / sources];
  const emit = new Emitter(at);
  const state = at.inputs[3];
  // Half precision would lose what many steps add up.
  const type: DType = isHalf(query.dtype) ? 'float32' : query.dtype;
  const wide = (x: Value, dtype: DType): Value => (x.dtype === dtype ? x : emit.op('CastLike', [x, zeros(emit, dtype, [])]));
  /** [batch, steps, ...] as [steps, batch, ...shape]. */
  const stepped = (x: Value, shape: readonly number[]): Value => {
    const turned = emit.op('Transpose', [wide(x, type)], { perm: { kind: 'ints', value: [1, 0, 2] } });
    return emit.op('Reshape', [turned, vector(emit, [steps, batch, ...shape])]);
  };
  const [q, k, v] = [stepped(query, [sources, group, width]), stepped(key, [sources, 1, width]), stepped(value, [sources, 1, depth])];
  const across = stepped(key, [sources, width, 1]);
  const decay = rule.startsWith('gated') ? given(at, 4, 'decay', 3) : undefined;
  const gate = decay === undefined ? undefined : emit.op('Exp', [stepped(decay, [sources, decay.shape[2] === sources ? 1 : width, 1])]);
  const rate = rule.endsWith('delta') ? given(at, 5, 'beta', 3) : undefined;
  const beta = rate === undefined ? undefined : stepped(rate, [rate.shape[2] === 1 ? 1 : sources, 1, 1]);
  const scale = emit.constant(hostTensor(type, [], [numberOf(at, 'scale') || 1 / Math.sqrt(width)]));
  let now = state === undefined ? zeros(emit, type, [batch, sources, width, depth]) : wide(state, type);
  const results: Value[] = [];
  for (let t = 0; t < steps; t++) {
    const place = emit.constant(hostTensor('int64', [], [t]));
    const of = (x: Value): Value => emit.op('Gather', [x, place], { axis: int(0) });
    if (gate !== undefined) now = emit.op('Mul', [of(gate), now]);
    const update = beta === undefined ? of(v) : emit.op('Mul', [of(beta), emit.op('Sub', [of(v), emit.op('MatMul', [of(k), now])])]);
    now = emit.op('Add', [now, emit.op('Mul', [of(across), update])]);
    const result = emit.op('Mul', [emit.op('MatMul', [of(q), now]), scale]);
    results.push(emit.op('Reshape', [result, vector(emit, [batch, 1, heads * depth])]));
  }
  const output = results.length === 1 && results[0] !== undefined ? results[0] : emit.op('Concat', results, { axis: int(1) });
  return [wide(output, query.dtype), wide(now, state?.dtype ?? query.dtype)];
}
