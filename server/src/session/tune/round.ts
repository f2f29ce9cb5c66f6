/**
 * A round of a task from its choice to its programs. It may begin before it is its turn: then the bench is set up, the first proposals are built
 * and the search goes on in its threads while another task's programs are built and run. What it begins with follows from the order of rounds
 * alone, so that equal seeds give equal programs.
 */
import type { CancellationToken } from '../../base/cancellation.js';
import type { CostModel } from '../../cost-model/model.js';
import type { Backend } from '../backend.js';
import type { Benches } from './benches.js';
import { BuildQueue } from './build-queue.js';
import type { WorkClock } from './clock.js';
import type { Learner } from './learner.js';
import { firstProposals, type Proposal } from './proposals.js';
import type { TaskTuner } from './task-tuner.js';

export class Round {
  /** The cost model that its programs are chosen by, whether it is trained, and from how many programs. */
  readonly model: Promise<CostModel>;
  readonly trained: boolean;
  readonly taught: number;
  readonly queue: BuildQueue;
  private readonly first: readonly Proposal[];
  private readonly found: Promise<readonly Proposal[]>;
  private readonly begun: number;
  private ended: number | undefined;

  /** `index`: of the task. `want`: programs, of which the search may find fewer. */
  constructor(
    readonly index: number, readonly tuner: TaskTuner, readonly want: number, backend: Backend, benches: Benches, { model, trained, taught }: Learner,
    private readonly clock: WorkClock, token: CancellationToken,
  ) {
    this.model = model;
    this.trained = trained;
    this.taught = taught;
    this.begun = clock.seconds;
    benches.begin(tuner);
    this.first = tuner.trials === 0 ? firstProposals(tuner, backend, want) : [];
    // The search must not propose the same programs.
    tuner.policy.report(this.first.map((p) => p.candidate), []);
    const rest = want - this.first.length;
    this.found = (rest === 0 ? Promise.resolve([]) : tuner.policy.nextBatch(rest, model, token)).then((found) => {
      this.ended = clock.seconds;
      return found.map((candidate) => ({ candidate }));
    });
    // Who waits for the programs hears of it.
    this.found.catch(() => undefined);
    this.queue = new BuildQueue(backend, tuner.task.key);
    this.queue.add(this.first.map((p) => p.candidate.state));
    this.queue.begin();
  }

  /** It is its turn: its programs, which are being built then. */
  async proposals(): Promise<readonly Proposal[]> {
    this.clock.add('ahead', (this.ended ?? this.clock.seconds) - this.begun);
    const found = await this.clock.spend('search', () => this.found);
    this.queue.add(found.map((p) => p.candidate.state));
    this.queue.begin();
    return [...this.first, ...found];
  }
}
