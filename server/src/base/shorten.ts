/** Texts from files inside messages: as much as a person reads. */

/** `text`, or its beginning and its end where it is longer than `most` characters. */
export function shorten(text: string, most = 500): string {
  if (text.length <= most) return text;
  const half = Math.floor((most - 5) / 2);
  return `${text.slice(0, half)} ... ${text.slice(-half)}`;
}
