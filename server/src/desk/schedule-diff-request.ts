/** `scheduleDiff`: two records side by side. */
import { diffSentence, outcome, type StagedStep } from '../ide/diff/diff-sentence.js';
import { matchNodes } from '../ide/diff/match-nodes.js';
import { splitLoop } from '../ide/diff/split-loop.js';
import { diffSteps, numberSteps } from '../ide/diff-schedules.js';
import { explainSteps } from '../ide/explain-steps.js';
import { treeSteps } from '../ide/tree/tree-steps.js';
import type { DiffSide, ScheduleDiffView, SideStep, StepMatch } from '../protocol/schedule-diff-view.js';
import { replay } from '../schedule/apply.js';
import { pythonSchedule } from '../schedule/python-text.js';
import { recordCode } from '../session/record-code.js';
import type { DeskContext } from './desk.js';
import { recordOf, type FoundRecord } from './log/record-of.js';
import { field, recordField, type Json } from './params.js';

interface Side { readonly view: DiffSide; readonly steps: readonly StagedStep[]; readonly language: string }

export async function scheduleDiffRequest(params: Json, context: DeskContext): Promise<ScheduleDiffView> {
  const [first, second] = [await recordOf(recordField(field(params, 'left')), context), await recordOf(recordField(field(params, 'right')), context)];
  // What one log says about an operator goes for the other too.
  const borrowed = (one: FoundRecord, other: FoundRecord): FoundRecord => (one.dag === undefined && other.dag !== undefined && one.record.workloadKey === other.record.workloadKey ? { ...one, dag: other.dag, problem: null } : one);
  const left = sideOf(borrowed(first, second), context);
  const right = sideOf(borrowed(second, first), context);
  const pairs = diffSteps(left.steps, right.steps);
  const [leftFigures, rightFigures] = [left.view.record.figures, right.view.record.figures];
  return {
    left: left.view, right: right.view,
    steps: pairs.map((pair): StepMatch => ({ match: pair.kind, ...('a' in pair && { left: sideStep(pair.a) }), ...('b' in pair && { right: sideStep(pair.b) }) })),
    nodes: matchNodes(left.view.tree?.roots ?? [], right.view.tree?.roots ?? []),
    codeLanguage: left.language === right.language ? left.language : 'text',
    sentence: diffSentence(pairs, leftFigures, rightFigures, context.words),
    ...outcome(leftFigures, rightFigures),
  };
}

function sideStep(step: Pick<StagedStep, 'number' | 'record' | 'sentence'>): SideStep {
  return { step: step.number - 1, kind: step.record[0], sentence: step.sentence };
}

function sideOf({ head, record, dag, problem }: FoundRecord, { words }: DeskContext): Side {
  const { sentences } = explainSteps(record.steps, dag, undefined, words);
  const numbered = numberSteps(record.steps, sentences);
  const numberedStages = (names: readonly string[]): StagedStep[] => numbered.map((step, k) => ({ ...step, stage: names[k] ?? words.t('stage {number}', { number: Number(step.record[1]) }) }));
  if (dag === undefined) return { view: { record: head, tree: null, scheduleText: null, code: null, problem }, steps: numberedStages([]), language: 'text' };
  const found = treeSteps(dag, record.steps, words);
  const applied = found.steps.slice(1);
  const steps = numberedStages(applied.map((step) => step.stage)).map((step, k): StagedStep => {
    const at = applied[k];
    return at === undefined ? step : { ...step, loop: splitLoop(at) };
  });
  const view: DiffSide = { record: head, tree: found.steps.at(-1) ?? null, scheduleText: null, code: null, problem: found.problem };
  if (found.problem !== null) return { view, steps, language: 'text' };
  const scheduleText = pythonSchedule(dag, record.steps);
  try {
    const code = recordCode(record, replay(dag, record.steps));
    return { view: { ...view, scheduleText, code: code.text }, steps, language: code.language };
  } catch (error) {
    return { view: { ...view, scheduleText, problem: error instanceof Error ? error.message : String(error) }, steps, language: 'text' };
  }
}
