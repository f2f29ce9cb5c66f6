/** Renaming a tensor, index, parameter, size or definition without changing what any other name means. */
import { isReserved } from '../../dag/tc-words.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { err, ok, type Result } from '../../base/result.js';
import type { Position } from '../../lang/problem.js';
import type { TcAnalysis } from './analysis.js';
import type { TcOccurrence, TcSymbol } from './symbols.js';

/** The name at `at`, if it can have another; else why not. */
export function renamable({ symbols }: TcAnalysis, at: Position, { t }: PrintContext): Result<TcOccurrence> {
  const found = symbols.at(at);
  if (found === undefined) return err(t('Only tensors, indices, parameters, sizes and definitions can be renamed.', {}));
  if (found.symbol.kind === 'size' && !symbols.of(found.symbol).some((o) => o.role === 'definition')) return err(t('{name} is bound outside of this file.', { name: found.symbol.name }));
  return ok(found);
}

/** The occurrences that get the new name, or why they cannot have it. */
export function renameTc(analysis: TcAnalysis, at: Position, name: string, ctx: PrintContext): Result<readonly TcOccurrence[]> {
  const { t } = ctx;
  const found = renamable(analysis, at, ctx);
  if (!found.ok) return found;
  const { symbol } = found.value;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return err(t('{name} is no name: use letters, digits and _.', { name }));
  if (isReserved(name)) return err(t('{name} is a word of the language.', { name }));
  const others = new Set(analysis.symbols.all.map((o) => o.symbol).filter((other) => other !== symbol && other.name === name));
  for (const other of others) if (clash(symbol, other)) return err(t('{name} is taken here already.', { name }));
  if (symbol.kind === 'tensor' && symbol.def?.node.statements.some((s) => s.name.text === symbol.name && s !== symbol.statement) === true) return err(t('{name} is defined twice: correct that first.', { name: symbol.name }));
  return ok(analysis.symbols.of(symbol));
}

/** Whether two things of one name could be taken for each other. */
function clash(a: TcSymbol, b: TcSymbol): boolean {
  const tensor = (s: TcSymbol): boolean => s.kind === 'tensor' || s.kind === 'parameter';
  if (a.kind === 'definition' || b.kind === 'definition') return a.kind === b.kind;
  if (tensor(a) || tensor(b)) return tensor(a) && tensor(b) && a.def === b.def;
  if (a.kind === 'index' && b.kind === 'index') return a.statement === b.statement;
  return true;
}
