/**
 * Pages that are drawn anew while a person uses them: between press and release of a button its element must not change (the click would go nowhere), and a
 * selected text must stay until it is copied.
 */

/** Mutable: whether the pointer is down, whether something waits to be drawn. */
export class Hold {
  private pressed = false;
  private waiting = false;

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
    document.addEventListener('selectionchange', () => this.free());
  }

  /** Draws now, or once the person lets go. */
  soon(): void {
    this.waiting = true;
    this.free();
  }

  private free(): void {
    if (!this.waiting || this.pressed || this.selecting()) return;
    this.waiting = false;
    this.draw();
  }

  private selecting(): boolean {
    const selection = document.getSelection();
    return selection !== null && !selection.isCollapsed && selection.anchorNode !== null && this.root.contains(selection.anchorNode);
  }
}
