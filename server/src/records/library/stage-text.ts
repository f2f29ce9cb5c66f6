/** What the md5 of a workload key covers, stage by stage: lines of the newer scheme, pieces of the old one (spec key-resolution, 1 and 5). */
import type { ComputeDag } from '../../dag/compute-dag.js';
import type { Op } from '../../dag/op.js';
import { stageLine } from '../../dag/text.js';
import { printExpr } from '../../ir/print.js';
import type { Combiner } from '../../ir/program.js';
import type { Era } from './anchor.js';

/** Extents of reductions that are printed as they were written. */
export type ExtentTexts = ReadonlyMap<Op, readonly string[]>;

export function stageText(op: Op, era: Era, extents?: ExtentTexts): string {
  return era === 'old' ? oldPiece(op, extents) : stageLine(op, 'simple');
}

/** The text whose md5 stands in a key of this time. */
export function hashedText(dag: ComputeDag, era: Era, extents?: ExtentTexts): string {
  return dag.ops.map((op) => stageText(op, era, extents)).join('');
}

const COMBINED: Readonly<Record<Combiner, string>> = { add: '(x + y)', mul: '(x*y)', max: 'max(x, y)', min: 'min(x, y)' };
const IDENTITY: Readonly<Record<Combiner, string>> = { add: '0', mul: '1', max: '-3.40282e+38', min: '3.40282e+38' };

function oldPiece(op: Op, extents: ExtentTexts | undefined): string {
  const { shape, dtype } = op.output;
  const end = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''}),${dtype};`;
  if (op.kind === 'placeholder') return `placeholder,${end}`;
  if (op.body.kind === 'expr') return `[${printExpr(op.body.value)}],${end}`;
  const { combiner, source } = op.body;
  const written = extents?.get(op);
  const axes = op.reduceAxes.map((axis, i) => `iter_var(${axis.var.name}, range(min=0, ext=${written?.[i] ?? axis.extent}))`).join(', ');
  const suffix = dtype === 'float16' ? 'h' : dtype === 'float64' ? '' : 'f';
  return `[reduce(combiner=comm_reducer(result=[${COMBINED[combiner]}], lhs=[x], rhs=[y], identity_element=[${IDENTITY[combiner]}${suffix}]), source=[${printExpr(source)}], `
    + `init=[], axis=[${axes}], where=(bool)1, value_index=0)],${end}`;
}
