/** Which records of a log have steps that their operators allow: each is replayed once, a few at a time. */
import type { ComputeDag } from '../../dag/compute-dag.js';
import { readRecordLine } from '../../records/read-line.js';
import { stepsProblem } from '../check-records.js';
import { dagOfTc } from '../tc.js';
import type { LineRead } from './line-read.js';
import type { LogLines } from './log-lines.js';
import type { LogOverview } from './overview.js';

/** A replay takes a millisecond or more: of long logs the first records of each task are looked at, and `ansor log check` does all. */
export const MOST_REPLAYED = 300;

/** Mutable: what was found stays as long as its line does. */
export class ReplayChecks {
  private readonly found = new WeakMap<LineRead, { readonly message: string | undefined }>();
  private readonly dags = new Map<string, ComputeDag | undefined>();

  /** Undefined: nothing is wrong, or nobody has looked yet. */
  known(read: LineRead): string | undefined {
    return this.found.get(read)?.message;
  }

  once(read: LineRead, look: () => string | undefined): string | undefined {
    const known = this.found.get(read);
    if (known !== undefined) return known.message;
    const message = look();
    this.found.set(read, { message });
    return message;
  }

  /** Replays records until `due` says stop, asked after each. True when nothing is left to do. */
  advance(log: LogLines, overview: LogOverview, due: () => boolean): boolean {
    const share = Math.ceil(MOST_REPLAYED / Math.max(1, overview.tasks.length));
    for (const task of overview.tasks) {
      const tc = task.note?.tc;
      if (tc === undefined) continue;
      for (const line of task.lines.slice(0, share)) {
        const read = log.read(line);
        if (read.kind !== 'record' || this.found.has(read)) continue;
        this.once(read, () => this.replayed(log.line(line), tc));
        if (due()) return false;
      }
    }
    return true;
  }

  private replayed(text: string, tc: string): string | undefined {
    if (!this.dags.has(tc)) this.dags.set(tc, dagOfTc(tc));
    const dag = this.dags.get(tc);
    const record = readRecordLine(text.replace(/^\ufeff/, ''));
    return dag === undefined || !record.ok || record.value.kind !== 'record' ? undefined : stepsProblem(dag, record.value.record)?.replace(/^the steps do not fit the operator: /, '');
  }
}
