/**
 * RNN, GRU and LSTM with all attributes (onnx/defs/rnn): the inputs' products for all steps at once, then one step after another; many
 * steps stay a loop.
 * Gates lie as ONNX orders them: LSTM iofc, GRU zrh.
 */
import { defined as definedAs } from '../../base/assert.js';
import { hostTensor } from '../tensor.js';
import { calledLoop } from './called-loop.js';
import { Emitter, ExpansionError, int, MANY_STEPS, type Expansion } from './expansion.js';
import type { Value } from './graph.js';

type Activation = (x: Value) => Value;

const GATES: Readonly<Record<string, number>> = { RNN: 1, GRU: 3, LSTM: 4 };
const DEFAULTS: Readonly<Record<string, readonly string[]>> = { RNN: ['Tanh'], GRU: ['Sigmoid', 'Tanh'], LSTM: ['Sigmoid', 'Tanh', 'Tanh'] };

export function expandRecurrent(at: Expansion): readonly (Value | undefined)[] {
  return new Recurrent(at).outputs();
}

class Recurrent {
  private readonly emit: Emitter;
  private readonly kind: string;
  private readonly gates: number;
  private readonly x: Value;
  private readonly hidden: number;
  private readonly directions: readonly boolean[];
  private readonly batchFirst: boolean;
  private readonly steps: number;
  private readonly batch: number;

  constructor(private readonly at: Expansion) {
    this.emit = new Emitter(at);
    this.kind = at.node.op;
    this.gates = GATES[this.kind] ?? 1;
    const [x, w, r] = at.inputs;
    if (x === undefined || w === undefined || r === undefined) throw new ExpansionError('it needs the inputs X, W and R');
    this.batchFirst = this.integer('layout', 0) === 1;
    this.x = this.batchFirst ? this.swapped(x) : x;
    this.steps = this.x.shape[0] ?? 0;
    this.batch = this.x.shape[1] ?? 0;
    this.hidden = r.shape[2] ?? 0;
    const direction = this.text('direction', 'forward');
    this.directions = direction === 'bidirectional' ? [false, true] : [direction === 'reverse'];
    const fits = x.shape.length === 3 && w.shape.length === 3 && r.shape.length === 3 && w.shape[0] === this.directions.length && r.shape[0] === this.directions.length
      && w.shape[1] === this.gates * this.hidden && r.shape[1] === this.gates * this.hidden && w.shape[2] === x.shape[2];
    if (!fits) throw new ExpansionError(`the shapes of X [${x.shape.join(', ')}], W [${w.shape.join(', ')}] and R [${r.shape.join(', ')}] do not fit together (${direction})`);
    if (this.steps < 1) throw new ExpansionError('it has no steps');
  }

  outputs(): readonly (Value | undefined)[] {
    const { emit } = this;
    const done = this.directions.map((back, d) => this.direction(d, back));
    const wanted = (i: number): boolean => (this.at.node.outputs[i] ?? '') !== '';
    const join = (parts: readonly Value[], axis: number): Value => (parts.length === 1 ? defined(parts[0]) : emit.op('Concat', parts, { axis: int(axis) }));
    // [steps, directions, batch, hidden], or [batch, steps, directions, hidden].
    const y = !wanted(0) ? undefined : this.steps > MANY_STEPS ? join(done.map(({ all }) => this.lifted(defined(all[0]), 1)), 1)
      : join(Array.from({ length: this.steps }, (_, t) => this.lifted(join(done.map(({ all }) => this.lifted(defined(all[t]), 0)), 0), 0)), 0);
    const last = (parts: readonly Value[]): Value => {
      const stacked = join(parts.map((part) => this.lifted(part, 0)), 0);
      return this.batchFirst ? this.swapped(stacked) : stacked;
    };
    return [
      y === undefined || !this.batchFirst ? y : emit.op('Transpose', [y], { perm: { kind: 'ints', value: [2, 0, 1, 3] } }),
      wanted(1) ? last(done.map(({ h }) => h)) : undefined,
      ...(this.kind === 'LSTM' && wanted(2) ? [last(done.map(({ c }) => defined(c)))] : []),
    ];
  }

