/** How well a cost model put measured programs in order that it had not learnt from. */
import { rankCorrelation, recallAtK } from '../../cost-model/metrics.js';
import type { ModelEvent } from '../../protocol/session-event.js';

const TOP = 30;
/** Programs below which an order says nothing. */
const LEAST = 4;

export type Judgement = Pick<ModelEvent, 'programs' | 'rankCorrelation' | 'recall'>;

/** `costs` in seconds, undefined for programs that failed, which count as the slowest. Undefined for too few programs. */
export function judge(scores: ArrayLike<number>, costs: readonly (number | undefined)[]): Judgement | undefined {
  if (costs.length < LEAST) return undefined;
  const speeds = costs.map((seconds) => (seconds === undefined ? 0 : 1 / seconds));
  const correlation = rankCorrelation(scores, speeds);
  const top = Math.min(TOP, costs.length >> 1);
  return {
    programs: costs.length, rankCorrelation: Number.isNaN(correlation) ? null : Number(correlation.toPrecision(4)),
    recall: { top, share: Number(recallAtK(scores, speeds, top).toPrecision(4)) },
  };
}
