/** Operators whose outputs are as large as their data says: TopK (with a computed k), NonMaxSuppression, NonZero, Compress, Unique. */
import { err, ok, type Result } from '../../../base/result.js';
import { compress, nonZero } from '../../procedures/choose-elements.js';
import { nonMaxSuppression } from '../../procedures/non-max-suppression.js';
import { topK } from '../../procedures/top-k.js';
import { unique } from '../../procedures/unique.js';
import type { Value } from '../graph.js';
import type { Operator } from '../operator.js';
import { axisOf, required } from '../operator-input.js';
import { knownScalar } from '../expansion.js';
import { commonCount, extentProblem, procedureOperator } from './procedure-operator.js';

const top = procedureOperator(({ inputs, attributes, opset }) => {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  const axis = axisOf(attributes.number('axis', -1), x.value.shape.length);
  if (!axis.ok) return axis;
  const extent = x.value.shape[axis.value] ?? 1;
  const wanted = opset < 10 ? undefined : required(inputs, 1);
  if (wanted?.ok === false) return wanted;
  const known = wanted === undefined ? attributes.number('k', -1) : knownScalar(wanted.value);
  const counted = x.value.extent?.axis === axis.value;
  if (known !== undefined && (!Number.isInteger(known) || known < 0 || (known > extent && !counted))) return err(`its k is ${known}, and dimension ${axis.value} of [${x.value.shape.join(', ')}] has ${extent} elements`);
  const open = known === undefined ? wanted?.value : undefined;
  const procedure = topK({ x: x.value, axis: axis.value, k: Math.min(known ?? extent, extent), kType: open, largest: attributes.number('largest', 1) !== 0, counted });
  const own = open === undefined && !counted ? undefined : { axis: axis.value, count: 2 };
  if (own !== undefined && x.value.extent !== undefined && !counted) return err(extentProblem(x.value));
  return ok({
    procedure, inputs: [x.value, ...(open === undefined ? [] : [open]), ...(counted && x.value.extent !== undefined ? [x.value.extent.count] : [])],
    extents: [own, own], carried: counted ? [] : [x.value.extent, x.value.extent],
  });
});

const suppression = procedureOperator(({ inputs, attributes }) => {
  const boxes = required(inputs, 0);
  if (!boxes.ok) return boxes;
  const scores = required(inputs, 1);
  if (!scores.ok) return scores;
  const [batches, boxCount, four] = boxes.value.shape;
  if (boxes.value.shape.length !== 3 || scores.value.shape.length !== 3 || four !== 4 || scores.value.shape[0] !== batches || scores.value.shape[2] !== boxCount) {
    return err(`its boxes [${boxes.value.shape.join(', ')}] and scores [${scores.value.shape.join(', ')}] do not fit: [batches, boxes, 4] and [batches, classes, boxes] are wanted`);
  }
  const [most, iou, score] = [inputs[2], inputs[3], inputs[4]];
  const floats = [boxes.value, scores.value, iou, score].flatMap((value) => value ?? []);
  const odd = floats.find((value) => value.dtype !== 'float32');
  if (odd !== undefined) return err(`"${odd.name}" is ${odd.dtype} instead of float32`);
  const count = commonCount([boxes.value, scores.value]);
  if (!count.ok) return count;
  const wrong = [boxes.value, scores.value].find((value) => value.extent?.axis !== (count.value === undefined ? undefined : value === boxes.value ? 1 : 2));
  if (wrong !== undefined) return err(wrong.extent === undefined ? 'its boxes and scores do not have one number of boxes' : extentProblem(wrong));
  const known = most === undefined ? 0 : knownScalar(most);
  const procedure = nonMaxSuppression({
    boxes: boxes.value, scores: scores.value, most, iou, score, centred: attributes.number('center_point_box', 0) === 1,
    bound: Math.max(0, Math.min(known ?? Infinity, boxCount ?? 0)), counted: count.value !== undefined,
  });
  return ok({
    procedure, inputs: [boxes.value, scores.value, ...[most, iou, score].flatMap((value) => value ?? []), ...(count.value === undefined ? [] : [count.value])],
    extents: [{ axis: 0, count: 1 }],
  });
});

/** The count of an extent, if there is any. */
function countOf({ extent }: Value): readonly Value[] {
  return extent === undefined ? [] : [extent.count];
}

const nonZeros = procedureOperator(({ inputs }) => {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  return ok({ procedure: nonZero(x.value, x.value.extent?.axis), inputs: [x.value, ...countOf(x.value)], extents: [{ axis: 1, count: 1 }] });
});

function optionalAxis(axis: number | undefined, rank: number): Result<number | undefined> {
  return axis === undefined ? ok(undefined) : axisOf(axis, rank);
}

const compressed = procedureOperator(({ inputs, attributes }) => {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  const condition = required(inputs, 1);
  if (!condition.ok) return condition;
  const axis = optionalAxis(attributes.has('axis') ? attributes.number('axis', 0) : undefined, x.value.shape.length);
  if (!axis.ok) return axis;
  if (condition.value.shape.length !== 1) return err(`its condition has the shape [${condition.value.shape.join(', ')}]; one dimension is wanted`);
  const count = commonCount([x.value, condition.value]);
  if (!count.ok) return count;
  const along = axis.value ?? (x.value.shape.length === 1 ? 0 : undefined);
  if (x.value.extent !== undefined && x.value.extent.axis !== along) return err(extentProblem(x.value));
  return ok({
    procedure: compress(x.value, condition.value, axis.value, count.value !== undefined), inputs: [x.value, condition.value, ...(count.value === undefined ? [] : [count.value])],
    extents: [{ axis: axis.value ?? 0, count: 1 }],
  });
});

const uniqueElements = procedureOperator(({ inputs, attributes }) => {
  const x = required(inputs, 0);
  if (!x.ok) return x;
  const axis = optionalAxis(attributes.has('axis') ? attributes.number('axis', 0) : undefined, x.value.shape.length);
  if (!axis.ok) return axis;
  const along = axis.value ?? (x.value.shape.length === 1 ? 0 : undefined);
  if (x.value.extent !== undefined && x.value.extent.axis !== along) return err(extentProblem(x.value));
  const found = { axis: 0, count: 4 };
  const inverse = x.value.extent === undefined ? undefined : { axis: 0, count: x.value.extent.count };
  return ok({
    procedure: unique({ x: x.value, axis: axis.value, sorted: attributes.number('sorted', 1) !== 0, counted: x.value.extent !== undefined }), inputs: [x.value, ...countOf(x.value)],
    extents: [{ axis: axis.value ?? 0, count: 4 }, found, undefined, found], carried: [undefined, undefined, inverse],
  });
});

export const DATA_DEPENDENT_OPERATORS: Readonly<Record<string, Operator>> = {
  TopK: top, NonMaxSuppression: suppression, NonZero: nonZeros, Compress: compressed, Unique: uniqueElements,
};
