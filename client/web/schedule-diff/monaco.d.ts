/** The bundled source of Monaco's worker: see tools/build-web.mjs. */
declare module 'monaco-worker' {
  const source: string;
  export default source;
}
declare module 'monaco-editor/languages/definitions/*' {
  import type { languages } from 'monaco-editor';
  export const conf: languages.LanguageConfiguration;
  export const language: languages.IMonarchLanguage;
}
