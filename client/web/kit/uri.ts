/** The `file:` URI of an absolute path, as the language server makes it. */
export function pathUri(path: string): string {
  const slashed = path.replace(/\\/g, '/');
  return `file://${slashed.startsWith('/') ? '' : '/'}${slashed.split('/').map((part) => encodeURIComponent(part)).join('/')}`;
}
