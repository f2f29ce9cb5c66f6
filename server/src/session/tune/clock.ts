/** Where a session's wall time went. All kinds but `train` and `ahead` (searching), which go on beside the others, follow each other. */
export type WorkKind = 'search' | 'ahead' | 'train' | 'build' | 'run' | 'wait';

export class WorkClock {
  private readonly totals: Record<WorkKind, number> = { search: 0, ahead: 0, train: 0, build: 0, run: 0, wait: 0 };
  private readonly start = performance.now();

  /** `pausedSeconds`: seconds spent paused so far, which are no work. */
  constructor(private readonly pausedSeconds: () => number = () => 0) {}

  async spend<T>(kind: WorkKind, work: () => T | Promise<T>): Promise<T> {
    const from = this.seconds;
    try {
      return await work();
    } finally {
      this.totals[kind] += this.seconds - from;
    }
  }

  add(kind: WorkKind, seconds: number): void {
    this.totals[kind] += seconds;
  }

  /** Since the start, without pauses. */
  get seconds(): number {
    return (performance.now() - this.start) / 1000 - this.pausedSeconds();
  }

  total(kind: WorkKind): number {
    return this.totals[kind];
  }

  /** Seconds in which nothing of these kinds was done: setting up, checking, writing. */
  get rest(): number {
    const { search, build, run, wait } = this.totals;
    return Math.max(0, this.seconds - search - build - run - wait);
  }
}
