/** One tab stop for a group of controls; arrow keys, Home and End move inside (the toolbar and listbox patterns of ARIA). */

export interface Roving { refresh(): void }

/** `vertical`: up and down instead of left and right. The items are asked for anew each time. */
export function roving(group: HTMLElement, selector: string, vertical = false): Roving {
  const items = (): HTMLElement[] => [...group.querySelectorAll<HTMLElement>(selector)].filter((item) => !item.hasAttribute('disabled'));
  const focus = (item: HTMLElement | undefined): void => {
    if (item === undefined) return;
    for (const one of items()) one.tabIndex = one === item ? 0 : -1;
    item.focus();
  };
  group.addEventListener('keydown', (event) => {
    const all = items();
    const at = all.indexOf(event.target as HTMLElement);
    if (at < 0) return;
    const [back, on] = vertical ? ['ArrowUp', 'ArrowDown'] : ['ArrowLeft', 'ArrowRight'];
    const to = event.key === on ? at + 1 : event.key === back ? at - 1 : event.key === 'Home' ? 0 : event.key === 'End' ? all.length - 1 : undefined;
    if (to === undefined || all[to] === undefined) return;
    event.preventDefault();
    focus(all[to]);
  });
  const refresh = (): void => {
    const all = items();
    const current = all.find((item) => item.tabIndex === 0 && item === document.activeElement) ?? all.find((item) => item.getAttribute('aria-selected') === 'true' || item.getAttribute('aria-current') === 'true') ?? all[0];
    for (const item of all) item.tabIndex = item === current ? 0 : -1;
  };
  refresh();
  return { refresh };
}
