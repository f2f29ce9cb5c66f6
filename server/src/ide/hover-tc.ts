/** What a hover over a name in a `.tc` file says. */
import { dagFlops } from '../dag/flops.js';
import { dagText, shortenedDagText } from '../dag/text.js';
import { parseTc, type TcDef } from '../lang/parse.js';
import type { PrintContext } from '../schedule/steps/definition.js';
import { code, fence, plain } from './markdown.js';

/** `column` is an offset in the line, from 0; the word there may be touched at either end. */
export function wordAt(line: string, column: number): string | undefined {
  for (const found of line.matchAll(/[A-Za-z_]\w*/g)) {
    if (found.index <= column && column <= found.index + found[0].length) return found[0];
  }
  return undefined;
}

function hoverDef(def: TcDef, { t }: PrintContext): string {
  const size = t('{count} MFLOP', { count: Number((dagFlops(def.dag) / 1e6).toPrecision(4)) });
  return `**${plain(def.name)}** · ${size}\n\n${fence(shortenedDagText(dagText(def.dag)).trimEnd())}`;
}

/** `line` counts from 1. Undefined: nothing to say. Never throws for any text. */
export function hoverTc(text: string, line: number, column: number, ctx: PrintContext): string | undefined {
  const word = wordAt(text.split('\n')[line - 1] ?? '', column);
  if (word === undefined) return undefined;
  const { defs } = parseTc(text);
  const def = defs.find((d) => d.line <= line && line <= d.end.line);
  if (def === undefined) return undefined;
  if (line === def.line && column >= def.column - 1 && column <= def.column - 1 + word.length) return hoverDef(def, ctx);
  const op = def.tensors.find((tensor) => tensor.name === word)?.op;
  if (op === undefined) return undefined;
  const { name, shape, dtype } = op.output;
  const kind = op.kind === 'compute' ? ctx.t('computed tensor', {}) : op.constant ? ctx.t('constant input', {}) : ctx.t('input', {});
  return `${code(`${name}: ${dtype}[${shape.join(', ')}]`)} ${kind}`;
}
