/** Selections that the extension sets in a text for a page: the editor tells of them as of a person's, a moment later, and the page must not be called back. */

/** A range of a document, in characters and lines from 0. */
export interface Place {
  readonly uri: string;
  readonly line: number;
  readonly from: number;
  readonly to: number;
}

const textOf = ({ uri, line, from, to }: Place): string => `${line}:${from}-${to} ${uri}`;

/** Mutable: what was set and has not come back. */
export class OwnSelections {
  private pending: string[] = [];

  /** About to be set. */
  set(place: Place): void {
    this.pending.push(textOf(place));
  }

  /** Whether a selection that the editor tells of was set here. Only the last of several quick ones comes back; a person's own move ends the waiting. */
  returns(place: Place): boolean {
    const at = this.pending.lastIndexOf(textOf(place));
    this.pending = at < 0 ? [] : this.pending.slice(at + 1);
    return at >= 0;
  }
}
