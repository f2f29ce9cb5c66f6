/** Quick fixes for mistakes in a `.tc` text: a name that was mistyped, a forgotten index or sign, a sum that is none. */
import { TYPE_NAMES } from '../../dag/tc-words.js';
import type { Token } from '../../lang/lexer.js';
import type { TcTreeDef } from '../../lang/parse.js';
import type { Position, TcProblem } from '../../lang/problem.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { defAt, isBefore, type TcAnalysis } from './analysis.js';
import { attributes, builtInFunctions } from './built-ins.js';
import { closest } from './closest.js';

/** `length` characters at a place of one line become `text`; places count from 1. */
export interface TcEdit extends Position { readonly length: number; readonly text: string }

export interface TcFix { readonly title: string; readonly edit: TcEdit }

/** A size that nobody gave gets this one, to be changed. */
const A_SIZE = 64;

/** The likeliest one first; empty where nothing is known to help. Never throws. */
export function tcFixes(analysis: TcAnalysis, problem: TcProblem, ctx: PrintContext): readonly TcFix[] {
  const { hint } = problem;
  const { t } = ctx;
  const word = analysis.lines[problem.line - 1]?.slice(problem.column - 1).match(/^\w+/)?.[0] ?? '';
  switch (hint?.kind) {
    case undefined: return [];
    case 'unknown': return closest(word, namesAmong(hint.among, analysis, problem, ctx)).map((text) => ({ title: t('Change to {name}', { name: text }), edit: replaced(problem, word, text) }));
    case 'unbound-size': return unboundSize(analysis, problem, word, ctx);
    case 'no-reduction': return reductions(analysis, problem, word, ctx);
    case 'no-condition': {
      const end = endOfValue(analysis.tree.tokens, problem);
      return end === undefined ? [] : [{ title: t('Compare with 0', {}), edit: { ...end, length: 0, text: ' != 0' } }];
    }
    case 'rank': return rankFixes(analysis, problem, hint.wanted, ctx);
    case 'missing': return [{ title: t('Insert {sign}', { sign: hint.sign }), edit: { ...hint.at, length: 0, text: inserted(hint.sign) } }];
  }
}

function replaced({ line, column }: Position, word: string, text: string): TcEdit {
  return { line, column, length: word.length, text };
}

function inserted(sign: string): string {
  return sign === '}' ? '\n}' : sign === '->' || sign === '{' || sign === 'in' || sign === '=' ? ` ${sign}` : sign;
}

function statementAt(def: TcTreeDef | undefined, at: Position): TcTreeDef['node']['statements'][number] | undefined {
  return def?.node.statements.findLast((s) => !isBefore(at, s.start));
}

function namesAmong(among: 'tensor' | 'value' | 'type' | 'attribute', { tree }: TcAnalysis, at: Position, ctx: PrintContext): readonly string[] {
  const def = defAt(tree, at);
  const statement = statementAt(def, at);
  switch (among) {
    case 'type': return [...TYPE_NAMES.keys()];
    case 'attribute': return attributes(ctx).map(({ name }) => name);
    case 'value': return [...(statement?.axes ?? []), ...(statement?.where ?? []).map(({ name }) => name)].map(({ text }) => text).concat([...(def?.node.sizes.keys() ?? [])]);
    case 'tensor': {
      const before = (def?.node.statements ?? []).filter((s) => statement !== undefined && isBefore(s.start, statement.start));
      return [...(def?.node.params ?? []), ...before].map(({ name }) => name.text).concat(builtInFunctions(ctx).map(({ name }) => name));
    }
  }
}

function unboundSize({ tree }: TcAnalysis, at: Position, word: string, { t }: PrintContext): readonly TcFix[] {
  const def = defAt(tree, at);
  if (def === undefined) return [];
  const alike = closest(word, [...def.node.sizes.keys()]).map((text) => ({ title: t('Change to {name}', { name: text }), edit: replaced(at, word, text) }));
  const line = `sizes ${word} = ${A_SIZE}`;
  return [...alike, { title: t('Give it a value: {line}', { line }), edit: { ...def.node.start, length: 0, text: `${line}\n` } }];
}

