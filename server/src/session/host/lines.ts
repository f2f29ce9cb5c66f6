/** Lines of UTF-8 text from a stream of chunks, with a limit, so that no peer can fill the memory. */
import { StringDecoder } from 'node:string_decoder';

/** `limit`: longest line in UTF-16 units. */
export function lineSplitter(limit: number, onLine: (line: string) => void, onTooLong: () => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part.length <= limit) onLine(part); else return onTooLong();
    if (rest.length > limit) onTooLong();
  };
}

/** The object in a line of JSON, or undefined. */
export function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}
