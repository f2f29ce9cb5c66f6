/** Code lenses: what can be done with a record, and "Tune" on the definitions of `.tc` files. Each kind has a switch. */
import type { CodeLens, Command, ServerCapabilities } from 'vscode-languageserver';
import { logLenses, type LogLens } from '../ide/log/lenses.js';
import { EDITOR_COMMANDS, type RecordPair, type RecordRef } from '../protocol/editor-commands.js';
import type { LanguageContext } from './language-context.js';

export function registerLenses(context: LanguageContext): ServerCapabilities {
  context.connection.onCodeLens(async ({ textDocument: { uri } }, cancel): Promise<CodeLens[] | null> => {
    const document = context.document(uri);
    const settings = context.settings();
    if (document?.log !== undefined) {
      if (settings.lenses.size === 0) return [];
      const overview = await document.log.readAll(cancel);
      if (overview === undefined) return null;
      const kinds = context.pages ? settings.lenses : new Set([...settings.lenses].filter((kind) => kind === 'best'));
      return logLenses(document.log.lines, overview, kinds, context.keys, context.words).map((lens) => ({ range: lineStart(lens.line), command: commandOf(uri, lens) }));
    }
    if (document?.tc === undefined || !settings.tuneLens) return [];
    return document.tc.tree.defs.filter(({ definition }) => definition.dag !== undefined).map(({ node }) => ({
      range: lineStart(node.start.line - 1), command: { title: `$(rocket) ${context.words.t('Tune', {})}`, command: EDITOR_COMMANDS.tuneCurrentModel, arguments: [uri] },
    }));
  });
  return { codeLensProvider: {} };
}

function lineStart(line: number): CodeLens['range'] {
  return { start: { line, character: 0 }, end: { line, character: 0 } };
}

function commandOf(uri: string, { line, kind, title, other }: LogLens): Command {
  const here: RecordRef = { uri, line: line + 1 };
  switch (kind) {
    case 'loopTree': return { title, command: EDITOR_COMMANDS.showLoopTree, arguments: [here] };
    case 'compare': {
      const pair: RecordPair = { left: { uri, line: (other ?? line) + 1 }, right: here };
      return { title, command: EDITOR_COMMANDS.compareRecords, arguments: [pair] };
    }
    case 'best': {
      const best: RecordRef = { uri, line: (other ?? line) + 1 };
      return { title, command: EDITOR_COMMANDS.revealRecord, arguments: [best] };
    }
  }
}
