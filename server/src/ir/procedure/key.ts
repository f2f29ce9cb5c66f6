/** A text that two procedures share if and only if they do the same with memory of the same types. */
import type { Buffer } from '../buffer.js';
import type { Local, Procedure } from './procedure.js';

export function sameProcedureKey({ name, inputs, outputs, scratch, locals, body }: Procedure): string {
  const numbers = new Map<unknown, string>();
  const number = (list: readonly (Local | Buffer)[], letter: string): void => list.forEach((one, i) => numbers.set(one, `${letter}${i}`));
  number(locals, 'l');
  number(inputs, 'i');
  number(outputs, 'o');
  number(scratch, 's');
  const types = [...inputs, ...outputs, ...scratch].map(({ dtype, shape }) => `${dtype}[${shape.join()}]`);
  const kinds = locals.map(({ type }) => type);
  return JSON.stringify([name, types, kinds, body], (_, value: unknown) => (Object.is(value, -0) ? '-0' : typeof value === 'number' && !Number.isFinite(value) ? String(value) : numbers.get(value) ?? value));
}
