/** What became of a model's nodes: which were fused into which task, and what is not tuned and why. */
import type { NodeRef } from '../model/graph/graph.js';
import type { NetworkPlan } from '../model/plan.js';
import type { InputTask } from './input.js';

/** The nodes of one call, in order. */
export type FusedNodes = readonly NodeRef[];

/**
 * `no-reduction`: elements are moved or mapped one by one, which takes as long as memory does. `procedure`: no tensor expression describes
 * it, so that there is nothing to schedule (sorting, suppression, ...).
 */
export type UntunedReason = 'no-reduction' | 'procedure';

export interface UntunedPart { readonly name: string; readonly why: UntunedReason; readonly calls: readonly FusedNodes[] }

/** The calls of a tuned task; none for an operator that is no network. */
export function callsOf(plan: NetworkPlan | undefined, { planTask }: Pick<InputTask, 'planTask'>): readonly FusedNodes[] {
  return plan?.calls.flatMap((call) => ('task' in call && call.task === planTask ? [call.nodes] : [])) ?? [];
}

export function untunedParts(plan: NetworkPlan | undefined): readonly UntunedPart[] {
  if (plan === undefined) return [];
  const simple = plan.tasks.flatMap((task, i): UntunedPart[] => (task.simple ? [{ name: task.name, why: 'no-reduction', calls: callsOf(plan, { planTask: i }) }] : []));
  const procedures = plan.procedures.map(({ name }, i): UntunedPart => ({
    name, why: 'procedure', calls: plan.calls.flatMap((call) => ('procedure' in call && call.procedure === i ? [call.nodes] : [])),
  }));
  return [...simple, ...procedures];
}
