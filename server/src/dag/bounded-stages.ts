/** A DAG's stages as JavaScript functions from an element's index to its value, which leave its error bound in a register that all share. */
import { defined } from '../base/assert.js';
import { BoundedWriter, numberText, type Bounded, type BoundedScope, type Givens } from '../ir/bounded.js';
import { elementCount, type Buffer } from '../ir/buffer.js';
import { isFloat } from '../ir/dtype.js';
import type { Var } from '../ir/expr.js';
import type { Combiner } from '../ir/program.js';
import { neutralValue, roundingOf, wrapInteger } from '../ir/scalar.js';
import { bodyExpr } from './create.js';
import type { ComputeOp } from './op.js';

/** 17 bytes each, which the system gives when they are written. */
const MOST_PLACES = 2 ** 21;

/** The register: a variable of the text that all functions are part of. */
export const ERROR_REGISTER = 'E';

export class StageTexts {
  /** By buffer: the name of a function from an index, or of an input's values. */
  private readonly readers = new Map<Buffer, { readonly name: string; readonly input: boolean }>();
  private readonly parts: string[] = [`let ${ERROR_REGISTER} = 0;`];

  constructor(private readonly givens: Givens) {}

  get text(): string {
    return this.parts.join('\n');
  }

  /** The function that gets an element of `buffer`; arguments: its index. */
  nameOf(buffer: Buffer): string {
    return defined(this.readers.get(buffer), `a stage that writes ${buffer.name}`).name;
  }

  input(buffer: Buffer, values: ArrayLike<number>): void {
    this.readers.set(buffer, { name: this.givens.name(values), input: true });
  }

  /** `kept`: no element is computed twice. */
  stage(op: ComputeOp, kept: boolean): void {
    const name = `s${this.readers.size}`;
    const places = op.axes.map((_, d) => `i${d}`);
    const compute = this.compute(op, places);
    this.parts.push(kept ? this.remembered(name, places, op.output, compute) : `function ${name}(${places.join(', ')}) {\n${compute}\n}`);
    this.readers.set(op.output, { name, input: false });
  }

  private compute(op: ComputeOp, places: readonly string[]): string {
    const names = new Map<Var, string>([...op.axes, ...op.reduceAxes].map((axis, i) => [axis.var, `v${i}`]));
    const scope: BoundedScope = {
      givens: this.givens,
      variable: (v) => defined(names.get(v), `the axis ${v.name} of ${op.name}`),
      load: (buffer, indices, writer) => this.load(op, buffer, indices, writer),
    };
    const writer = new BoundedWriter(scope);
    op.axes.forEach(({ var: v, min }, d) => { writer.line(`const ${scope.variable(v)} = ${places[d]}${min === 0 ? '' : ` + ${numberText(min)}`};`); });
    if (op.body.kind === 'expr') {
      const { value, error } = writer.write(bodyExpr(op));
      writer.line(`${ERROR_REGISTER} = ${error};\nreturn ${value};`);
    } else reduction(op, op.body.combiner, scope, writer);
    return writer.text;
  }

  private load(op: ComputeOp, buffer: Buffer, indices: readonly string[], writer: BoundedWriter): Bounded {
    const { name, input } = defined(this.readers.get(buffer), `a stage before ${op.name} that writes ${buffer.name}`);
    const at = buffer.shape.map((extent, d) => {
      const i = writer.keep(indices[d] ?? 'NaN');
      writer.line(`if (!(${i} >= 0 && ${i} < ${extent})) ${this.givens.name(outside)}(${this.givens.name(buffer)}, ${d}, ${i});`);
      return i;
    });
    const value = writer.keep(input ? `${name}[${flatText(buffer, at)}]` : `${name}(${at.join(', ')})`);
    return { value, error: input ? '0' : writer.keep(ERROR_REGISTER) };
  }

  /** Where there is room, the elements lie at their places; else they are found by them. */
  private remembered(name: string, places: readonly string[], buffer: Buffer, compute: string): string {
    const elements = elementCount(buffer.shape);
    const [values, errors, known] = (elements > MOST_PLACES
      ? [new Map<number, number>(), new Map<number, number>(), undefined] : [new Float64Array(elements), new Float64Array(elements), new Uint8Array(elements)]).map((store) => this.givens.name(store));
    const args = places.join(', ');
    const get = elements > MOST_PLACES
      ? `if (!${values}.has(at)) { ${values}.set(at, ${name}_(${args})); ${errors}.set(at, ${ERROR_REGISTER}); }\n${ERROR_REGISTER} = ${errors}.get(at);\nreturn ${values}.get(at);`
      : `if (${known}[at] === 0) { ${values}[at] = ${name}_(${args}); ${errors}[at] = ${ERROR_REGISTER}; ${known}[at] = 1; }\n${ERROR_REGISTER} = ${errors}[at];\nreturn ${values}[at];`;
    return `function ${name}_(${args}) {\n${compute}\n}\nfunction ${name}(${args}) {\nconst at = ${flatText(buffer, places)};\n${get}\n}`;
  }
}

function flatText({ shape }: Buffer, at: readonly string[]): string {
  return at.slice(1).reduce((text, i, d) => `(${text}) * ${shape[d + 1]} + ${i}`, at[0] ?? '0');
}

function outside(buffer: Buffer, dimension: number, index: number): never {
  throw new Error(`${buffer.name}: index ${index} of dimension ${dimension} is outside of 0:${buffer.shape[dimension]}`);
}

function reduction(op: ComputeOp, combiner: Combiner, scope: BoundedScope, writer: BoundedWriter): void {
  const dtype = op.output.dtype;
  const { epsilon } = roundingOf(dtype);
  const terms = op.reduceAxes.reduce((n, axis) => n * axis.extent, 1);
  // n roundings, each of at most epsilon times a partial sum, go in both directions: their sum grows like the root of n.
  // Rounding errors of a sum mostly cancel; in a very long one the running sum grows so large that small terms get lost, always in one direction.
  const depth = epsilon * Math.min(terms, Math.max(2 + Math.sqrt(terms) / 2, terms >= 32_768 ? terms / 128 : 0));
  writer.line(`let value = ${numberText(neutralValue(combiner, dtype))}, error = 0, size = 0;`);
  for (const { var: v, min, extent } of op.reduceAxes) {
    const name = scope.variable(v);
    writer.line(`for (let ${name} = ${numberText(min)}; ${name} < ${numberText(min + extent)}; ${name}++) {`);
  }
  const term = writer.write(bodyExpr(op));
  switch (combiner) {
    case 'add': writer.line(`value += ${term.value}; error += ${term.error}; size += Math.abs(${term.value});`); break;
    case 'mul':
      writer.line(`error = Math.abs(value) * ${term.error} + Math.abs(${term.value}) * error + error * ${term.error} + ${epsilon} * Math.abs(value * ${term.value}); value *= ${term.value};`);
      break;
    case 'max': case 'min': writer.line(`error = Math.max(error, ${term.error}); if (${term.value} ${combiner === 'max' ? '>' : '<'} value) value = ${term.value};`);
  }
  if (!isFloat(dtype)) writer.line(`value = ${scope.givens.name(wrapInteger)}(value, ${JSON.stringify(dtype)});`);
  writer.line(`${op.reduceAxes.map(() => '}').join(' ')}\n${ERROR_REGISTER} = error + ${depth} * size;\nreturn value;`);
}
