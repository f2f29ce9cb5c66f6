/** Einsum, Det, and running sums and products. */
import { defined } from '../../../base/assert.js';
import { err, ok, type Result } from '../../../base/result.js';
import { reduce } from '../../../dag/create.js';
import { numberedAxes } from '../../../dag/operators/index-forms.js';
import { as, atLeast, atMost, greater, less, minus, number, plus, times } from '../../../dag/operators/scalar-forms.js';
import { int, load, select, type Expr } from '../../../ir/expr.js';
import { running as runningProcedure } from '../../procedures/running.js';
import type { Value } from '../graph.js';
import type { Operator, OperatorCall } from '../operator.js';
import { axisOf, required } from '../operator-input.js';
import { elementMap } from './element-map.js';
import { numbersAt } from './movement-math.js';
import { extentProblem, procedureOperator } from './procedure-operator.js';
import { tensorOperator } from './tensor-operator.js';

interface Equation { readonly operands: readonly (readonly string[])[]; readonly result: readonly string[]; readonly extents: ReadonlyMap<string, number> }

/** Labels of the dimensions; those under an ellipsis get numbers, aligned right. */
function parseEquation(text: string, shapes: readonly (readonly number[])[]): Result<Equation> {
  const [left = '', right] = text.replace(/\s/g, '').split('->');
  const terms = left.split(',');
  if (terms.length !== shapes.length) return err(`its equation "${text}" has ${terms.length} operands for ${shapes.length} inputs`);
  const letters = (term: string): number => term.replace('...', '').length;
  const batch = Math.max(0, ...terms.map((term, i) => (term.includes('...') ? (shapes[i]?.length ?? 0) - letters(term) : 0)));
  const expand = (term: string, rank: number): string[] => {
    const covered = rank - letters(term);
    return (term.match(/\.\.\.|[A-Za-z]/g) ?? []).flatMap((label) => (label === '...' ? Array.from({ length: covered }, (_, i) => `#${batch - covered + i}`) : [label]));
  };
  const operands = terms.map((term, i) => expand(term, shapes[i]?.length ?? 0));
  const extents = new Map<string, number>();
  for (const [i, labels] of operands.entries()) {
    if (labels.length !== shapes[i]?.length) return err(`its equation "${text}" does not fit an input of rank ${shapes[i]?.length}`);
    for (const [d, label] of labels.entries()) {
      const extent = shapes[i]?.[d] ?? 1;
      const known = extents.get(label) ?? 1;
      if (known !== 1 && extent !== 1 && known !== extent) return err(`"${label}" of its equation "${text}" stands for ${known} and ${extent}`);
      extents.set(label, Math.max(known, extent));
    }
  }
  const counts = new Map<string, number>();
  for (const label of terms.join('').match(/[A-Za-z]/g) ?? []) counts.set(label, (counts.get(label) ?? 0) + 1);
  const implied = [...Array.from({ length: batch }, (_, i) => `#${i}`), ...[...counts].filter(([, count]) => count === 1).map(([label]) => label).sort()];
  return ok({ operands, result: right === undefined ? implied : expand(right, batch + letters(right)), extents });
}

const einsum = tensorOperator(({ inputs, attributes }) => {
  const values = inputs.flatMap((value) => value ?? []);
  const first = required(inputs, 0);
  if (!first.ok) return first;
  const parsed = parseEquation(attributes.text('equation', ''), values.map((value) => value.shape));
  if (!parsed.ok) return parsed;
  const { operands, result, extents } = parsed.value;
  const summed = [...extents.keys()].filter((label) => !result.includes(label));
  const shape = result.map((label) => extents.get(label) ?? 1);
  return ok([{
    label: 'einsum', pattern: 'anchor', dtype: first.value.dtype, shape,
    stages: (buffers) => [reduce('T_einsum', shape, numberedAxes('ax', shape.length), (summed.length === 0 ? ['one'] : summed).map((label, i) => [`k${i}`, extents.get(label) ?? 1] as const), 'add', (at, r) => {
      const index = (label: string): Expr => (result.includes(label) ? at[result.indexOf(label)] : r[summed.indexOf(label)]) ?? int(0);
      return operands.map((labels, i): Expr => {
        const buffer = defined(buffers[i], 'an operand');
        return load(buffer, labels.map((label, d) => (buffer.shape[d] === 1 ? int(0) : index(label))));
      }).reduce(times);
    })],
  }]);
});

