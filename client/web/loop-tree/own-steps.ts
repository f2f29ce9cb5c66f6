/**
 * The steps that the page showed in the text itself. The editor tells where its cursor rests a moment later, also when the page put it there: an answer to oneself
 * is not followed, since the person may have gone on by then.
 */
/** Mutable: what was shown and has not come back. */
export class OwnSteps {
  private pending: number[] = [];

  /** The page asked the editor to show `step`. */
  shown(step: number): void {
    this.pending.push(step);
  }

  /** Whether the cursor's `step` is one that the page put it in. Only the last of several quick ones comes back; a person's own move ends the waiting. */
  returns(step: number | undefined): boolean {
    const at = step === undefined ? -1 : this.pending.lastIndexOf(step);
    this.pending = at < 0 ? [] : this.pending.slice(at + 1);
    return at >= 0;
  }
}
