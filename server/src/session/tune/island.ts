/**
 * An island of the search in a thread of its own. Should the thread be lost, or not be had at all, the island goes on here from what it was
 * told: every program it must know is in its journal.
 */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { SearchHost, type ModelParts, type SearchAnswer, type SearchMessage } from './search-host.js';

/** Most candidates die young: with the engine's default of 48 they are copied several times, which takes a tenth of the search. */
const YOUNG_MIB = 96;

interface Call { readonly task: number; readonly count: number; readonly model: Promise<ModelParts>; readonly settle: (answer: SearchAnswer) => void }

export class Island {
  private readonly journal: SearchMessage[] = [];
  private readonly calls = new Map<number, Call>();
  private worker: Worker | undefined;
  private host: SearchHost | undefined;
  private state: 'new' | 'open' | 'closed' = 'new';
  private made = 0;

  /** `program`: of the thread, which is started when something is to be searched; `yieldControl` is for an island that has none. */
  constructor(private readonly program: string, private readonly yieldControl: () => Promise<void>) {}

  private open(): void {
    if (this.state !== 'new') return;
    this.state = 'open';
    if (!existsSync(this.program)) {
      this.stayHere();
      return;
    }
    const worker = new Worker(this.program, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB } });
    this.worker = worker;
    const lost = (): void => { if (this.worker === worker) this.stayHere(); };
    worker.on('message', (answer: SearchAnswer) => { this.answered(answer); });
    worker.on('error', lost);
    worker.on('exit', lost);
    for (const message of this.journal) worker.postMessage(message);
  }

  tell(message: SearchMessage & { readonly kind: 'task' | 'known' }): void {
    this.journal.push(message);
    this.post(message);
  }

  search(task: number, count: number, model: Promise<ModelParts>): Promise<SearchAnswer> {
    this.open();
    const call = this.made++;
    return new Promise((resolve, reject) => {
      const settle = (answer: SearchAnswer): void => {
        if (answer.problem === undefined) resolve(answer);
        else reject(new Error(answer.problem));
      };
      this.calls.set(call, { task, count, model, settle });
      this.worker?.ref();
      this.begin(call);
      model.catch(reject);
    });
  }

  private begin(call: number): void {
    const found = this.calls.get(call);
    if (found === undefined) return;
    this.post({ kind: 'search', call, task: found.task, count: found.count });
    const { worker } = this;
    // The search that began elsewhere got its model there.
    found.model.then((model) => { if (worker === this.worker) this.post({ kind: 'model', call, model }); }, () => undefined);
  }

  private post(message: SearchMessage): void {
    if (this.worker === undefined) this.host?.take(message);
    else this.worker.postMessage(message);
  }

  private answered(answer: SearchAnswer): void {
    const call = this.calls.get(answer.call);
    this.calls.delete(answer.call);
    if (this.calls.size === 0) this.worker?.unref();
    call?.settle(answer);
  }

  private stayHere(): void {
    this.worker = undefined;
    if (this.state === 'closed') return;
    this.host = new SearchHost((answer) => { this.answered(answer); }, this.yieldControl);
    for (const message of this.journal) this.host.take(message);
    for (const call of this.calls.keys()) this.begin(call);
  }

  /** Searches under way are never answered. */
  async close(): Promise<void> {
    this.state = 'closed';
    await this.worker?.terminate();
  }
}
