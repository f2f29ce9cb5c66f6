/** Tells screen readers what changed without moving the focus. */
import { h } from './element.js';

let region: HTMLElement | undefined;

export function announce(text: string): void {
  if (region === undefined) {
    region = h('div', { class: 'sr-only', role: 'status', 'aria-live': 'polite' });
    document.body.append(region);
  }
  region.textContent = text;
}