  /** `all`: results by step, or one value with all of them where the steps stay a loop. */
  private direction(d: number, back: boolean): { all: readonly Value[]; h: Value; c: Value | undefined } {
    const { emit, gates, hidden } = this;
    const [, w, r, b, lengths, h0, c0, p] = this.at.inputs;
    const part = (value: Value, begin: number, end: number): Value => this.sliced(value, begin * hidden, end * hidden);
    const weights = emit.op('Transpose', [this.picked(defined(w), d)], {});
    const recurrent = emit.op('Transpose', [this.picked(defined(r), d)], {});
    const biases = b === undefined ? undefined : this.picked(b, d);
    const wb = biases === undefined ? undefined : part(biases, 0, gates);
    const rb = biases === undefined ? undefined : part(biases, gates, 2 * gates);
    const products = emit.op('MatMul', [this.x, weights]);
    const inputs = wb === undefined ? products : emit.op('Add', [products, wb]);
    const peepholes = p === undefined || this.kind !== 'LSTM' ? undefined : this.picked(p, d);
    const act = this.activations(d);
    const initial = (value: Value | undefined): Value => {
      if (value === undefined) return emit.constant(hostTensor(this.x.dtype, [this.batch, hidden], new Float64Array(this.batch * hidden)));
      return this.picked(this.batchFirst ? this.swapped(value) : value, d);
    };
    const step = (t: Value | number, h: Value, c: Value | undefined): { out: Value; h: Value; c: Value | undefined } => {
      const x = typeof t === 'number' ? this.picked(inputs, t) : emit.op('Gather', [inputs, t], { axis: int(0) });
      const next = this.kind === 'LSTM' ? this.lstm(x, h, defined(c), recurrent, rb, peepholes, act)
        : { h: this.kind === 'GRU' ? this.gru(x, h, recurrent, rb, act) : defined(act[0])(this.clipped(this.sum(x, emit.op('MatMul', [h, recurrent]), rb))), c: undefined };
      if (lengths === undefined) return { out: next.h, ...next };
      const at = typeof t === 'number' ? emit.constant(hostTensor(lengths.dtype, [1], [t])) : emit.op('CastLike', [this.lifted(t, 0), lengths]);
      const alive = this.lifted(emit.op('Less', [at, lengths]), 1);
      const zero = emit.constant(hostTensor(this.x.dtype, [1, 1], [0]));
      return {
        out: emit.op('Where', [alive, next.h, zero]),
        h: emit.op('Where', [alive, next.h, h]),
        c: c === undefined || next.c === undefined ? undefined : emit.op('Where', [alive, next.c, c]),
      };
    };
    let h = initial(h0);
    let c = this.kind === 'LSTM' ? initial(c0) : undefined;
    if (this.steps > MANY_STEPS) return this.called(back, step, h, c);
    const all: Value[] = new Array<Value>(this.steps);
    for (let n = 0; n < this.steps; n++) {
      const t = back ? this.steps - 1 - n : n;
      const done = step(t, h, c);
      ({ h, c } = done);
      all[t] = done.out;
    }
    return { all, h, c };
  }

  private called(back: boolean, step: (t: Value, h: Value, c: Value | undefined) => { out: Value; h: Value; c: Value | undefined }, h: Value, c: Value | undefined): { all: readonly Value[]; h: Value; c: Value | undefined } {
    const { carried, collected } = calledLoop(this.at, {
      trips: this.steps, condition: undefined, initial: c === undefined ? [h] : [h, c], back: () => back,
      body: (trip, [own, cell]) => {
        const t = back ? this.emit.op('Sub', [this.emit.constant(hostTensor('int64', [], [this.steps - 1])), trip]) : trip;
        const done = step(t, defined(own), cell);
        return { condition: undefined, carried: done.c === undefined ? [done.h] : [done.h, done.c], collected: [done.out] };
      },
    });
    return { all: collected, h: defined(carried[0]), c: carried[1] };
  }

