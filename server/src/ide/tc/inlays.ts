/** What a statement leaves to inference, shown behind it: the ranges of its indices, and its work. */
import { opFlops } from '../../dag/flops.js';
import type { Position } from '../../lang/problem.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { flopText } from './amounts.js';
import { opOf, type TcAnalysis } from './analysis.js';

export interface TcInlay extends Position { readonly label: string; readonly tooltip: string }

export function tcInlays({ tree }: TcAnalysis, { t }: PrintContext): readonly TcInlay[] {
  return tree.defs.flatMap((def) => def.node.statements.flatMap((statement): TcInlay[] => {
    const op = opOf(def, statement.name.text);
    if (op?.kind !== 'compute') return [];
    const given = new Set(statement.where.map((range) => range.alias ?? range.name.text));
    const ranges = [...op.axes, ...op.reduceAxes].filter((axis) => !given.has(axis.var.name)).map((axis) => `${axis.var.name} in ${axis.min}:${axis.min + axis.extent}`);
    const flops = opFlops(op);
    const label = [...(ranges.length > 0 ? [ranges.join(', ')] : []), ...(flops > 0 ? [flopText(flops)] : [])].join(' · ');
    return label === '' ? [] : [{ ...statement.end, label, tooltip: t("Ranges that follow from the tensors' sizes, and floating-point operations", {}) }];
  }));
}
