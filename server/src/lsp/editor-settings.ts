/** The settings that the language server needs, as the editor tells them. */
import type { LensKind } from '../ide/log/lenses.js';

export interface EditorSettings {
  readonly lenses: ReadonlySet<LensKind>;
  readonly tuneLens: boolean;
  /** Where the time and speed of a record are shown. */
  readonly results: 'start' | 'end' | 'off';
  /** Whether inferred ranges are shown in `.tc` files. */
  readonly ranges: boolean;
  /** A C compiler; empty: the first one on the path. */
  readonly compilerPath: string;
}

export const defaultSettings: EditorSettings = { lenses: new Set(['best', 'loopTree', 'compare']), tuneLens: true, results: 'start', ranges: true, compilerPath: '' };

function at(settings: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined), settings);
}

/** `section`: what the editor says of `ansor`. What it does not say, or says in a strange way, is as by default. */
export function editorSettings(section: unknown): EditorSettings {
  const on = (...path: string[]): boolean => at(section, path) !== false;
  const lens: readonly LensKind[] = ['best', 'loopTree', 'compare'];
  const compilerPath = at(section, ['compilerPath']);
  const results = at(section, ['inlayHints', 'results']);
  return {
    lenses: new Set(lens.filter((kind) => on('codeLens', kind))),
    tuneLens: on('codeLens', 'tune'),
    results: results === 'end' || results === 'off' ? results : 'start',
    ranges: on('inlayHints', 'ranges'),
    compilerPath: typeof compilerPath === 'string' ? compilerPath.trim() : '',
  };
}
