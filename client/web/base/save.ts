/** Files as pages make them. */

/** Text, or bytes as base64. */
export function fileParts(data: string, encoding: 'base64' | undefined): BlobPart[] {
  if (encoding === undefined) return [data];
  return [Uint8Array.from(atob(data), (c) => c.charCodeAt(0))];
}
