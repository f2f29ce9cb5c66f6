/** Quick fixes for the lines of a log: one for the line, one for all of its kind, and "fix all"; those of `.tc` texts are in `tc-fixes.ts`. */
import { CodeActionKind, type CodeAction, type Diagnostic, type ServerCapabilities, type TextEdit } from 'vscode-languageserver';
import { fixesOf, fixLines, fixTitle, isMended, type FixKind, type LineChange } from '../ide/log/fixes.js';
import type { LogLines } from '../ide/log/log-lines.js';
import { logProblems, type LogTextProblem } from '../ide/log/problems.js';
import { logDiagnostic } from './diagnostics.js';
import type { LanguageContext } from './language-context.js';
import type { OpenLog } from './open-document.js';
import { tcCodeActions } from './tc-fixes.js';

const FIX_ALL = `${CodeActionKind.SourceFixAll}.ansor`;
const KINDS: readonly FixKind[] = ['remove', 'comment', 'keep-record', 'convert', 'outdent', 'remove-foreign'];

/** What an action that is resolved later is about: all problems of a code, or all problems. */
interface Later { readonly uri: string; readonly code?: string; readonly fix?: FixKind }

function edits(log: LogLines, changes: readonly LineChange[]): TextEdit[] {
  return changes.map(({ line, text }) => {
    if (text !== undefined) return { range: { start: { line, character: 0 }, end: { line, character: log.line(line).length } }, newText: text };
    // The last line has no line break of its own: that of the one before goes.
    const start = line + 1 < log.count || line === 0 ? { line, character: 0 } : { line: line - 1, character: log.line(line - 1).length };
    const end = line + 1 < log.count ? { line: line + 1, character: 0 } : { line, character: log.line(line).length };
    return { range: { start, end }, newText: '' };
  });
}

export function registerCodeActions(context: LanguageContext): ServerCapabilities {
  const allProblems = (log: OpenLog): readonly LogTextProblem[] => {
    const { overview } = log;
    return overview === undefined ? [] : logProblems(log.lines, overview, log.replays, context.here(), Infinity, context.words);
  };
  const isFixable = (problem: LogTextProblem): boolean => fixesOf(problem.code).length > 0;

  context.connection.onCodeAction(({ textDocument: { uri }, range, context: { only } }): CodeAction[] => {
    const document = context.document(uri);
    const log = document?.log;
    const wants = (kind: string): boolean => only === undefined || only.some((o) => kind === o || kind.startsWith(`${o}.`));
    if (document?.tc !== undefined) return wants(CodeActionKind.QuickFix) ? tcCodeActions(uri, document.tc, range, context) : [];
    if (log === undefined) return [];
    const actions: CodeAction[] = [];
    if (wants(CodeActionKind.QuickFix)) {
      const here = log.problems.filter((problem) => range.start.line <= problem.line && problem.line <= range.end.line && isFixable(problem));
      for (const problem of here) actions.push(...quickFixes(uri, log, problem, context));
    }
    if (wants(FIX_ALL) && log.problems.some(isMended)) {
      const later: Later = { uri };
      actions.push({ title: context.words.t('Fix all problems of this log', {}), kind: FIX_ALL, data: later });
    }
    return actions;
  });
  context.connection.onCodeActionResolve((action): CodeAction => {
    const later = laterOf(action.data);
    const log = later === undefined ? undefined : context.document(later.uri)?.log;
    if (later === undefined || log === undefined) return action;
    const problems = allProblems(log).filter((problem) => (later.code === undefined ? isMended(problem) : problem.code === later.code));
    return { ...action, edit: { changes: { [later.uri]: edits(log.lines, fixLines(log.lines, problems, later.fix)) } } };
  });
  return { codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL], resolveProvider: true } };
}

function quickFixes(uri: string, log: OpenLog, problem: LogTextProblem, { words }: LanguageContext): readonly CodeAction[] {
  const diagnostics: Diagnostic[] = [logDiagnostic(problem)];
  const alike = log.problems.filter((other) => other.code === problem.code).length;
  return fixesOf(problem.code).flatMap((fix, index): CodeAction[] => {
    const one: CodeAction = {
      title: fixTitle(fix, 1, words), kind: CodeActionKind.QuickFix, diagnostics, isPreferred: index === 0,
      edit: { changes: { [uri]: edits(log.lines, fixLines(log.lines, [problem], fix)) } },
    };
    const later: Later = { uri, code: problem.code, fix };
    return alike > 1 ? [one, { title: fixTitle(fix, alike, words), kind: CodeActionKind.QuickFix, diagnostics, data: later }] : [one];
  });
}

function laterOf(data: unknown): Later | undefined {
  if (typeof data !== 'object' || data === null || !('uri' in data) || typeof data.uri !== 'string') return undefined;
  const code = 'code' in data && typeof data.code === 'string' ? data.code : undefined;
  const fix = 'fix' in data ? KINDS.find((kind) => kind === data.fix) : undefined;
  return { uri: data.uri, ...(code !== undefined && { code }), ...(fix !== undefined && { fix }) };
}

