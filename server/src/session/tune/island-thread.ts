/**
 * A thread for islands of the search, which work one after the other in it. Should it be lost, or not be had at all, they go on here from what they were
 * told: every program they must know is in its journal.
 */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { DeviceGate, GateSeat } from '../../measure/gate.js';
import { SearchHost, type ModelParts, type SearchAnswer, type SearcherData, type SearchMessage } from './search-host.js';
import { SharedPace } from './shared-pace.js';

/** Most candidates die young: with the engine's default of 48 they are copied several times, which takes a tenth of the search. */
const YOUNG_MIB = 96;

interface Call { readonly task: number; readonly count: number; readonly model: Promise<ModelParts>; readonly settle: (answer: SearchAnswer) => void }

export class IslandThread {
  private readonly journal: SearchMessage[] = [];
  private readonly calls = new Map<number, Call>();
  private worker: Worker | undefined;
  private seat: GateSeat | undefined;
  private host: SearchHost | undefined;
  private state: 'new' | 'open' | 'closed' = 'new';
  private made = 0;

  /**
   * `program`: of the thread, which is started when something is to be searched. `pass`, for islands that have none, lets others go on and
   * passes the gate.
   */
  constructor(private readonly program: string, private readonly gate: DeviceGate, private readonly pass: () => Promise<void>) {}

  private open(): void {
    if (this.state !== 'new') return;
    this.state = 'open';
    if (!existsSync(this.program)) {
      this.stayHere();
      return;
    }
    this.seat = this.gate.join();
    const data: SearcherData = { seat: this.seat };
    const worker = new Worker(this.program, { workerData: data, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB } });
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

  /** Finds nothing once it is closed. */
  search(task: number, count: number, model: Promise<ModelParts>): Promise<SearchAnswer> {
    this.open();
    const call = this.made++;
    if (this.state === 'closed') return Promise.resolve(nothing(call));
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
    this.standUp();
    if (this.state === 'closed') return;
    this.host = new SearchHost((answer) => { this.answered(answer); }, new SharedPace(this.pass));
    for (const message of this.journal) this.host.take(message);
    for (const call of this.calls.keys()) this.begin(call);
  }

  /** Searches under way find nothing. */
  async close(): Promise<void> {
    this.state = 'closed';
    await this.worker?.terminate();
    this.standUp();
    for (const [call, { settle }] of this.calls) settle(nothing(call));
    this.calls.clear();
  }

  /** It may have ended inside the gate, for which timed sections would wait. */
  private standUp(): void {
    if (this.seat !== undefined) this.gate.leave(this.seat);
    this.seat = undefined;
  }
}

function nothing(call: number): SearchAnswer {
  return { call, best: [], random: [], hashes: new Float64Array(0) };
}
