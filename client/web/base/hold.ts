/**
 * Pages that are drawn anew while a person uses them: between press and release of a button its element must not change (the click would go nowhere), and a
 * selected text must stay until it is copied, for a while: a page that is left with something selected goes on.
 */

const SELECTED_MS = 10_000;

/** Mutable: whether the pointer is down, when the selection last changed, whether something waits to be drawn. */
export class Hold {
  private pressed = false;
  private waiting = false;
  private selected = 0;
  private later: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly root: HTMLElement, private readonly draw: () => void) {
    root.addEventListener('pointerdown', () => {
      this.pressed = true;
    });
    // The click comes after the release.
    const released = (): void => void setTimeout(() => {
      this.pressed = false;
      this.free();
    });
    for (const name of ['pointerup', 'pointercancel', 'blur']) addEventListener(name, released);
    document.addEventListener('selectionchange', () => {
      this.selected = performance.now();
      this.free();
    });
  }

  /** Draws now, or once the person lets go. */
  soon(): void {
    this.waiting = true;
    this.free();
  }

  private free(): void {
    if (!this.waiting || this.pressed) return;
    const left = this.selecting() ? this.selected + SELECTED_MS - performance.now() : 0;
    clearTimeout(this.later);
    if (left > 0) {
      this.later = setTimeout(() => this.free(), left);
      return;
    }
    this.waiting = false;
    this.draw();
  }

  private selecting(): boolean {
    const selection = document.getSelection();
    return selection !== null && !selection.isCollapsed && selection.anchorNode !== null && this.root.contains(selection.anchorNode);
  }
}
