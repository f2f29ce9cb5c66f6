/** Loads Monaco's diff editor when it is first wanted, and keeps its looks in step with the theme. The part itself is `monaco.part.ts`. */
import { pageSetup, t } from '../base/setup.js';

export interface TextPair { readonly left: string; readonly right: string; readonly language: string }

export interface DiffEditor { show(texts: TextPair): void; setTheme(): void }

/** What the part hands over. */
export interface DiffEditorPart { create(element: HTMLElement, label: string): DiffEditor }

declare global {
  interface Window { ansorDiffEditor?: DiffEditorPart }
}

let loading: Promise<DiffEditorPart> | undefined;

export function loadDiffEditor(): Promise<DiffEditorPart> {
  loading ??= new Promise<DiffEditorPart>((resolve, reject) => {
    const { base, nonce } = pageSetup();
    const style = document.createElement('link');
    style.rel = 'stylesheet';
    style.href = `${base}monaco.css`;
    const script = document.createElement('script');
    script.nonce = nonce;
    script.src = `${base}monaco.js`;
    script.onload = () => (window.ansorDiffEditor === undefined ? reject(new Error(t('The diff editor could not be loaded.'))) : resolve(window.ansorDiffEditor));
    script.onerror = () => reject(new Error(t('The diff editor could not be loaded.')));
    document.head.append(style, script);
  });
  return loading;
}
