/** Markdown from untrusted text: nothing from a log may become a link, an image or markup. */

import { LINKED_COMMANDS, type RecordPair, type RecordRef } from '../protocol/editor-commands.js';

/** Text that reads as itself. */
export function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~&$]/g, '\\$&').replace(/\s*\n\s*/g, ' ');
}

/** Inline code, whatever backticks are in it. */
export function code(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' ');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map((run) => run[0].length));
  const ticks = '`'.repeat(longest + 1);
  return longest === 0 ? `${ticks}${line}${ticks}` : `${ticks} ${line} ${ticks}`;
}

/**
 * A link that runs a command of the editor. Only commands of the allow-list become links, whatever text asks for one; arguments are JSON,
 * encoded so that nothing in them can end the link.
 */
export function commandLink(title: string, command: string, argument: RecordRef | RecordPair): string {
  if (!LINKED_COMMANDS.includes(command)) return plain(title);
  const query = encodeURIComponent(JSON.stringify([argument])).replace(/[()'*!]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `[${plain(title)}](command:${command}?${query})`;
}

/** A block of code. */
export function fence(text: string, language = 'text'): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${text}\n${ticks}`;
}

export function table(head: readonly [string, string], rows: readonly (readonly [string, string])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return [row(head), '| --- | --- |', ...rows.map(row)].join('\n');
}
