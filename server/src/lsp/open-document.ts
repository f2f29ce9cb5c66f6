/** A document that the editor has open, in the form in which its language is best read: logs as lines, all else as text. */
import type { Position, Range, TextDocumentContentChangeEvent } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { LogLines } from '../ide/log/log-lines.js';
import { overviewOf, type LogOverview } from '../ide/log/overview.js';
import type { LogTextProblem } from '../ide/log/problems.js';
import { ReplayChecks } from '../ide/log/replay-checks.js';
import { analyseTc, type TcAnalysis } from '../ide/tc/analysis.js';
import { LOG_LANGUAGE, TC_LANGUAGE } from '../protocol/document-kind.js';

/** Longest time of work without a look at other requests. */
export const SLICE_MS = 8;

/** True once a slice is over; then it begins anew. */
export function sliceTimer(): () => boolean {
  let start = performance.now();
  return () => {
    if (performance.now() - start < SLICE_MS) return false;
    start = performance.now();
    return true;
  };
}

export interface Cancel { readonly isCancellationRequested: boolean }

/** Mutable: follows its document. */
export class OpenLog {
  readonly replays = new ReplayChecks();
  /** As they were sent last. */
  problems: readonly LogTextProblem[] = [];
  private seen: { readonly edition: number; readonly overview: LogOverview } | undefined;
  constructor(readonly lines: LogLines, private readonly pause: () => Promise<void>) {}

  /** Undefined until the whole log was read. */
  get overview(): LogOverview | undefined {
    if (!this.lines.complete) return undefined;
    if (this.seen?.edition !== this.lines.edition) this.seen = { edition: this.lines.edition, overview: overviewOf(this.lines) };
    return this.seen.overview;
  }

  /** Reads what was not read yet, in slices. Undefined: cancelled. */
  async readAll(cancel: Cancel): Promise<LogOverview | undefined> {
    const due = sliceTimer();
    while (!this.lines.scan(due)) {
      await this.pause();
      if (cancel.isCancellationRequested) return undefined;
    }
    return this.overview;
  }
}

/** Mutable: the editor's changes are applied to it. */
export class OpenDocument {
  readonly log: OpenLog | undefined;
  private readonly plain: TextDocument | undefined;
  private analysed: { readonly version: number; readonly analysis: TcAnalysis } | undefined;

  constructor(readonly uri: string, readonly languageId: string, public version: number, text: string, pause: () => Promise<void>) {
    if (languageId === LOG_LANGUAGE) this.log = new OpenLog(new LogLines(text), pause);
    else this.plain = TextDocument.create(uri, languageId, version, text);
  }

  change(changes: readonly TextDocumentContentChangeEvent[], version: number): void {
    this.version = version;
    if (this.plain !== undefined) TextDocument.update(this.plain, [...changes], version);
    const lines = this.log?.lines;
    if (lines === undefined) return;
    for (const change of changes) {
      if ('range' in change) lines.replace(change.range.start, change.range.end, change.text);
      else lines.replace({ line: 0, character: 0 }, { line: lines.count, character: 0 }, change.text);
    }
  }

  /** Of a log of any length this is slow and large: ask `log.lines` instead. */
  text(): string {
    return this.plain?.getText() ?? this.log?.lines.text() ?? '';
  }

  /** Line `index` from 0, without its line break. */
  line(index: number): string {
    if (this.log !== undefined) return this.log.lines.line(index);
    return (this.plain?.getText({ start: { line: index, character: 0 }, end: { line: index + 1, character: 0 } }) ?? '').replace(/\r?\n$/, '');
  }

  /** Of offsets in the text; logs have none. */
  range(start: number, end: number): Range {
    const place = (offset: number): Position => this.plain?.positionAt(offset) ?? { line: 0, character: 0 };
    return { start: place(start), end: place(end) };
  }

  /** Undefined for other languages. */
  get tc(): TcAnalysis | undefined {
    if (this.languageId !== TC_LANGUAGE || this.plain === undefined) return undefined;
    if (this.analysed?.version !== this.version) this.analysed = { version: this.version, analysis: analyseTc(this.plain.getText()) };
    return this.analysed.analysis;
  }
}