  private lstm(x: Value, h: Value, c: Value, recurrent: Value, rb: Value | undefined, peepholes: Value | undefined, act: readonly Activation[]): { h: Value; c: Value } {
    const { emit, hidden } = this;
    const sums = this.sum(x, emit.op('MatMul', [h, recurrent]), rb);
    const gate = (i: number): Value => this.sliced(sums, i * hidden, (i + 1) * hidden);
    const peep = (value: Value, i: number, cell: Value): Value => (peepholes === undefined ? value
      : emit.op('Add', [value, emit.op('Mul', [this.sliced(peepholes, i * hidden, (i + 1) * hidden), cell])]));
    const [f, g, hAct] = [defined(act[0]), defined(act[1]), defined(act[2])];
    const i = f(this.clipped(peep(gate(0), 0, c)));
    const forget = this.integer('input_forget', 0) === 1 ? emit.op('Sub', [this.number(1), i]) : f(this.clipped(peep(gate(2), 2, c)));
    const cell = emit.op('Add', [emit.op('Mul', [forget, c]), emit.op('Mul', [i, g(this.clipped(gate(3)))])]);
    const o = f(this.clipped(peep(gate(1), 1, cell)));
    return { h: emit.op('Mul', [o, hAct(cell)]), c: cell };
  }

  private gru(x: Value, h: Value, recurrent: Value, rb: Value | undefined, act: readonly Activation[]): Value {
    const { emit, hidden } = this;
    const [f, g] = [defined(act[0]), defined(act[1])];
    const zr = (value: Value): Value => this.sliced(value, 0, 2 * hidden);
    const candidate = (value: Value): Value => this.sliced(value, 2 * hidden, 3 * hidden);
    const columns = (begin: number, end: number): Value => this.slicedAxis(recurrent, 1, begin * hidden, end * hidden);
    const gates = f(this.clipped(this.sum(zr(x), emit.op('MatMul', [h, columns(0, 2)]), rb === undefined ? undefined : zr(rb))));
    const z = this.sliced(gates, 0, hidden);
    const r = this.sliced(gates, hidden, 2 * hidden);
    const bias = rb === undefined ? undefined : candidate(rb);
    const linearFirst = this.integer('linear_before_reset', 0) !== 0;
    const product = (value: Value): Value => {
      const made = emit.op('MatMul', [value, columns(2, 3)]);
      return bias === undefined ? made : emit.op('Add', [made, bias]);
    };
    const reset = linearFirst ? emit.op('Mul', [r, product(h)]) : product(emit.op('Mul', [r, h]));
    const n = g(this.clipped(emit.op('Add', [candidate(x), reset])));
    return emit.op('Add', [emit.op('Mul', [emit.op('Sub', [this.number(1), z]), n]), emit.op('Mul', [z, h])]);
  }

  private sum(x: Value, product: Value, bias: Value | undefined): Value {
    const sum = this.emit.op('Add', [product, x]);
    return bias === undefined ? sum : this.emit.op('Add', [sum, bias]);
  }

  private clipped(x: Value): Value {
    const clip = this.at.node.attributes.get('clip');
    return clip?.kind === 'float' ? this.emit.op('Clip', [x, this.number(-clip.value), this.number(clip.value)]) : x;
  }

  /** The activations of direction `d`, each with its alpha and beta (taken in turn by those that have them). */
  private activations(d: number): Activation[] {
    const defaults = DEFAULTS[this.kind] ?? [];
    const given = this.at.node.attributes.get('activations');
    const names = given?.kind === 'strings' && given.value.length > 0 ? given.value : [...defaults, ...defaults];
    const alphas = this.floats('activation_alpha');
    const betas = this.floats('activation_beta');
    let [nextAlpha, nextBeta] = [0, 0];
    const all = names.map((name): Activation => {
      const known = ACTIVATIONS[name.toLowerCase()];
      if (known === undefined) throw new ExpansionError(`its activation "${name}" is not supported`);
      const alpha = known.alpha === undefined ? 0 : alphas[nextAlpha++] ?? known.alpha;
      const beta = known.beta === undefined ? 0 : betas[nextBeta++] ?? known.beta;
      return (x) => known.make(this, x, alpha, beta);
    });
    return all.slice(d * defaults.length, (d + 1) * defaults.length);
  }

