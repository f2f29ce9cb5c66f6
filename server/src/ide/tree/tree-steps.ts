/** A schedule step by step: the tree of the program after each transform step, and what the step changed in it. */
import type { ComputeDag } from '../../dag/compute-dag.js';
import type { LoopNode, LoopTreeStep, NodeChange } from '../../protocol/loop-tree-view.js';
import { applyStep } from '../../schedule/apply.js';
import { initialState } from '../../schedule/initial.js';
import type { State } from '../../schedule/state.js';
import { ScheduleError, type TransformStep } from '../../schedule/step.js';
import type { PrintContext } from '../../schedule/steps/definition.js';
import { stepDefinition } from '../../schedule/steps/index.js';
import { flatten, loopTree, type StateTree } from './loop-tree.js';

export interface TreeSteps { readonly steps: readonly LoopTreeStep[]; readonly problem: string | null }

/** Ends before the first step that cannot be applied, and says which. */
export function treeSteps(dag: ComputeDag, steps: readonly TransformStep[], ctx: PrintContext): TreeSteps {
  let state: State = initialState(dag);
  let tree = loopTree(state);
  const out: LoopTreeStep[] = [{ step: -1, kind: '', stage: '', sentence: ctx.t('the naive program', {}), ...tree, changes: {}, removed: 0 }];
  for (const [step, one] of steps.entries()) {
    let sentence: string;
    const stage = state.stages[one.stage]?.op.name ?? '';
    try {
      // Printing may look at what the step refers to, so that an illegal step must be found first.
      const next = applyStep(state, one);
      sentence = stepDefinition(one.kind).print(state, one, ctx);
      state = next;
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      return { steps: out, problem: ctx.t('Step {number} cannot be applied: {reason}', { number: step, reason: error.message }) };
    }
    const next = loopTree(state);
    out.push({ step, kind: one.kind, stage, sentence, ...next, ...compare(tree, next) });
    tree = next;
  }
  return { steps: out, problem: null };
}

/** What a node is apart from what it costs. Where it stands is told by the nearest node around it that both trees have: a split outside changes nothing inside. */
function signatures({ roots }: StateTree, other: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (node: LoopNode, around: string): void => {
    found.set(node.id, [around, node.annotation, node.extentText, ...node.notes].join('\n'));
    for (const child of node.children) visit(child, other.has(node.id) ? node.id : around);
  };
  for (const root of roots) visit(root, '');
  return found;
}

function compare(before: StateTree, after: StateTree): { readonly changes: Readonly<Record<string, NodeChange>>; readonly removed: number } {
  const [old, fresh] = [flatten(before.roots), flatten(after.roots)];
  const [oldIds, freshIds] = [new Set(old.map(({ id }) => id)), new Set(fresh.map(({ id }) => id))];
  const [was, is] = [signatures(before, freshIds), signatures(after, oldIds)];
  const changes: Record<string, NodeChange> = {};
  for (const { id, kind } of fresh) {
    if (!oldIds.has(id)) changes[id] = 'added';
    // Where a stage's statement stands follows from the loops around it.
    else if (kind !== 'compute' && was.get(id) !== is.get(id)) changes[id] = 'changed';
  }
  return { changes, removed: old.filter(({ id, kind }) => kind === 'loop' && !freshIds.has(id)).length };
}