/** An index that stands only on the right: it is reduced over, or one of the left side's was meant. */
function reductions({ tree }: TcAnalysis, at: Position, word: string, { t }: PrintContext): readonly TcFix[] {
  const statement = statementAt(defAt(tree, at), at);
  if (statement === undefined) return [];
  const sign = tree.tokens.find((token) => token.text === '=' && isBefore(statement.name, token) && isBefore(token, statement.value.at));
  const alike = closest(word, statement.axes.map(({ text }) => text)).filter(() => word.length > 1).map((text) => ({ title: t('Change to {name}', { name: text }), edit: replaced(at, word, text) }));
  const to = (text: string, title: string): readonly TcFix[] => (sign === undefined ? [] : [{ title, edit: { line: sign.line, column: sign.column, length: sign.length, text } }]);
  return [...alike, ...to('+=!', t('Sum over {index}', { index: word })), ...to('max=!', t('Largest value over {index}', { index: word })), ...to('min=!', t('Smallest value over {index}', { index: word }))];
}

/** The token after the bracket that `tokens[open]` opens is at the answer + 1; -1: it is not closed. */
function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let k = open; k < tokens.length; k++) {
    const { text, kind } = tokens[k] ?? { text: '', kind: 'end' };
    if (kind !== 'sign') continue;
    if (text === '(') depth++;
    else if (text === ')' && --depth === 0) return k;
  }
  return -1;
}

/** Where a name, a call or a bracket ends that begins at `at`. */
function endOfValue(tokens: readonly Token[], at: Position): Position | undefined {
  const first = tokens.findIndex((token) => token.line === at.line && token.column === at.column);
  const bracket = tokens[first]?.text === '(' ? first : tokens[first]?.kind === 'word' && tokens[first + 1]?.text === '(' ? first + 1 : undefined;
  const last = tokens[bracket === undefined ? first : closing(tokens, bracket)];
  return last === undefined || (bracket === undefined && last.kind !== 'word') ? undefined : { line: last.line, column: last.column + last.length };
}

/** Indices too many are taken away; where some lack, those of the left side that do not stand there yet are added, if their number is right. */
function rankFixes({ tree, lines }: TcAnalysis, at: Position, wanted: number, { t }: PrintContext): readonly TcFix[] {
  const { tokens } = tree;
  const first = tokens.findIndex((token) => token.line === at.line && token.column === at.column);
  const close = closing(tokens, first + 1);
  const end = tokens[close];
  const open = tokens[first + 1];
  if (first < 0 || end === undefined || open?.text !== '(' || open.line !== end.line) return [];
  const inside = tokens.slice(first + 2, close);
  let depth = 0;
  const commas = inside.filter((token) => {
    depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
    return token.text === ',' && depth === 0;
  });
  const cut = wanted === 0 ? undefined : commas[wanted - 1];
  if (cut !== undefined) {
    const text = lines[at.line - 1]?.slice(cut.column - 1, end.column - 1) ?? '';
    return [{ title: t('Remove {text}', { text: text.replace(/^,\s*/, '') }), edit: { line: cut.line, column: cut.column, length: text.length, text: '' } }];
  }
  const given = inside.length === 0 ? 0 : commas.length + 1;
  const free = (statementAt(defAt(tree, at), at)?.axes ?? []).map(({ text }) => text).filter((name) => !inside.some((token) => token.text === name));
  if (given + free.length !== wanted) return [];
  const text = `${given === 0 ? '' : ', '}${free.join(', ')}`;
  return [{ title: t('Add {text}', { text: free.join(', ') }), edit: { line: end.line, column: end.column, length: 0, text } }];
}
