/** Groups of tasks that should run about equally fast (TVM: derive_similarity_tag). */

const GOLDEN_RATIO = 1.618;

/** Tag of a task: its operators' scheduler tags and its size on a logarithmic scale; empty without such tags: no group. */
export function similarityTag(operatorTags: readonly string[], flops: number): string {
  if (operatorTags.length === 0) return '';
  return operatorTags.map((tag) => `${tag}_`).join('') + String(Math.trunc(Math.log(flops + 1) / Math.log(GOLDEN_RATIO)));
}

export class SimilarityGroups {
  private readonly tags: string[];

  constructor(tags: readonly string[], private readonly flops: readonly number[]) {
    this.tags = tags.slice();
  }

  private members(task: number): number[] {
    const tag = this.tags[task] ?? '';
    return tag === '' ? [] : this.tags.flatMap((other, i) => (other === tag ? [i] : []));
  }

  private bestSpeed(members: readonly number[], best: readonly number[]): number {
    return Math.max(...members.map((i) => (this.flops[i] ?? 0) / (best[i] ?? Infinity)));
  }

  /** Seconds that the task would take at the best speed of its group; undefined for one alone. */
  predicted(task: number, best: readonly number[]): number | undefined {
    const members = this.members(task);
    return members.length > 1 ? (this.flops[task] ?? 0) / this.bestSpeed(members, best) : undefined;
  }

  /** After a round: a task that had many rounds and is still much slower than its group leaves it. */
  adjust(task: number, best: readonly number[], rounds: readonly number[], beta: number): void {
    const members = this.members(task);
    if (members.length <= 1) return;
    const speed = (this.flops[task] ?? 0) / (best[task] ?? Infinity);
    const others = Math.max(...members.filter((i) => i !== task).map((i) => rounds[i] ?? 0));
    if (speed < this.bestSpeed(members, best) / beta && (rounds[task] ?? 0) > 5 + others) this.tags[task] = '';
  }
}
