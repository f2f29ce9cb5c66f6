/** Diagnostics of our documents. Long logs are checked in slices, so that a hover never waits for them. */
import { DiagnosticSeverity, type Diagnostic } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { checkLine, type CheckedLine } from '../ide/diagnose-log.js';
import { diagnoseTc, type TextProblem } from '../ide/tc.js';
import { documentKind } from './documents.js';

/** Longest time without a look at other requests. */
const SLICE_MS = 10;
const MOST_PROBLEMS = 500;

/** Per document URI: the lines as they were checked last. */
export type CheckedLogs = Map<string, readonly CheckedLine[]>;

const SEVERITIES = { error: DiagnosticSeverity.Error, warning: DiagnosticSeverity.Warning } as const;

function toDiagnostic({ line, column, length, severity, message }: TextProblem): Diagnostic {
  const range = { start: { line: line - 1, character: column - 1 }, end: { line: line - 1, character: column - 1 + Math.max(1, length) } };
  return { range, severity: SEVERITIES[severity], source: 'ansor', message };
}

async function diagnoseLog(document: TextDocument, checked: CheckedLogs, outdated: () => boolean): Promise<readonly TextProblem[] | undefined> {
  const before = checked.get(document.uri) ?? [];
  const after: CheckedLine[] = [];
  const lines = document.getText().split('\n');
  let slice = performance.now();
  for (const [index, text] of lines.entries()) {
    after.push(checkLine(text, index + 1, before[index]));
    if (performance.now() - slice < SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    if (outdated()) return undefined;
    slice = performance.now();
  }
  checked.set(document.uri, after);
  // While the log grows its last line may be half written.
  const unfinished = lines.at(-1) !== '';
  return after.flatMap((line, index) => (unfinished && index === after.length - 1 ? [] : line.problems));
}

/** Undefined when the document changed meanwhile. Documents that are not ours have none. */
export async function diagnose(document: TextDocument, checked: CheckedLogs, outdated: () => boolean): Promise<readonly Diagnostic[] | undefined> {
  const kind = documentKind(document);
  if (kind === 'other') return [];
  const problems = kind === 'tc' ? diagnoseTc(document.getText()) : await diagnoseLog(document, checked, outdated);
  return problems?.slice(0, MOST_PROBLEMS).map(toDiagnostic);
}