/** Of matrices up to 5 x 5, by expansion along the first row. */
const det = tensorOperator(({ inputs }) => {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  const { dtype, shape } = x.value;
  const n = shape[shape.length - 1] ?? 1;
  if (shape.length < 2 || shape[shape.length - 2] !== n) return err('it needs square matrices');
  if (n > 5) return err(`matrices of ${n} x ${n} are not supported, at most 5 x 5`);
  return ok([elementMap('det', { dtype, shape: shape.slice(0, -2) }, (data, at) => {
    const minor = (row: number, columns: readonly number[]): Expr => {
      const terms = columns.map((column, i) => {
        const element = data.at(0, [...at, int(row), int(column)]);
        const rest = columns.filter((_, k) => k !== i);
        return { negative: i % 2 === 1, value: rest.length === 0 ? element : times(element, minor(row + 1, rest)) };
      });
      return terms.slice(1).reduce((sum, { negative, value }) => (negative ? minus : plus)(sum, value), defined(terms[0], 'a column').value);
    };
    return minor(0, Array.from({ length: n }, (_, i) => i));
  })]);
});

interface Running { readonly x: Value; readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean }

function runningOf(call: OperatorCall): Result<Running> {
  const x = required(call.inputs, 0);
  if (!x.ok) return x;
  const given = numbersAt(call, 1, 'axis');
  if (!given.ok) return given;
  const axis = axisOf(given.value[0] ?? 0, x.value.shape.length);
  return axis.ok ? ok({ x: x.value, axis: axis.value, exclusive: call.attributes.number('exclusive', 0) === 1, reverse: call.attributes.number('reverse', 0) === 1 }) : axis;
}

/** As a reduction for each element, work grows with the square of the axis; up to here that is cheaper than a pass that nothing is fused with. */
const MOST_REDUCED = 32;

/** Every element combined with those before it. */
function running(label: string, combiner: 'add' | 'mul'): Operator {
  const short = tensorOperator((call) => {
    const asked = runningOf(call);
    if (!asked.ok) return asked;
    const { x: { dtype, shape }, axis, exclusive, reverse } = asked.value;
    const counts = reverse ? (exclusive ? greater : atLeast) : exclusive ? less : atMost;
    return ok([{
      label, pattern: 'anchor', dtype, shape,
      stages: ([buffer]) => [reduce(`T_${label}`, shape, numberedAxes('ax', shape.length), { k: shape[axis] ?? 1 }, combiner, (at, [k = int(0)]) =>
        select(counts(k, at[axis] ?? int(0)), as(dtype, load(defined(buffer, 'the input'), at.map((e, i) => (i === axis ? k : e)))), number(combiner === 'add' ? 0 : 1, dtype)))],
    }]);
  });
  const long = procedureOperator((call) => {
    const asked = runningOf(call);
    if (!asked.ok) return asked;
    const { x, axis, reverse } = asked.value;
    // From the end on, the elements behind the extent would come first.
    if (reverse && x.extent?.axis === axis) return err(extentProblem(x));
    return ok({ procedure: runningProcedure({ ...asked.value, combiner }), inputs: [x], carried: [x.extent] });
  });
  const chosen = (call: OperatorCall): Operator => {
    const asked = runningOf(call);
    return asked.ok && asked.value.x.extent === undefined && (asked.value.x.shape[asked.value.axis] ?? 1) <= MOST_REDUCED ? short : long;
  };
  return {
    takesExtents: true,
    infer: (call) => chosen(call).infer(call),
    lower: (node, to) => chosen({ opset: node.opset, attributes: node.attributes, inputs: node.inputs, outputCount: 1 }).lower?.(node, to) ?? ok(undefined),
  };
}

export const ALGEBRA_OPERATORS: Readonly<Record<string, Operator>> = { CumProd: running('cumprod', 'mul'), CumSum: running('cumsum', 'add'), Det: det, Einsum: einsum };
