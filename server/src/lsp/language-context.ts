/** What the language features share. Nothing here or in a feature needs node: the same features serve a web worker. */
import type { Connection } from 'vscode-languageserver';
import type { Here } from '../ide/log/elsewhere.js';
import type { ResolutionIndex } from '../records/library/resolve.js';
import type { PrintContext } from '../schedule/steps/definition.js';
import type { EditorSettings } from './editor-settings.js';
import type { OpenDocument } from './open-document.js';

export interface LanguageContext {
  readonly connection: Connection;
  document(uri: string): OpenDocument | undefined;
  settings(): EditorSettings;
  /** The machine of the editor, as far as it is known. */
  here(): Here;
  /** What was found out about workload keys. */
  readonly keys: ResolutionIndex;
  /** Sentences in the user's language. */
  readonly words: PrintContext;
  /** Loop trees and comparisons can be opened. */
  readonly pages: boolean;
  /** Lets other requests be answered. */
  pause(): Promise<void>;
}
