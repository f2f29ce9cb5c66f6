/** Where a session's wall time went: work of each kind added up; kinds overlap. */
export type WorkKind = 'search' | 'train' | 'build' | 'run' | 'other';

export class WorkClock {
  private readonly totals: Record<WorkKind, number> = { search: 0, train: 0, build: 0, run: 0, other: 0 };
  private readonly start = performance.now();

  async spend<T>(kind: WorkKind, work: () => T | Promise<T>): Promise<T> {
    const from = performance.now();
    try {
      return await work();
    } finally {
      this.totals[kind] += (performance.now() - from) / 1000;
    }
  }

  add(kind: WorkKind, seconds: number): void {
    this.totals[kind] += seconds;
  }

  get seconds(): number {
    return (performance.now() - this.start) / 1000;
  }

  total(kind: WorkKind): number {
    return this.totals[kind];
  }
}
