/** The parameters of the function, tensor or attribute in whose brackets the cursor stands. */
import type { Position } from '../../lang/problem.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { isBefore, opOf, type TcAnalysis } from './analysis.js';
import { attributes, builtInFunctions, elementTypes } from './built-ins.js';
import { cursorAt } from './cursor.js';

/** `active`: of `parameters`, from 0. */
export interface TcSignature { readonly label: string; readonly parameters: readonly string[]; readonly active: number; readonly summary: string }

export function signatureTc(analysis: TcAnalysis, at: Position, ctx: PrintContext): TcSignature | undefined {
  const cursor = cursorAt(analysis, at);
  const call = cursor.calls.findLast(({ name }) => name !== '');
  // On the left of an assignment the brackets hold new names.
  if (call === undefined || cursor.place === 'axis' || cursor.place === 'parameter' || cursor.place === 'outputs' || cursor.place === 'nothing') return undefined;
  const made = (parameters: readonly string[], summary: string, prefix = ''): TcSignature => (
    { label: `${prefix}${call.name}(${parameters.join(', ')})`, parameters, active: Math.min(call.argument, Math.max(0, parameters.length - 1)), summary });
  if (call.attribute) {
    const attribute = attributes(ctx).find((one) => one.name === call.name);
    return attribute === undefined ? undefined : made(attribute.parameters, attribute.summary, '@');
  }
  const called = builtInFunctions(ctx).find((one) => one.name === call.name);
  if (called !== undefined) return made(called.parameters, called.summary);
  const type = elementTypes(ctx).find((one) => one.name === call.name);
  if (type !== undefined) return cursor.place === 'parameter-size' ? made(['size...'], type.summary) : made(['x'], type.summary);
  const def = analysis.tree.defs.findLast(({ node }) => !isBefore(at, node.start));
  const op = def === undefined ? undefined : opOf(def, call.name);
  if (op === undefined) return undefined;
  const { dtype, shape } = op.output;
  const names = op.kind === 'compute' ? op.axes.map((axis) => `${axis.var.name} in ${axis.min}:${axis.min + axis.extent}`) : shape.map((size) => `0:${size}`);
  return made(names, ctx.t('an element of {tensor}', { tensor: `${call.name}: ${dtype}[${shape.join(', ')}]` }));
}
