/** Diagnostics, sent a moment after a document changed. Long logs are read in slices, so that a hover never waits for them. */
import { DiagnosticSeverity, DiagnosticTag, type Diagnostic } from 'vscode-languageserver';
import { logProblems, type LogTextProblem } from '../ide/log/problems.js';
import { diagnoseTc, type TextProblem } from '../ide/tc.js';
import type { LanguageContext } from './language-context.js';
import { sliceTimer, type Cancel, type OpenDocument, type OpenLog } from './open-document.js';

const DIAGNOSE_AFTER_MS = 300;
export const MOST_PROBLEMS = 500;

const SEVERITIES = { error: DiagnosticSeverity.Error, warning: DiagnosticSeverity.Warning, information: DiagnosticSeverity.Information, hint: DiagnosticSeverity.Hint } as const;

export function logDiagnostic({ line, from, to, severity, code, message }: LogTextProblem): Diagnostic {
  return {
    range: { start: { line, character: from }, end: { line, character: to } }, severity: SEVERITIES[severity], code, source: 'ansor', message,
    ...(code === 'old-version' && { tags: [DiagnosticTag.Deprecated] }),
  };
}

export function tcDiagnostic({ line, column, length, severity, message }: TextProblem): Diagnostic {
  const range = { start: { line: line - 1, character: column - 1 }, end: { line: line - 1, character: column - 1 + Math.max(1, length) } };
  return { range, severity: SEVERITIES[severity], source: 'ansor', message, ...(message.includes('never used') && { tags: [DiagnosticTag.Unnecessary] }) };
}

export interface Diagnoser {
  /** After a change. */
  soon(document: OpenDocument): void;
  closed(uri: string): void;
}

/** `read`: told when a log was read to its end, so that what was shown before can be completed. */
export function createDiagnoser(context: LanguageContext, read: (document: OpenDocument) => void): Diagnoser {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const send = (document: OpenDocument, diagnostics: Diagnostic[]): void => void context.connection.sendDiagnostics({ uri: document.uri, version: document.version, diagnostics });

  const diagnoseLog = async (document: OpenDocument, log: OpenLog): Promise<void> => {
    const { version } = document;
    const cancel: Cancel = { get isCancellationRequested() { return document.version !== version || context.document(document.uri) !== document; } };
    const look = (): void => {
      const { overview } = log;
      if (overview === undefined) return;
      log.problems = logProblems(log.lines, overview, log.replays, context.here(), MOST_PROBLEMS, context.words);
      send(document, log.problems.map(logDiagnostic));
    };
    const overview = await log.readAll(cancel);
    if (overview === undefined) return;
    look();
    read(document);
    const before = log.problems.length;
    const due = sliceTimer();
    let again = false;
    while (!log.replays.advance(log.lines, overview, due)) {
      again = true;
      await context.pause();
      if (cancel.isCancellationRequested) return;
    }
    if (again || logProblems(log.lines, overview, log.replays, context.here(), MOST_PROBLEMS, context.words).length !== before) look();
  };

  return {
    soon: (document) => {
      clearTimeout(timers.get(document.uri));
      timers.set(document.uri, setTimeout(() => {
        timers.delete(document.uri);
        if (document.log !== undefined) void diagnoseLog(document, document.log);
        else send(document, document.tc === undefined ? [] : diagnoseTc(document.text()).slice(0, MOST_PROBLEMS).map(tcDiagnostic));
      }, DIAGNOSE_AFTER_MS));
    },
    closed: (uri) => {
      clearTimeout(timers.get(uri));
      timers.delete(uri);
      void context.connection.sendDiagnostics({ uri, diagnostics: [] });
    },
  };
}

