/** NonMaxSuppression, as onnxruntime's non_max_suppression.cc decides each case: equal scores in the order of the boxes, areas of 0 suppress nothing. */
import { ProcedureBuilder, type Variable } from '../../ir/procedure/builder.js';
import type { Buffer } from '../../ir/buffer.js';
import type { Procedure, Term } from '../../ir/procedure/procedure.js';
import { add, and, cast, div, eq, gt, le, load, lt, max, min, mul, or, sub, term } from '../../ir/procedure/terms.js';
import type { TensorType } from '../tensor.js';
import { clampedCount, extentOf } from './nest.js';
import { greater, same, sort } from './sort.js';

export interface SuppressionSpec {
  /** [batches, boxes, 4] */
  readonly boxes: TensorType;
  /** [batches, classes, boxes] */
  readonly scores: TensorType;
  /** Types of the scalars that are given. */
  readonly most: TensorType | undefined;
  readonly iou: TensorType | undefined;
  readonly score: TensorType | undefined;
  /** Boxes are (x, y, width, height) around their centres, not two corners (y, x, y, x) in any order. */
  readonly centred: boolean;
  /** Largest number of boxes of one class. */
  readonly bound: number;
  /** A last input says how many boxes count. */
  readonly counted: boolean;
}

interface Corners { readonly left: Variable; readonly right: Variable; readonly top: Variable; readonly bottom: Variable; readonly area: Variable }

/** Outputs: rows (batch, class, box) and their number; rows behind it are 0. */
export function nonMaxSuppression(spec: SuppressionSpec): Procedure {
  const [batches = 0, classes = 0, boxCount = 0] = spec.scores.shape;
  const p = new ProcedureBuilder('non_max_suppression');
  const boxes = p.input('boxes', spec.boxes);
  const scores = p.input('scores', spec.scores);
  const optional = (name: string, type: TensorType | undefined): Buffer | undefined => (type === undefined ? undefined : p.input(name, type));
  const [mostBoxes, iou, least] = [optional('most', spec.most), optional('iou', spec.iou), optional('score', spec.score)];
  const count = spec.counted ? p.input('count', { dtype: 'int64', shape: [] }) : undefined;
  const rows = batches * classes * spec.bound;
  const selected = p.output('selected', { dtype: 'int64', shape: [rows, 3] });
  const found = p.output('found', { dtype: 'int64', shape: [] });
  const ids = p.scratch('ids', 'int32', boxCount);
  const kept = p.scratch('kept', 'int32', spec.bound);
  const most = mostBoxes === undefined ? p.let('most', 0) : clampedCount(p, load(mostBoxes, 0), spec.bound);
  const threshold = p.let('threshold', iou === undefined ? { kind: 'const', value: 0, type: 'float32' } : load(iou, 0));
  const valid = p.let('boxes', term(extentOf(p, count, boxCount)));
  const total = p.let('total', 0);
  p.for('b', 0, batches, (b) => p.for('c', 0, classes, (c) => {
    const scoresAt = p.let('scores', mul(add(mul(b, classes), c), boxCount));
    const candidates = p.let('candidates', 0);
    p.for('box', 0, valid, (box) => {
      const enter = (): void => {
        p.store(ids, candidates, box);
        p.set(candidates, add(candidates, 1));
      };
      if (least === undefined) enter();
      else p.if(gt(load(scores, add(scoresAt, box)), load(least, 0)), enter);
    });
    sort(p, ids, candidates, (one, other) => {
      const [x, y] = [p.let('x', load(scores, add(scoresAt, one))), p.let('y', load(scores, add(scoresAt, other)))];
      return or(greater(x, y), and(same(x, y), lt(one, other)));
    });
    const keeping = p.let('keeping', 0);
    const next = p.let('next', 0);
    p.while(and(lt(next, candidates), lt(keeping, most)), () => {
      const id = p.let('id', load(ids, next));
      const own = corners(p, boxes, mul(add(mul(b, boxCount), id), 4), spec.centred);
      const suppressed = p.let('suppressed', 0);
      const against = p.let('against', 0);
      p.while(and(lt(against, keeping), eq(suppressed, 0)), () => {
        const other = corners(p, boxes, mul(add(mul(b, boxCount), load(kept, against)), 4), spec.centred);
        overlap(p, own, other, threshold, suppressed);
        p.set(against, add(against, 1));
      });
      p.if(eq(suppressed, 0), () => {
        p.store(kept, keeping, id);
        p.set(keeping, add(keeping, 1));
        [b, c, id].forEach((part, i) => p.store(selected, add(mul(total, 3), i), cast(part, 'int64')));
        p.set(total, add(total, 1));
      });
      p.set(next, add(next, 1));
    });
  }));
  p.for('rest', mul(total, 3), rows * 3, (at) => p.store(selected, at, 0));
  p.store(found, 0, cast(total, 'int64'));
  return p.finish();
}

function corners(p: ProcedureBuilder, boxes: Buffer, at: Term, centred: boolean): Corners {
  const start = p.let('at', at);
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => p.let(`box${i}`, load(boxes, add(start, i))));
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('assertion failed: a box has four numbers');
  const sides = centred
    ? [sub(a, div(c, 2)), add(a, div(c, 2)), sub(b, div(d, 2)), add(b, div(d, 2))] as const
    : [min(b, d), max(b, d), min(a, c), max(a, c)] as const;
  const [left, right, top, bottom] = [p.let('left', sides[0]), p.let('right', sides[1]), p.let('top', sides[2]), p.let('bottom', sides[3])];
  return { left, right, top, bottom, area: p.let('area', mul(sub(right, left), sub(bottom, top))) };
}

/** Sets `suppressed` where the boxes share more than the threshold of their union. */
function overlap(p: ProcedureBuilder, a: Corners, b: Corners, threshold: Variable, suppressed: Variable): void {
  const width = p.let('width', sub(min(a.right, b.right), max(a.left, b.left)));
  const height = p.let('height', sub(min(a.bottom, b.bottom), max(a.top, b.top)));
  p.if(and(gt(width, 0), gt(height, 0)), () => {
    const shared = p.let('shared', mul(width, height));
    const union = p.let('union', sub(add(a.area, b.area), shared));
    const none = or(le(shared, 0), le(a.area, 0), le(b.area, 0), le(union, 0));
    p.if(eq(none, 0), () => p.if(gt(div(shared, union), threshold), () => p.set(suppressed, 1)));
  });
}
