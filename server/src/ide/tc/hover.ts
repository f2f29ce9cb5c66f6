/** What a hover over a `.tc` file says: types, inferred ranges and work of whatever stands there. */
import { dagFlops, opFlops } from '../../dag/flops.js';
import type { ComputeOp, Op } from '../../dag/op.js';
import { dagText, shortenedDagText } from '../../dag/text.js';
import type { Token } from '../../lang/lexer.js';
import type { TcTreeDef } from '../../lang/parse.js';
import type { Position } from '../../lang/problem.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { code, fence, plain } from '../markdown.js';
import { byteText, flopText, tensorBytes } from './amounts.js';
import { axisOf, opOf, type TcAnalysis } from './analysis.js';
import { attributes, builtInFunctions, elementTypes, keywordSummary } from './built-ins.js';
import type { TcOccurrence } from './symbols.js';

/** `line`, `column`, `length`: what the hover is about. */
export interface TcHover extends Position { readonly length: number; readonly markdown: string }

/** Undefined: nothing to say. Never throws. */
export function hoverTc(analysis: TcAnalysis, at: Position, ctx: PrintContext): TcHover | undefined {
  const found = analysis.symbols.at(at);
  if (found !== undefined) return { line: found.line, column: found.column, length: found.length, markdown: symbolWords(found, analysis, ctx) };
  const { tokens } = analysis.tree;
  const index = tokens.findIndex((token) => token.line === at.line && token.column <= at.column && at.column < token.column + token.length);
  const token = tokens[index];
  if (token === undefined || token.kind === 'end') return undefined;
  const markdown = builtInWords(token, tokens[index - 1], tokens[index + 1], ctx);
  return markdown === undefined ? undefined : { line: token.line, column: token.column, length: token.length, markdown };
}

function symbolWords({ symbol }: TcOccurrence, analysis: TcAnalysis, ctx: PrintContext): string {
  const { t } = ctx;
  switch (symbol.kind) {
    case 'definition': return symbol.def === undefined ? code(symbol.name) : definitionWords(symbol.def, ctx);
    case 'size': {
      const value = analysis.tree.bindings.findLast((binding) => binding.name.text === symbol.name)?.value;
      return value === undefined ? `${code(symbol.name)} ${t('size', {})}` : `${code(`${symbol.name} = ${value}`)} ${t('size', {})}`;
    }
    case 'parameter': case 'tensor': {
      const op = symbol.def === undefined ? undefined : opOf(symbol.def, symbol.name);
      return op === undefined ? `${code(symbol.name)} ${t('tensor, not known because of an error', {})}` : tensorWords(op, ctx);
    }
    case 'index': {
      const { def, statement } = symbol;
      const op = def === undefined || statement === undefined ? undefined : opOf(def, statement.name.text);
      if (statement === undefined || op?.kind !== 'compute') return `${code(symbol.name)} ${t('index', {})}`;
      return indexWords(symbol.name, statement.where.some((range) => range.name.text === symbol.name), op, axisOf(statement, op, symbol.name), ctx);
    }
  }
}

function definitionWords({ node, definition: { dag } }: TcTreeDef, { t }: PrintContext): string {
  const title = `**${plain(node.alias ?? node.name.text)}**`;
  if (dag === undefined) return `${title} · ${t('has errors', {})}`;
  const bytes = [...dag.ops.filter((op) => op.kind === 'placeholder').map((op) => op.output), ...dag.outputs].reduce((sum, { shape, dtype }) => sum + tensorBytes(shape, dtype), 0);
  return `${title} · ${flopText(dagFlops(dag))} · ${t('{bytes} in and out', { bytes: byteText(bytes) })}\n\n${fence(shortenedDagText(dagText(dag)).trimEnd())}`;
}

function tensorWords(op: Op, { t }: PrintContext): string {
  const { name, shape, dtype } = op.output;
  const kind = op.kind === 'compute' ? t('computed tensor', {}) : op.constant ? t('constant input', {}) : t('input', {});
  const parts = [`${code(`${name}: ${dtype}[${shape.join(', ')}]`)} ${kind}`, byteText(tensorBytes(shape, dtype))];
  if (op.kind !== 'compute') return parts.join(' · ');
  parts.push(flopText(opFlops(op)));
  return op.reduceAxes.length === 0 ? parts.join(' · ') : `${parts.join(' · ')}\n\n${t('reduces over {indices}', { indices: op.reduceAxes.map((axis) => code(`${axis.var.name} in ${axis.min}:${axis.min + axis.extent}`)).join(', ') })}`;
}

function indexWords(name: string, given: boolean, op: ComputeOp, axis: ReturnType<typeof axisOf>, { t }: PrintContext): string {
  if (axis === undefined) return `${code(name)} ${t('index', {})}`;
  const kind = axis.kind === 'spatial' ? t('index of {tensor}', { tensor: code(op.name) }) : t('index that {tensor} is reduced over', { tensor: code(op.name) });
  const origin = given ? t('given by `where`', {}) : t("follows from the tensors' sizes", {});
  const work = opFlops(op) / axis.extent;
  return `${code(`${name} in ${axis.min}:${axis.min + axis.extent}`)} ${kind} · ${origin} · ${t('{count} values, {work} each', { count: axis.extent, work: flopText(work) })}`;
}

function builtInWords(token: Token, before: Token | undefined, after: Token | undefined, ctx: PrintContext): string | undefined {
  const { text } = token;
  if (token.kind === 'sign') {
    const word = text === '=!' && before !== undefined ? `${before.text}=!` : text;
    const summary = keywordSummary(word, ctx);
    return summary === undefined ? undefined : `${code(word)} ${plain(summary)}`;
  }
  if (token.kind !== 'word') return undefined;
  if (before?.text === '@' && before.kind === 'sign') {
    const attribute = attributes(ctx).find((one) => one.name === text);
    return attribute === undefined ? undefined : `${code(`@${text}`)} ${plain(attribute.summary)}`;
  }
  const keyword = keywordSummary(after?.text === '=!' ? `${text}=!` : text, ctx);
  if (keyword !== undefined) return `${code(text)} ${plain(keyword)}`;
  const type = elementTypes(ctx).find((one) => one.name === text);
  if (type !== undefined) return `${code(text)} ${plain(type.summary)}`;
  const called = builtInFunctions(ctx).find((one) => one.name === text);
  return called === undefined ? undefined : `${code(`${text}(${called.parameters.join(', ')})`)} ${plain(called.summary)}`;
}
