/** `loopTree`: a record's program after each of its steps. */
import type { LoopTreeView } from '../protocol/loop-tree-view.js';
import { treeSteps } from '../ide/tree/tree-steps.js';
import type { DeskContext } from './desk.js';
import { recordOf } from './log/record-of.js';
import { recordField, type Json } from './params.js';

export async function loopTreeRequest(params: Json, context: DeskContext): Promise<LoopTreeView> {
  const { head, record, dag, problem } = await recordOf(recordField(params), context);
  if (dag === undefined) return { record: head, steps: [], problem };
  return { record: head, ...treeSteps(dag, record.steps, context.words) };
}
