/** Tasks of a log as objects that are equal when they are the same task, so that records need no copies of long keys. */

export interface LogTaskId {
  readonly workloadKey: string;
  readonly target: string;
  /** AutoTVM's name of the template. */
  readonly template: string | undefined;
}

/** Mutable: gives out one object for each pair of key and target. */
export class TaskIds {
  private readonly known = new Map<string, LogTaskId>();

  of(workloadKey: string, target: string, template: string | undefined): LogTaskId {
    const name = `${workloadKey}\n${target}`;
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const id: LogTaskId = { workloadKey, target, template };
    this.known.set(name, id);
    return id;
  }
}