  op(name: string, inputs: readonly Value[], alpha?: number, beta?: number): Value {
    return this.emit.op(name, inputs, { ...(alpha === undefined ? {} : { alpha: { kind: 'float', value: alpha } }), ...(beta === undefined ? {} : { beta: { kind: 'float', value: beta } }) });
  }

  number(value: number): Value {
    return this.emit.constant(hostTensor(this.x.dtype, [], [value]));
  }

  private picked(value: Value, index: number): Value {
    if (value.shape[0] === 1) return this.emit.op('Squeeze', [value, this.integers([0])]);
    return this.emit.op('Gather', [value, this.emit.constant(hostTensor('int64', [], [index]))], { axis: int(0) });
  }

  private lifted(value: Value, axis: number): Value {
    return this.emit.op('Unsqueeze', [value, this.integers([axis])]);
  }

  private sliced(value: Value, begin: number, end: number): Value {
    return this.slicedAxis(value, value.shape.length - 1, begin, end);
  }

  private slicedAxis(value: Value, axis: number, begin: number, end: number): Value {
    if (begin === 0 && end === value.shape[axis]) return value;
    return this.emit.op('Slice', [value, this.integers([begin]), this.integers([end]), this.integers([axis])]);
  }

  private swapped(value: Value): Value {
    return this.emit.op('Transpose', [value], { perm: { kind: 'ints', value: [1, 0, 2] } });
  }

  private integers(values: readonly number[]): Value {
    return this.emit.constant(hostTensor('int64', [values.length], values));
  }

  private integer(name: string, otherwise: number): number {
    const attribute = this.at.node.attributes.get(name);
    return attribute?.kind === 'int' ? attribute.value : otherwise;
  }

  private text(name: string, otherwise: string): string {
    const attribute = this.at.node.attributes.get(name);
    return attribute?.kind === 'string' ? attribute.value : otherwise;
  }

  private floats(name: string): readonly number[] {
    const attribute = this.at.node.attributes.get(name);
    return attribute?.kind === 'floats' ? attribute.value : [];
  }
}

interface KnownActivation {
  /** Defaults; undefined where the activation has no such parameter. */
  readonly alpha?: number;
  readonly beta?: number;
  readonly make: (to: Recurrent, x: Value, alpha: number, beta: number) => Value;
}

const ACTIVATIONS: Readonly<Record<string, KnownActivation>> = {
  sigmoid: { make: (to, x) => to.op('Sigmoid', [x]) },
  tanh: { make: (to, x) => to.op('Tanh', [x]) },
  relu: { make: (to, x) => to.op('Relu', [x]) },
  softsign: { make: (to, x) => to.op('Softsign', [x]) },
  softplus: { make: (to, x) => to.op('Softplus', [x]) },
  elu: { alpha: 1, make: (to, x, alpha) => to.op('Elu', [x], alpha) },
  leakyrelu: { alpha: 0.01, make: (to, x, alpha) => to.op('LeakyRelu', [x], alpha) },
  thresholdedrelu: { alpha: 1, make: (to, x, alpha) => to.op('ThresholdedRelu', [x], alpha) },
  hardsigmoid: { alpha: 0.2, beta: 0.5, make: (to, x, alpha, beta) => to.op('HardSigmoid', [x], alpha, beta) },
  affine: { alpha: 1, beta: 0, make: (to, x, alpha, beta) => to.op('Add', [to.op('Mul', [x, to.number(alpha)]), to.number(beta)]) },
  scaledtanh: { alpha: 1, beta: 1, make: (to, x, alpha, beta) => to.op('Mul', [to.op('Tanh', [to.op('Mul', [x, to.number(beta)])]), to.number(alpha)]) },
};

function defined<T>(value: T | undefined): T {
  return definedAs(value, 'a part of a recurrent layer');
}
