/** Quick fixes for a `.tc` text as the protocol's code actions. */
import { CodeActionKind, type CodeAction, type Range } from 'vscode-languageserver';
import { textProblem } from '../ide/tc.js';
import type { TcAnalysis } from '../ide/tc/analysis.js';
import { tcFixes } from '../ide/tc/fixes.js';
import { tcDiagnostic } from './diagnostics.js';
import type { LanguageContext } from './language-context.js';

/** Of the problems that `range` touches. */
export function tcCodeActions(uri: string, tc: TcAnalysis, range: Range, { words }: LanguageContext): CodeAction[] {
  return tc.tree.problems.flatMap((problem) => {
    const diagnostic = tcDiagnostic(textProblem(problem));
    const { start, end } = diagnostic.range;
    if (range.end.line < start.line || range.start.line > end.line) return [];
    return tcFixes(tc, problem, words).map(({ title, edit: { line, column, length, text } }, k): CodeAction => ({
      title, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic], isPreferred: k === 0,
      edit: { changes: { [uri]: [{ range: { start: { line: line - 1, character: column - 1 }, end: { line: line - 1, character: column - 1 + length } }, newText: text }] } },
    }));
  });
}
